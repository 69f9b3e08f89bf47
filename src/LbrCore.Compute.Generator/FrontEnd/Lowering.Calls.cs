using System;
using System.Collections.Generic;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Calls: intrinsics of the vocabulary, everything else inlined from its source.
internal sealed partial class Lowering
{
    const int InlineDepth = 64;

    Datum? Call(IInvocationOperation call)
    {
        IMethodSymbol method = call.TargetMethod;
        if (method.IsStatic && method.IsAbstract && call.ConstrainedToType is { } constrained)
            method = Implementation(constrained, method, call.Syntax);
        else if (method.ContainingType.TypeKind == TypeKind.Delegate)
            throw new KernelException(Diagnostics.DelegateUsed, call.Syntax.GetLocation());
        else if (!method.IsStatic && call.Instance?.Type is ITypeParameterSymbol)
            method = Implementation(call.Instance.Type, method, call.Syntax);
        else if (!method.IsStatic && method.MethodKind != MethodKind.LocalFunction && call.Instance?.Type is { IsReferenceType: true } or { TypeKind: TypeKind.Interface })
            throw new KernelException(Diagnostics.VirtualCall, call.Syntax.GetLocation(), method.Name);

        if (Intrinsic(method, call, out Datum? result)) return result;
        Place? receiver = call.Instance is { } instance && !method.IsStatic && method.MethodKind != MethodKind.LocalFunction ? PlaceOf(instance) : null;
        var arguments = new Place[method.Parameters.Length];
        foreach (IArgumentOperation a in call.Arguments)
            arguments[a.Parameter!.Ordinal] = a.Parameter.RefKind is RefKind.None ? new ValuePlace(Expression(a.Value)) : PlaceOf(a.Value);
        return Inline(method, receiver, arguments, call.Syntax);
    }

