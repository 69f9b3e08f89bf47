using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

internal sealed partial class Lowering
{
    void Statement(IOperation? operation)
    {
        if (operation == null) return;
        _cancel.ThrowIfCancellationRequested();
        if (!operation.IsImplicit) At(operation.Syntax);
        switch (operation)
        {
            case IBlockOperation block:
                Statements(block.Operations, 0);
                break;
            case IExpressionStatementOperation e:
                Evaluate(e.Operation);
                break;
            case IVariableDeclarationGroupOperation group:
                foreach (IVariableDeclarationOperation d in group.Declarations)
                    foreach (IVariableDeclaratorOperation v in d.Declarators) Declare(v.Symbol, v.Initializer?.Value ?? d.Initializer?.Value, v.Syntax);
                break;
            case IConditionalOperation c:
                Branch(Expression(c.Condition).Value, () => Statement(c.WhenTrue), () => Statement(c.WhenFalse));
                break;
            case IForLoopOperation f:
                For(f);
                break;
            case IWhileLoopOperation w:
                While(w);
                break;
            case ISwitchOperation s:
                Switch(s);
                break;
            case IReturnOperation r:
                Return(r);
                break;
            case IBranchOperation { BranchKind: BranchKind.Break or BranchKind.Continue } jump:
                Jump(jump);
                break;
            case IInvalidOperation:
                throw new SourceErrorException();
            case IBranchOperation or ILabeledOperation:
                throw new KernelException(Diagnostics.GotoUsed, operation.Syntax.GetLocation());
            case ILocalFunctionOperation or IEmptyOperation:
                break;
            case IVariableDeclarationOperation or IVariableDeclaratorOperation:
                throw new KernelException(Diagnostics.UnsupportedStatement, operation.Syntax.GetLocation(), operation.Kind);
            case ITryOperation or IThrowOperation:
                throw new KernelException(Diagnostics.ExceptionUsed, operation.Syntax.GetLocation());
            case IForEachLoopOperation or IUsingOperation or ILockOperation or IForToLoopOperation:
                throw new KernelException(Diagnostics.UnsupportedStatement, operation.Syntax.GetLocation(), operation.Kind);
            default:
                // Expression bodies arrive as expressions.
                Evaluate(operation);
                break;
        }
    }

    /// <summary>Lowers statements from an index on; once one may have left the list, the rest stands under "not left".</summary>
    void Statements(ImmutableArray<IOperation> list, int from)
    {
        for (int i = from; i < list.Length; i++)
        {
            Statement(list[i]);
            if (_b.Current.Ops.Count > OperationLimit) throw new KernelException(Diagnostics.TooLarge, list[i].Syntax.GetLocation(), OperationLimit);
            List<int> flags = ExitFlags();
            if (flags.All(f => _slots[f] is { IsConst: true, ConstBits: 0 })) continue;
            int next = i + 1;
            if (next < list.Length) Unless(flags, () => Statements(list, next));
            return;
        }
    }

    void Declare(ILocalSymbol local, IOperation? initializer, SyntaxNode syntax)
    {
        if (local.IsRef)
        {
            _frame.Places[local] = PlaceOf(initializer!);
            return;
        }

        if (initializer != null)
        {
            Datum value = Expression(initializer);
            foreach (Value v in value.Leaves) v.Name ??= local.Name;
            _frame.Places[local] = NewVariable(value);
            return;
        }

        // A constant local never needs a slot: Roslyn folds its uses.
        Shape shape = ShapeOf(local.Type, syntax);
        if (shape.IsView) throw new KernelException(Diagnostics.ViewInRegisters, syntax.GetLocation(), $"The view '{local.Name}' must be initialised where it is declared");
        _frame.Places[local] = NewVariable(Zero(shape));
    }

    void Return(IReturnOperation r)
    {
        if (r.ReturnedValue != null)
        {
            if (_frame.Result is { } result)
            {
                Datum value = Expression(r.ReturnedValue);
                if (value.Registers != null) throw new KernelException(Diagnostics.ViewInRegisters, r.Syntax.GetLocation(), "A method cannot return LocalMemory; let the caller allocate it and pass it");
                Write(result, value, r.Syntax);
            }
            else
            {
                Evaluate(r.ReturnedValue);
            }
        }

        _slots[_frame.Returned] = _b.Bool(true);
    }

