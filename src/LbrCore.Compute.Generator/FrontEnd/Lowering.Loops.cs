using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Loops: unrolled where the trip count is a constant and small, else one Loop op guarded by its first test.
internal sealed partial class Lowering
{
    const int ForcedUnrollLimit = 1024;

    void For(IForLoopOperation f)
    {
        foreach (IOperation before in f.Before) Statement(before);
        long? trips = TripCount(f);
        bool constant = trips is >= 0 and <= ForcedUnrollLimit;
        bool unroll = constant && (_facts.Unroll.Contains(f.Syntax) || trips <= UnrollLimit);
        _loops.Push(new LoopSite(f.Syntax, unroll, constant));
        if (unroll) Unrolled(f, (int)trips!);
        else Rolled(f, f.Condition, true, () => Statement(f.Body), () => { foreach (IOperation s in f.AtLoopBottom) Statement(s); });
        _loops.Pop();
    }

    int UnrollLimit => _machine == Machine.Ptx ? _options.UnrollLimit : Math.Min(_options.UnrollLimit, 4);

    void While(IWhileLoopOperation w)
    {
        _loops.Push(new LoopSite(w.Syntax, false, false));
        if (w.ConditionIsUntil) throw new KernelException(Diagnostics.UnsupportedStatement, w.Syntax.GetLocation(), "until");
        Rolled(w, w.Condition, w.ConditionIsTop, () => Statement(w.Body), static () => { });
        _loops.Pop();
    }

    void Unrolled(IForLoopOperation f, int trips)
    {
        var target = new JumpTarget(true, NewSlot(_b.Bool(false)), NewSlot(_b.Bool(false)));
        _frame.Jumps.Add(target);
        Round(trips);
        _frame.Jumps.RemoveAt(_frame.Jumps.Count - 1);

        void Round(int left)
        {
            while (left-- > 0)
            {
                if (_b.Current.Ops.Count > OperationLimit) throw new KernelException(Diagnostics.TooLarge, f.Syntax.GetLocation(), OperationLimit);
                _slots[target.Continued] = _b.Bool(false);
                Statement(f.Body);
                _slots[target.Continued] = _b.Bool(false);
                foreach (IOperation s in f.AtLoopBottom) Statement(s);
                int[] gone = [target.Broke, _frame.Returned];
                if (gone.All(f => _slots[f] is { IsConst: true, ConstBits: 0 })) continue;
                int rest = left;
                Unless(gone, () => Round(rest));
                return;
            }
        }
    }

    /// <summary>if (condition) do { body; if (!left) { bottom; again = condition; } } while (again)</summary>
    void Rolled(ILoopOperation loop, IOperation? condition, bool testFirst, Action body, Action bottom)
    {
        var target = new JumpTarget(true, NewSlot(_b.Bool(false)), NewSlot(_b.Bool(false)));
        _frame.Jumps.Add(target);
        Value first = testFirst && condition != null ? Expression(condition).Value : _b.Bool(true);
        Branch(first, () => Do(loop, condition, target, body, bottom), static () => { });
        _frame.Jumps.RemoveAt(_frame.Jumps.Count - 1);
    }

    void Do(ILoopOperation loop, IOperation? condition, JumpTarget target, Action body, Action bottom)
    {
        // Everything the loop may assign is carried; the passes drop what turns out not to change.
        List<int> carried = [.. AssignedSlots(loop).Where(_slots.Contains).Distinct().OrderBy(s => s)];
        Value[] initial = [.. carried.Select(s => _slots[s])];
        var region = new Region();
        SlotMap outer = _slots;
        _slots = outer.Clone();
        foreach (int s in carried)
        {
            var argument = new Value(_slots[s].Type) { Name = _slots[s].Name };
            region.Arguments.Add(argument);
            _slots[s] = argument;
        }

        Value again;
        int returned = _frame.Returned;
        using (_b.Enter(region))
        {
            _slots[target.Broke] = _b.Bool(false);
            _slots[target.Continued] = _b.Bool(false);
            body();
            _slots[target.Continued] = _b.Bool(false);
            int flag = NewSlot(_b.Bool(false));
            Unless([target.Broke, returned], () =>
            {
                bottom();
                _slots[flag] = condition == null ? _b.Bool(true) : Expression(condition).Value;
            });
            again = _slots[flag];
        }

        region.Yield.Add(again);
        foreach (int s in carried) region.Yield.Add(_slots[s]);
        _slots = outer;
        Value[] results = _b.Loop(initial, region);
        for (int i = 0; i < carried.Count; i++) _slots[carried[i]] = results[i];
    }

