using System;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Expressions: which method lowers which kind of operation.
internal sealed partial class Lowering
{
    /// <summary>Evaluates for the effect; the value, if any, is dropped.</summary>
    void Evaluate(IOperation operation) => ExpressionOrVoid(operation);

    Datum Expression(IOperation operation) => ExpressionOrVoid(operation) ?? throw Unsupported(operation);

    /// <summary>The value of an expression of a scalar type.</summary>
    Value ScalarExpression(IOperation operation) => Expression(operation) is { Shape.IsScalar: true } d ? d.Value : throw Unsupported(operation);

    Datum? ExpressionOrVoid(IOperation operation)
    {
        _cancel.ThrowIfCancellationRequested();
        if (operation.ConstantValue is { HasValue: true } constant && operation.Type != null && operation.Type.SpecialType != SpecialType.System_String && Shape.ScalarType(Substitute(operation.Type)) is { } type)
            return new Datum(ShapeOf(operation.Type, operation.Syntax), [ConstantOf(constant.Value, type)]);
        if (operation.Type?.SpecialType == SpecialType.System_String && operation is not IInvalidOperation) throw Refused(operation);
        switch (operation)
        {
            case IParenthesizedOperation p:
                return Expression(p.Operand);
            case ILocalReferenceOperation or IParameterReferenceOperation or IFieldReferenceOperation or IArrayElementReferenceOperation or IInstanceReferenceOperation:
                return Read(PlaceOf(operation));
            case IPropertyReferenceOperation property:
                return Property(property);
            case IConversionOperation conversion:
                return Conversion(conversion);
            case ISimpleAssignmentOperation assignment:
                return Assign(assignment);
            case ICompoundAssignmentOperation compound:
                return CompoundAssign(compound);
            case IIncrementOrDecrementOperation increment:
                return Increment(increment);
            case IDeconstructionAssignmentOperation deconstruction:
                return Deconstruct(deconstruction);
            case IUnaryOperation unary:
                return Unary(unary);
            case IBinaryOperation binary:
                return Binary(binary);
            case IConditionalOperation conditional:
                return Conditional(conditional);
            case IInvocationOperation call:
                return Call(call);
            case IObjectCreationOperation creation:
                return Create(creation);
            case ITypeParameterObjectCreationOperation { Initializer: null } creation:
                return Zero(ShapeOf(creation.Type!, creation.Syntax));
            case IWithOperation with:
                return With(with);
            case IDefaultValueOperation d:
                return Zero(ShapeOf(d.Type!, d.Syntax));
            case ITupleOperation tuple:
                return Tuple(tuple);
            case ISizeOfOperation size:
                return Number(_b.Int(MemoryShape(size.TypeOperand, size.Syntax).Size));
            case ISwitchExpressionOperation s:
                return SwitchExpression(s);
            case IIsPatternOperation pattern:
                DeclareVariables(pattern.Pattern);
                return Number(Matches(Expression(pattern.Value), pattern.Pattern));
            case IDeclarationExpressionOperation declaration:
                return Expression(declaration.Expression);
            case IDiscardOperation:
                return null;
            case IInvalidOperation:
                throw new SourceErrorException();
            default:
                throw Refused(operation);
        }
    }

    Datum Tuple(ITupleOperation tuple)
    {
        Datum[] elements = [.. tuple.Elements.Select(e => Expression(e))];
        for (int i = 0; i < elements.Length; i++)
            if (elements[i].Registers != null) throw new KernelException(Diagnostics.ViewInRegisters, tuple.Elements[i].Syntax.GetLocation(), "LocalMemory cannot be an element of a tuple; it is an array of registers and has no address");
        return new Datum(ShapeOf(tuple.Type!, tuple.Syntax), [.. elements.SelectMany(e => e.Leaves)]);
    }

    /// <summary>The diagnostic for an expression that no kernel can have.</summary>
    static Exception Refused(IOperation operation)
    {
        Location at = operation.Syntax.GetLocation();
        switch (operation)
        {
            case IArrayCreationOperation or IAnonymousObjectCreationOperation or ICollectionExpressionOperation:
            case { Syntax: StackAllocArrayCreationExpressionSyntax or ImplicitStackAllocArrayCreationExpressionSyntax }:
                return new KernelException(Diagnostics.Allocation, at, operation.Syntax.ToString());
            case IInterpolatedStringOperation or ILiteralOperation { Type.SpecialType: SpecialType.System_String }:
            case { Type.SpecialType: SpecialType.System_String }:
                return new KernelException(Diagnostics.StringUsed, at);
            case IThrowOperation:
                return new KernelException(Diagnostics.ExceptionUsed, at, "");
            case IAnonymousFunctionOperation or IDelegateCreationOperation or IMethodReferenceOperation:
                return new KernelException(Diagnostics.DelegateUsed, at);
            case { Type: { IsReferenceType: true } reference }:
                return UnsupportedType(reference, at);
            default:
                return Unsupported(operation);
        }
    }

    static KernelException Unsupported(IOperation operation) => new(Diagnostics.UnsupportedExpression, operation.Syntax.GetLocation(), OneLine(operation.Syntax));

    /// <summary>The first line of a piece of source, for a message.</summary>
    static string OneLine(SyntaxNode syntax)
    {
        string text = syntax.ToString();
        int end = text.IndexOfAny(['\r', '\n']);
        return end < 0 ? text : text.Substring(0, end).TrimEnd() + " ...";
    }
}