    void Jump(IBranchOperation jump)
    {
        JumpTarget target = jump.BranchKind == BranchKind.Break ? _frame.Jumps[_frame.Jumps.Count - 1] : _frame.Jumps.Last(j => j.IsLoop);
        _slots[jump.BranchKind == BranchKind.Break ? target.Broke : target.Continued] = _b.Bool(true);
    }

    void Switch(ISwitchOperation s)
    {
        int value = TemporarySlots(Expression(s.Value));
        Shape shape = ShapeOf(s.Value.Type!, s.Syntax);
        var target = new JumpTarget(false, NewSlot(_b.Bool(false)), NewSlot(_b.Bool(false)));
        _frame.Jumps.Add(target);
        ISwitchCaseOperation? fallback = s.Cases.FirstOrDefault(c => c.Clauses.Any(k => k is IDefaultCaseClauseOperation));
        Section(0);
        _frame.Jumps.RemoveAt(_frame.Jumps.Count - 1);

        void Section(int i)
        {
            while (i < s.Cases.Length && s.Cases[i].Clauses.All(k => k is IDefaultCaseClauseOperation)) i++;
            if (i == s.Cases.Length)
            {
                if (fallback != null) Statements(fallback.Body, 0);
                return;
            }

            ISwitchCaseOperation section = s.Cases[i];
            Value match = _b.Bool(false);
            foreach (ICaseClauseOperation clause in section.Clauses)
            {
                switch (clause)
                {
                    case ISingleValueCaseClauseOperation single:
                        match = _b.Binary(Opcode.Or, match, EqualsConstant(_slots[value], single.Value));
                        break;
                    case IPatternCaseClauseOperation { Guard: null } pattern:
                        match = _b.Binary(Opcode.Or, match, Matches(new Datum(shape, [_slots[value]]), pattern.Pattern));
                        break;
                    case IDefaultCaseClauseOperation:
                        break;
                    default:
                        throw new KernelException(Diagnostics.UnsupportedStatement, clause.Syntax.GetLocation(), "case ... when");
                }
            }

            Branch(match, () => Statements(section.Body, 0), () => Section(i + 1));
        }
    }

    Value EqualsConstant(Value value, IOperation constant) => _b.Compare(Opcode.Eq, value, Expression(constant).Value is var c && c.Type == value.Type ? c : _b.Convert(c, value.Type));

    /// <summary>Constant, relational, discard and combined patterns on a scalar.</summary>
    Value Matches(Datum value, IPatternOperation pattern)
    {
        switch (pattern)
        {
            case IConstantPatternOperation c:
                return EqualsConstant(Promote(value.Value), c.Value);
            case IDiscardPatternOperation:
                return _b.Bool(true);
            case INegatedPatternOperation n:
                return _b.Pure(Opcode.Not, IrType.Pred, [Matches(value, n.Pattern)]);
            case IBinaryPatternOperation b:
                return _b.Binary(b.OperatorKind == BinaryOperatorKind.And ? Opcode.And : Opcode.Or, Matches(value, b.LeftPattern), Matches(value, b.RightPattern));
            case IRelationalPatternOperation r:
                Value x = Promote(value.Value);
                return _b.Compare(ComparisonOf(r.OperatorKind), x, _b.Convert(Expression(r.Value).Value, x.Type));
            default:
                throw new KernelException(Diagnostics.UnsupportedExpression, pattern.Syntax.GetLocation(), pattern.Syntax.ToString());
        }
    }

    static Opcode ComparisonOf(BinaryOperatorKind kind) => kind switch
    {
        BinaryOperatorKind.LessThan => Opcode.Lt,
        BinaryOperatorKind.LessThanOrEqual => Opcode.Le,
        BinaryOperatorKind.GreaterThan => Opcode.Gt,
        BinaryOperatorKind.GreaterThanOrEqual => Opcode.Ge,
        BinaryOperatorKind.Equals => Opcode.Eq,
        BinaryOperatorKind.NotEquals => Opcode.Ne,
        _ => throw new InvalidOperationException(kind.ToString()),
    };

    /// <summary>Keeps a value in fresh slots, so that it survives a branch; returns the first.</summary>
    int TemporarySlots(Datum value)
    {
        int first = _nextSlot;
        foreach (Value v in value.Leaves) NewSlot(v);
        return first;
    }
}