    /// <summary>
    /// Trip count of for (int i = a; i op b; i step c) with constants a, b, c where the body does not assign i; null when it is not that.
    /// </summary>
    long? TripCount(IForLoopOperation f)
    {
        if (f.Condition is not IBinaryOperation compare || f.AtLoopBottom.Length != 1) return null;
        IOperation step = f.AtLoopBottom[0] is IExpressionStatementOperation e ? e.Operation : f.AtLoopBottom[0];
        ISymbol? variable = step switch
        {
            IIncrementOrDecrementOperation d => VariableOf(d.Target),
            ICompoundAssignmentOperation c => VariableOf(c.Target),
            ISimpleAssignmentOperation a => VariableOf(a.Target),
            _ => null,
        };
        if (variable == null || _frame.Find(variable) is not SlotPlace { Registers: null } place || !place.Shape.IsScalar || place.Shape.Leaves[0].Type is not (IrType.S32 or IrType.U32 or IrType.S64)) return null;
        if (_slots[place.First].ConstInt is not { } start || Assigns(f.Body, variable)) return null;
        bool left = SymbolEqualityComparer.Default.Equals(VariableOf(compare.LeftOperand), variable);
        if (!left) return null;

        // The bound is evaluated in a scratch region; only a constant counts.
        if (ConstantExpression(compare.RightOperand, f.Body) is not { } bound) return null;
        long i = start, count = 0;
        SlotMap saved = _slots;
        _slots = saved.Clone();
        try
        {
            while (Holds(compare.OperatorKind, i, bound))
            {
                if (++count > ForcedUnrollLimit) return count;
                _slots[place.First] = _b.Const(place.Shape.Leaves[0].Type, (ulong)i);
                using (_b.Enter(new Region())) Evaluate(step);
                if (_slots[place.First].ConstInt is not { } next || next == i) return null;
                i = next;
            }
        }
        finally
        {
            _slots = saved;
        }

        return count;
    }

    static bool Holds(BinaryOperatorKind kind, long a, long b) => kind switch
    {
        BinaryOperatorKind.LessThan => a < b,
        BinaryOperatorKind.LessThanOrEqual => a <= b,
        BinaryOperatorKind.GreaterThan => a > b,
        BinaryOperatorKind.GreaterThanOrEqual => a >= b,
        BinaryOperatorKind.NotEquals => a != b,
        _ => false,
    };

    /// <summary>Evaluates an expression to a constant if it is one and a loop body assigns nothing it reads.</summary>
    long? ConstantExpression(IOperation expression, IOperation body)
    {
        if (expression.DescendantsAndSelf().Any(o => o is IInvocationOperation { TargetMethod.ReturnsVoid: true } or IAssignmentOperation or IIncrementOrDecrementOperation)) return null;
        foreach (IOperation o in expression.DescendantsAndSelf())
            if (VariableOf(o) is { } v && Assigns(body, v)) return null;
        SlotMap saved = _slots;
        _slots = saved.Clone();
        try
        {
            using (_b.Enter(new Region())) return Expression(expression) is { Leaves.Length: 1 } d ? d.Value.ConstInt : null;
        }
        finally
        {
            _slots = saved;
        }
    }

    static ISymbol? VariableOf(IOperation o) => o switch
    {
        ILocalReferenceOperation l => l.Local,
        IParameterReferenceOperation p => p.Parameter,
        IConversionOperation { IsImplicit: true } c => VariableOf(c.Operand),
        IParenthesizedOperation p => VariableOf(p.Operand),
        _ => null,
    };

    bool Assigns(IOperation body, ISymbol variable)
    {
        var found = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        bool receiver = false;
        AssignedSymbols(body, found, ref receiver, []);
        return found.Contains(variable);
    }

