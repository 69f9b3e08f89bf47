using System;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Structs made by new and with.
internal sealed partial class Lowering
{
    Datum Create(IObjectCreationOperation creation)
    {
        Shape shape = ShapeOf(creation.Type!, creation.Syntax);
        if (shape.IsView) throw Unsupported(creation);
        SlotPlace place = NewVariable(Zero(shape));
        if (creation.Constructor is { } constructor) Construct(constructor, place, creation);
        if (creation.Initializer is { } initializer) Initialize(place, initializer);
        return Read(place);
    }

    void Construct(IMethodSymbol constructor, SlotPlace place, IObjectCreationOperation creation)
    {
        if (constructor.DeclaringSyntaxReferences.Length > 0)
        {
            Inline(constructor, place, Arguments(constructor, creation.Arguments), creation.Syntax);
            return;
        }

        // From here on constructors of the vocabulary, of tuples and of number types: they copy their arguments.
        if (creation.Arguments.Length == 0) return;
        Datum[] values = [.. Arguments(constructor, creation.Arguments).Select(Read)];
        bool known = Symbols.InVocabulary(constructor.ContainingType) || constructor.ContainingType.IsTupleType;
        if (known && values.Length == 1 && values[0].Leaves.Length == place.Shape.Leaves.Length)
        {
            // An index, or a fragment made of the registers that a matrix load gave.
            Write(place, new Datum(place.Shape, [.. values[0].Leaves.Select((v, i) => ConvertTo(v, place.Shape.Leaves[i].Type))]), creation.Syntax);
            return;
        }

        if (!known || !constructor.Parameters.All(p => FieldNamed(place.Shape, p.Name) != null)) throw new KernelException(Diagnostics.NoSource, creation.Syntax.GetLocation(), constructor.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat));
        for (int i = 0; i < values.Length; i++) Write(Member(place, FieldNamed(place.Shape, constructor.Parameters[i].Name)!), values[i], creation.Syntax);
    }

    static string? FieldNamed(Shape shape, string parameter) =>
        shape.Fields.Where(f => string.Equals(f.Name, parameter, StringComparison.OrdinalIgnoreCase)).Select(f => f.Name).FirstOrDefault();

    Datum With(IWithOperation with)
    {
        Datum value = Expression(with.Operand);
        if (with.CloneMethod != null || value.Registers != null) throw Unsupported(with);
        SlotPlace place = NewVariable(value);
        if (with.Initializer is { } initializer) Initialize(place, initializer);
        return Read(place);
    }

    void Initialize(Place place, IObjectOrCollectionInitializerOperation initializer)
    {
        _receivers.Push(place);
        foreach (IOperation o in initializer.Initializers)
        {
            if (o is IMemberInitializerOperation member) Initialize(PlaceOf(member.InitializedMember), member.Initializer);
            else Evaluate(o);
        }

        _receivers.Pop();
    }

    /// <summary>A primary constructor: a record's parameters become its properties, then the initializers of fields and properties run.</summary>
    void PrimaryConstructor(IMethodSymbol constructor)
    {
        Place self = _frame.This!;
        if (constructor.ContainingType.IsRecord)
        {
            foreach (IParameterSymbol p in constructor.Parameters)
            {
                if (constructor.ContainingType.GetMembers(p.Name).OfType<IPropertySymbol>().FirstOrDefault()?.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancel) is ParameterSyntax)
                    Write(Member(self, p.Name), Read(_frame.Places[p]), null);
            }
        }

        FieldInitializers(constructor.ContainingType);
    }

    /// <summary>The initializers of a struct's fields and auto-properties, which run before the body of a constructor.</summary>
    void FieldInitializers(INamedTypeSymbol type)
    {
        foreach (ISymbol member in type.GetMembers().Where(m => !m.IsStatic && m is IFieldSymbol or IPropertySymbol))
        {
            EqualsValueClauseSyntax? initializer = member.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancel) switch
            {
                VariableDeclaratorSyntax v => v.Initializer,
                PropertyDeclarationSyntax p => p.Initializer,
                _ => null,
            };
            if (initializer == null || ModelOf(initializer.SyntaxTree).GetOperation(initializer, _cancel) is not ISymbolInitializerOperation operation) continue;
            Write(Member(_frame.This!, member.Name), Expression(operation.Value), initializer);
        }
    }
}
