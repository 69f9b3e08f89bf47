using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Which variables a piece of code may write: those a loop must carry, and those whose values are unknown in it.
internal sealed partial class Lowering
{
    /// <summary>The slots that an operation may write. Too many is harmless: the passes drop what turns out not to change.</summary>
    HashSet<int> AssignedSlots(IOperation operation)
    {
        var symbols = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        bool receiver = false;
        AssignedSymbols(operation, symbols, ref receiver, []);
        var slots = new HashSet<int>();
        foreach (ISymbol symbol in symbols)
            if (_frame.Find(symbol) is SlotPlace place) slots.UnionWith(SlotsOf(place));
        if (receiver && _frame.This is SlotPlace self) slots.UnionWith(SlotsOf(self));
        if (Returns(operation))
        {
            slots.Add(_frame.Returned);
            if (_frame.Result is { } result) slots.UnionWith(SlotsOf(result));
        }

        slots.RemoveWhere(s => !_slots.Contains(s));
        return slots;
    }

    static bool Returns(IOperation operation) =>
        operation is IReturnOperation || operation.ChildOperations.Any(o => o is not (ILocalFunctionOperation or IAnonymousFunctionOperation) && Returns(o));

    static IEnumerable<int> SlotsOf(SlotPlace place) =>
        place.Registers is { } r ? Enumerable.Range(r.First, r.Memory == null ? r.Allocated * r.Element.Leaves.Length : 0) : Enumerable.Range(place.First, place.Shape.Leaves.Length);

    static ISymbol? VariableOf(IOperation o) => o switch
    {
        ILocalReferenceOperation l => l.Local,
        IParameterReferenceOperation p => p.Parameter,
        IConversionOperation { IsImplicit: true } c => VariableOf(c.Operand),
        IParenthesizedOperation p => VariableOf(p.Operand),
        _ => null,
    };

    /// <summary>
    /// Variables that an operation may write: assigned, incremented, set by a pattern, passed by reference, receivers of struct methods, register arrays
    /// that are indexed or passed on.
    /// </summary>
    void AssignedSymbols(IOperation operation, HashSet<ISymbol> found, ref bool receiver, HashSet<ISymbol> visited)
    {
        foreach (IOperation o in operation.DescendantsAndSelf())
        {
            switch (o)
            {
                case IAssignmentOperation a:
                    Root(a.Target, found, ref receiver);
                    break;
                case IIncrementOrDecrementOperation i:
                    Root(i.Target, found, ref receiver);
                    break;
                case IDeclarationPatternOperation { DeclaredSymbol: { } declared }:
                    found.Add(declared);
                    break;
                case IRecursivePatternOperation { DeclaredSymbol: { } declared }:
                    found.Add(declared);
                    break;
                case IArgumentOperation { Parameter.RefKind: not RefKind.None } r:
                    Root(r.Value, found, ref receiver);
                    break;
                case IArgumentOperation { Value: var v } when VariableOf(v) is { } symbol && _frame.Find(symbol) is SlotPlace { Registers: not null }:
                    found.Add(symbol);
                    break;
                case IPropertyReferenceOperation { Instance: { Type: { IsValueType: true } type } instance, Property.GetMethod: { IsReadOnly: false } } when !Symbols.IsView(type):
                    Root(instance, found, ref receiver);
                    break;
                case IInvocationOperation call:
                    if (call.Instance?.Type is { IsValueType: true } t && !Symbols.IsView(t) && !call.TargetMethod.IsReadOnly) Root(call.Instance, found, ref receiver);
                    else if (call.Instance is { } array && VariableOf(array) is { } registers && _frame.Find(registers) is SlotPlace { Registers: not null }) found.Add(registers);
                    if (call.TargetMethod.MethodKind == MethodKind.LocalFunction && visited.Add(call.TargetMethod.OriginalDefinition) && LocalBody(call.TargetMethod) is { } inner) AssignedSymbols(inner, found, ref receiver, visited);
                    break;
                case IVariableDeclaratorOperation { Symbol.IsRef: true } d when d.GetVariableInitializer() is { } init:
                    Root(init.Value, found, ref receiver);
                    break;
            }
        }
    }

    /// <summary>Adds the variable that a written expression is, or is a part of.</summary>
    void Root(IOperation written, HashSet<ISymbol> found, ref bool self)
    {
        IOperation target = written;
        while (true)
        {
            // Elements of a view are memory; only an array in registers is a variable.
            if (Symbols.IsView(target.Type) && VariableOf(target) is { } view && _frame.Find(view) is not SlotPlace { Registers: not null } && !ReferenceEquals(target, written)) return;
            switch (target)
            {
                case ILocalReferenceOperation l:
                    found.Add(l.Local);
                    return;
                case IParameterReferenceOperation p:
                    found.Add(p.Parameter);
                    return;
                case IInstanceReferenceOperation:
                    self = true;
                    return;
                case IFieldReferenceOperation { Instance: { } i }:
                    target = i;
                    break;
                case IPropertyReferenceOperation { Instance: { } i }:
                    target = i;
                    break;
                case IInvocationOperation { Instance: { } i }:
                    target = i;
                    break;
                case IConversionOperation c:
                    target = c.Operand;
                    break;
                case IParenthesizedOperation p:
                    target = p.Operand;
                    break;
                case ITupleOperation t:
                    foreach (IOperation element in t.Elements) Root(element, found, ref self);
                    return;
                case IDeclarationExpressionOperation d:
                    target = d.Expression;
                    break;
                default:
                    return;
            }
        }
    }

    IOperation? LocalBody(IMethodSymbol localFunction)
    {
        SyntaxNode? syntax = localFunction.OriginalDefinition.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancel);
        return syntax == null ? null : ModelOf(syntax.SyntaxTree).GetOperation(syntax, _cancel);
    }
}