    IMethodSymbol Implementation(ITypeSymbol constrained, IMethodSymbol method, SyntaxNode at)
    {
        ITypeSymbol type = Substitute(constrained);
        ISymbol? member = type;
        INamedTypeSymbol face = (INamedTypeSymbol)Substitute(method.ContainingType);
        IMethodSymbol? wanted = face.GetMembers(method.Name).OfType<IMethodSymbol>().FirstOrDefault(m => SymbolEqualityComparer.Default.Equals(m.OriginalDefinition, method.OriginalDefinition));
        member = wanted == null ? null : type.FindImplementationForInterfaceMember(wanted);
        if (member is not IMethodSymbol found) throw new KernelException(Diagnostics.VirtualCall, at.GetLocation(), method.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat));
        return method.TypeArguments.Length > 0 ? found.OriginalDefinition.Construct([.. method.TypeArguments]) : found;
    }

    /// <summary>Lowers the body of a method in a frame of its own; null for void.</summary>
    Datum? Inline(IMethodSymbol method, Place? receiver, Place[] arguments, SyntaxNode at)
    {
        if (method.IsExtern || method.OriginalDefinition.DeclaringSyntaxReferences.Length == 0) throw new KernelException(Diagnostics.NoSource, at.GetLocation(), method.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat));
        if (_active.Contains(method.OriginalDefinition, SymbolEqualityComparer.Default) || _active.Count > InlineDepth) throw new KernelException(Diagnostics.Recursion, at.GetLocation(), method.Name);
        IMethodSymbol definition = method.OriginalDefinition;
        Frame caller = _frame;
        var frame = new Frame(definition, method.MethodKind == MethodKind.LocalFunction ? Enclosing(definition) : null) { This = receiver is ValuePlace value ? NewVariable(value.Datum) : receiver };
        for (int i = 0; i < method.TypeArguments.Length; i++) frame.Types[definition.TypeParameters[i]] = Substitute(method.TypeArguments[i]);
        for (INamedTypeSymbol? t = method.ContainingType; t != null; t = t.ContainingType)
            for (int i = 0; i < t.TypeArguments.Length; i++) frame.Types[t.OriginalDefinition.TypeParameters[i]] = Substitute(t.TypeArguments[i]);
        for (int i = 0; i < arguments.Length; i++)
        {
            IParameterSymbol p = definition.Parameters[i];
            Place argument = arguments[i];
            frame.Places[p] = p.RefKind == RefKind.None || argument is ValuePlace ? NewVariable(Read(argument)) : argument;
        }

        frame.Returned = NewSlot(_b.Bool(false));
        _frame = frame;
        if (!definition.ReturnsVoid && definition.MethodKind != MethodKind.Constructor) frame.Result = NewVariable(Zero(ShapeOf(definition.ReturnType, at)));
        _active.Push(definition);
        Body(definition, at.GetLocation());
        _active.Pop();
        _frame = caller;
        At(at);
        return frame.Result == null ? null : Read(frame.Result);
    }

    Frame? Enclosing(IMethodSymbol local)
    {
        for (Frame? f = _frame; f != null; f = f.Parent)
            if (SymbolEqualityComparer.Default.Equals(f.Method?.OriginalDefinition, (local.ContainingSymbol as IMethodSymbol)?.OriginalDefinition)) return f;
        return _frame;
    }

    // ---- objects

    Datum Create(IObjectCreationOperation creation)
    {
        Shape shape = ShapeOf(creation.Type!, creation.Syntax);
        if (shape.IsView) throw Unsupported(creation);
        SlotPlace place = NewVariable(Zero(shape));
        IMethodSymbol? constructor = creation.Constructor;
        if (constructor != null && creation.Arguments.Length > 0)
        {
            // A fragment made of the registers that a matrix load gave.
            if (creation.Arguments.Length == 1 && Symbols.InVocabulary(constructor.ContainingType) && ShapeOf(constructor.Parameters[0].Type, creation.Syntax) is { IsScalar: false } whole && whole.Leaves.Length == shape.Leaves.Length)
                return new Datum(shape, Expression(creation.Arguments[0].Value).Leaves);

            if (IsFieldwise(constructor, shape))
            {
                foreach (IArgumentOperation a in creation.Arguments)
                    Write(Member(place, FieldNamed(shape, a.Parameter!.Name)!), Expression(a.Value), a.Syntax);
            }
            else
            {
                var arguments = new Place[constructor.Parameters.Length];
                foreach (IArgumentOperation a in creation.Arguments)
                    arguments[a.Parameter!.Ordinal] = a.Parameter.RefKind is RefKind.None ? new ValuePlace(Expression(a.Value)) : PlaceOf(a.Value);
                Inline(constructor, place, arguments, creation.Syntax);
            }
        }
        else if (constructor is { IsImplicitlyDeclared: false } && constructor.DeclaringSyntaxReferences.Length > 0)
        {
            Inline(constructor, place, [], creation.Syntax);
        }

        if (creation.Initializer is { } initializer)
        {
            _initializing.Push(place);
            foreach (IOperation o in initializer.Initializers) Evaluate(o);
            _initializing.Pop();
        }

        return Read(place);
    }

    /// <summary>Constructors that only copy their parameters to the fields of those names: the vocabulary's structs, tuples and positional records.</summary>
    static bool IsFieldwise(IMethodSymbol constructor, Shape shape)
    {
        bool primary = constructor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is Microsoft.CodeAnalysis.CSharp.Syntax.RecordDeclarationSyntax;
        bool vocabulary = Symbols.InVocabulary(constructor.ContainingType) && constructor.DeclaringSyntaxReferences.Length == 0;
        return (primary || vocabulary || constructor.ContainingType.IsTupleType) && constructor.Parameters.All(p => FieldNamed(shape, p.Name) != null);
    }

    static string? FieldNamed(Shape shape, string parameter) =>
        shape.Fields.Where(f => string.Equals(f.Name, parameter, StringComparison.OrdinalIgnoreCase)).Select(f => f.Name).FirstOrDefault();

    // ---- properties

    Datum Property(IPropertyReferenceOperation p)
    {
        if (IsViewIndexer(p)) return Read(Element(p));
        if (p.Instance == null || Symbols.InVocabulary(p.Property.ContainingType))
        {
            if (IntrinsicProperty(p) is { } known) return known;
        }

        if (ShapeFieldOf(p) is { } field) return Read(Member(PlaceOf(p.Instance!), field));
        IMethodSymbol? getter = p.Property.GetMethod;
        if (getter == null) throw Unsupported(p);
        if (getter.IsStatic && getter.IsAbstract && p.ConstrainedToType is { } constrained) getter = Implementation(constrained, getter, p.Syntax);
        if (getter.DeclaringSyntaxReferences.Length == 0 && p.Property.DeclaringSyntaxReferences.Length == 0) throw new KernelException(Diagnostics.NoSource, p.Syntax.GetLocation(), p.Property.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat));
        Place[] arguments = [.. p.Arguments.Select(a => (Place)new ValuePlace(Expression(a.Value)))];
        return Inline(getter, p.Instance == null ? null : PlaceOf(p.Instance), arguments, p.Syntax) ?? throw Unsupported(p);
    }

    /// <summary>How a property with a set accessor of its own is written; null where it is a place.</summary>
    Func<Datum, Datum>? PropertySetter(IPropertyReferenceOperation p)
    {
        if (IsViewIndexer(p) || ShapeFieldOf(p) != null) return null;
        if (p.Instance?.Type is { Name: "Packed" } packed && Symbols.InVocabulary(packed) && p.Property.IsIndexer)
        {
            Place place = PlaceOf(p.Instance);
            Value index = Expression(p.Arguments[0].Value).Value;
            return v =>
            {
                SetPacked(place, index, v.Value, p.Syntax);
                return v;
            };
        }

        if (p.Property.SetMethod is not { DeclaringSyntaxReferences.Length: > 0 } setter) return null;
        Place? receiver = p.Instance == null ? null : PlaceOf(p.Instance);
        Place[] arguments = [.. p.Arguments.Select(a => (Place)new ValuePlace(Expression(a.Value)))];
        return v =>
        {
            Inline(setter, receiver, [.. arguments, new ValuePlace(v)], p.Syntax);
            return v;
        };
    }
}
