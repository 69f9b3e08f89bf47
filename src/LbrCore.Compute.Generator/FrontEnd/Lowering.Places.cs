using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Places: what an expression names when it is written, passed by reference, or has a member taken.
internal sealed partial class Lowering
{
    Place PlaceOf(IOperation operation)
    {
        switch (operation)
        {
            case IParenthesizedOperation p:
                return PlaceOf(p.Operand);
            case ILocalReferenceOperation local:
                // A variable declared in a branch that has been left starts anew where control comes by again; the one of a loop's condition stays.
                if (local.IsDeclaration && (_frame.Find(local.Local) is not { } known || (known is SlotPlace { Registers: null } s && !IsAlive(s)))) Declare(local.Local, null, local.Syntax);
                return _frame.Find(local.Local) ?? throw Unsupported(local);
            case IDeclarationExpressionOperation d:
                return PlaceOf(d.Expression);
            case IParameterReferenceOperation parameter:
                return _frame.Find(parameter.Parameter) ?? throw Unsupported(parameter);
            case IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance } self:
                return _frame.This ?? throw Unsupported(self);
            case IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ImplicitReceiver or InstanceReferenceKind.PatternInput } self:
                return _receivers.Count > 0 ? _receivers.Peek() : throw Unsupported(self);
            case IFieldReferenceOperation field:
                return FieldPlace(field);
            case IPropertyReferenceOperation property:
                return PropertyPlaceOf(property);
            case IConversionOperation { IsImplicit: true, Conversion.IsIdentity: true } c:
                return PlaceOf(c.Operand);
            case IDiscardOperation discard:
                return NewVariable(Zero(ShapeOf(discard.Type!, discard.Syntax)));
            case IArrayElementReferenceOperation array:
                throw new KernelException(Diagnostics.NotAKernelArray, array.Syntax.GetLocation(), array.ArrayReference.Syntax.ToString());
            case IInvocationOperation { TargetMethod.RefKind: not RefKind.None } call:
                throw new KernelException(Diagnostics.PartialWrite, call.Syntax.GetLocation(), call.Syntax.ToString());
            default:
                return new ValuePlace(Expression(operation));
        }
    }

    bool IsAlive(SlotPlace place) => Enumerable.Range(place.First, place.Shape.Leaves.Length).All(_slots.Contains);

    Place FieldPlace(IFieldReferenceOperation field)
    {
        if (field.Instance == null) throw new KernelException(Diagnostics.MutableStatic, field.Syntax.GetLocation(), field.Field.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat));
        Place instance = PlaceOf(field.Instance);
        string name = Shape.FieldName(field.Field);
        return instance.Shape.Fields.Any(f => f.Name == name) ? Member(instance, name) : throw Unsupported(field);
    }

    /// <summary>
    /// What a method call may change its receiver through: the variable itself, or a copy where C# makes one, because the variable is read-only and the
    /// method is not.
    /// </summary>
    Place Receiver(IOperation instance, IMethodSymbol method)
    {
        Place place = PlaceOf(instance);
        return place is not ValuePlace && !method.IsReadOnly && IsReadOnly(instance) ? new ValuePlace(Read(place)) : place;
    }

    bool IsReadOnly(IOperation variable) => variable switch
    {
        IParenthesizedOperation p => IsReadOnly(p.Operand),
        IConversionOperation { Conversion.IsIdentity: true } c => IsReadOnly(c.Operand),
        ILocalReferenceOperation l => l.Local.RefKind == RefKind.RefReadOnly,
        IParameterReferenceOperation p => p.Parameter.RefKind is RefKind.In or RefKind.RefReadOnlyParameter,
        IInstanceReferenceOperation => _frame.Method is { IsReadOnly: true },
        IFieldReferenceOperation { Instance: { } i } f => (f.Field.IsReadOnly && _frame.Method?.MethodKind != MethodKind.Constructor) || (i.Type is { IsValueType: true } && IsReadOnly(i)),
        _ => false,
    };

    /// <summary>An argument: by value unless the parameter is a reference.</summary>
    Place Argument(IArgumentOperation a) => a.Parameter!.RefKind is RefKind.None ? new ValuePlace(Expression(a.Value)) : PlaceOf(a.Value);

    /// <summary>The arguments of a call in the order of the parameters, evaluated in the order of the source.</summary>
    Place[] Arguments(IMethodSymbol method, System.Collections.Immutable.ImmutableArray<IArgumentOperation> arguments)
    {
        var places = new Place[method.Parameters.Length];
        foreach (IArgumentOperation a in arguments) places[a.Parameter!.Ordinal] = Argument(a);
        return places;
    }

    /// <summary>The layout of a type in memory; not every value has one that the generator can know.</summary>
    Shape MemoryShape(ITypeSymbol type, SyntaxNode at)
    {
        Shape shape = ShapeOf(type, at);
        if (shape.Leaves.Any(l => l.Type.IsPointer())) throw Unsupported(shape.Symbol, at.GetLocation(), " in memory, because it holds a view");
        return shape.HasLayout ? shape : throw Unsupported(shape.Symbol, at.GetLocation(), " in memory, because .NET may reorder its fields");
    }
}
