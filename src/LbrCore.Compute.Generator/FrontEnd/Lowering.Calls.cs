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
        if (IsStaticVirtual(method) && call.ConstrainedToType is { } constrained)
            method = Implementation(constrained, method, call.Syntax);
        else if (method.ContainingType.TypeKind == TypeKind.Delegate)
            throw new KernelException(Diagnostics.DelegateUsed, call.Syntax.GetLocation());
        else if (!method.IsStatic && call.Instance?.Type is ITypeParameterSymbol)
            method = Implementation(call.Instance.Type, method, call.Syntax);
        else if (!method.IsStatic && method.MethodKind != MethodKind.LocalFunction && call.Instance?.Type is { IsReferenceType: true } or { TypeKind: TypeKind.Interface })
            throw call.Instance.Type.SpecialType == SpecialType.System_String ? new KernelException(Diagnostics.StringUsed, call.Syntax.GetLocation()) : new KernelException(Diagnostics.VirtualCall, call.Syntax.GetLocation(), method.Name);

        if (Intrinsic(method, call, out Datum? result)) return result;
        Place? receiver = call.Instance is { } instance && !method.IsStatic && method.MethodKind != MethodKind.LocalFunction ? Receiver(instance, method) : null;
        return Inline(method, receiver, Arguments(method, call.Arguments), call.Syntax);
    }

    IMethodSymbol Implementation(ITypeSymbol constrained, IMethodSymbol method, SyntaxNode at)
    {
        ITypeSymbol type = Substitute(constrained);
        var face = Substitute(method.ContainingType) as INamedTypeSymbol;
        IMethodSymbol? wanted = face?.GetMembers(method.Name).OfType<IMethodSymbol>().FirstOrDefault(m => SymbolEqualityComparer.Default.Equals(m.OriginalDefinition, method.OriginalDefinition));
        // A method of the type itself, found through its constraint to be a class or struct, implements nothing.
        ISymbol? member = wanted == null ? null : face!.TypeKind == TypeKind.Interface ? type.FindImplementationForInterfaceMember(wanted) : wanted;
        if (member is not IMethodSymbol found || found.IsAbstract) throw new KernelException(Diagnostics.VirtualCall, at.GetLocation(), method.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat));
        return method.TypeArguments.Length > 0 ? found.ConstructedFrom.Construct([.. method.TypeArguments]) : found;
    }

    /// <summary>Lowers the body of a method in a frame of its own; null for void.</summary>
    Datum? Inline(IMethodSymbol method, Place? receiver, Place[] arguments, SyntaxNode at)
    {
        IMethodSymbol definition = method.OriginalDefinition;
        if (definition is { MethodKind: MethodKind.Constructor, IsImplicitlyDeclared: true, Parameters.Length: 0 }) return null;
        if (receiver != null && IsAutoAccessor(definition))
        {
            Place field = Member(receiver, definition.AssociatedSymbol!.Name);
            if (definition.MethodKind == MethodKind.PropertyGet) return Read(field);
            Write(field, Read(arguments[0]), at);
            return null;
        }

        if (definition.IsExtern || definition.IsAbstract || definition.DeclaringSyntaxReferences.Length == 0) throw new KernelException(Diagnostics.NoSource, at.GetLocation(), method.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat));
        if (Symbols.Suspends(definition)) throw new KernelException(Diagnostics.LambdaAsync, at.GetLocation(), method.Name);
        if (_active.Contains(definition, SymbolEqualityComparer.Default) || _active.Count > InlineDepth) throw new KernelException(Diagnostics.Recursion, at.GetLocation(), method.Name);
        Frame caller = _frame;
        int firstSlot = _nextSlot;
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
        Datum? result = frame.Result == null ? null : Read(frame.Result);
        _slots.Drop(firstSlot, _nextSlot);
        return result;
    }

    Frame? Enclosing(IMethodSymbol local)
    {
        for (Frame? f = _frame; f != null; f = f.Parent)
            if (SymbolEqualityComparer.Default.Equals(f.Method?.OriginalDefinition, (local.ContainingSymbol as IMethodSymbol)?.OriginalDefinition)) return f;
        return _frame;
    }
}