    IEnumerable<int> AssignedSlots(ILoopOperation loop)
    {
        var symbols = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        bool receiver = false;
        AssignedSymbols(loop, symbols, ref receiver, []);
        foreach (ISymbol symbol in symbols)
            if (_frame.Find(symbol) is SlotPlace place)
                foreach (int s in SlotsOf(place)) yield return s;
        if (receiver && _frame.This is SlotPlace self)
            foreach (int s in SlotsOf(self)) yield return s;
        if (!Returns(loop)) yield break;
        yield return _frame.Returned;
        if (_frame.Result is { } r)
            foreach (int s in SlotsOf(r)) yield return s;
    }

    static bool Returns(IOperation operation) =>
        operation is IReturnOperation || operation.ChildOperations.Any(o => o is not (ILocalFunctionOperation or IAnonymousFunctionOperation) && Returns(o));

    static IEnumerable<int> SlotsOf(SlotPlace place) =>
        place.Registers is { } r ? Enumerable.Range(r.First, r.Memory == null ? r.Allocated * r.Element.Leaves.Length : 0) : Enumerable.Range(place.First, place.Shape.Leaves.Length);

    /// <summary>Variables that an operation may write: assigned, incremented, passed by reference, receivers of struct methods, register arrays that are indexed or passed on.</summary>
    void AssignedSymbols(IOperation operation, HashSet<ISymbol> found, ref bool receiver, HashSet<ISymbol> visited)
    {
        foreach (IOperation o in operation.DescendantsAndSelf())
        {
            switch (o)
            {
                case IAssignmentOperation a:
                    Root(a.Target, ref receiver);
                    break;
                case IIncrementOrDecrementOperation i:
                    Root(i.Target, ref receiver);
                    break;
                case IArgumentOperation { Parameter.RefKind: not RefKind.None } r:
                    Root(r.Value, ref receiver);
                    break;
                case IArgumentOperation { Value: var v } when VariableOf(v) is { } symbol && _frame.Find(symbol) is SlotPlace { Registers: not null }:
                    found.Add(symbol);
                    break;
                case IInvocationOperation call:
                    if (call.Instance?.Type is { IsValueType: true, Name: not "ArrayView" }) Root(call.Instance, ref receiver);
                    else if (call.Instance is { } array && VariableOf(array) is { } registers && _frame.Find(registers) is SlotPlace { Registers: not null }) found.Add(registers);
                    if (call.TargetMethod.MethodKind == MethodKind.LocalFunction && visited.Add(call.TargetMethod) && LocalBody(call.TargetMethod) is { } inner) AssignedSymbols(inner, found, ref receiver, visited);
                    break;
                case IVariableDeclaratorOperation { Symbol.IsRef: true } d when d.GetVariableInitializer() is { } init:
                    Root(init.Value, ref receiver);
                    break;
            }
        }

        void Root(IOperation written, ref bool self)
        {
            IOperation target = written;
            while (true)
            {
                // Elements of a view are memory; only an array in registers is a variable.
                if (target.Type is { Name: "ArrayView" } && VariableOf(target) is { } view && _frame.Find(view) is not SlotPlace { Registers: not null } && !ReferenceEquals(target, written)) return;
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
                    case ITupleOperation t:
                        foreach (IOperation element in t.Elements) Root(element, ref self);
                        return;
                    case IDeclarationExpressionOperation d:
                        target = d.Expression;
                        break;
                    default:
                        return;
                }
            }
        }
    }

    IOperation? LocalBody(IMethodSymbol localFunction)
    {
        SyntaxNode? syntax = localFunction.OriginalDefinition.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax(_cancel);
        return syntax == null ? null : _compilation.GetSemanticModel(syntax.SyntaxTree).GetOperation(syntax, _cancel);
    }

    /// <summary>Something must be constant here: unroll the innermost enclosing loop that can be and start again, or give up with a diagnostic.</summary>
    Exception NeedConstant(SyntaxNode at, string what)
    {
        foreach (LoopSite site in _loops)
            if (!site.Unrolled && site.ConstantTrip && _facts.Unroll.Add(site.Syntax)) return new RestartException();
        return new KernelException(Diagnostics.NotConstant, at.GetLocation(), what);
    }
}
