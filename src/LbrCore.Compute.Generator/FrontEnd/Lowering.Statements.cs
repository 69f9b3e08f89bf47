using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
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
                Scoped(() => Statements(block.Operations, 0));
                break;
            case IExpressionStatementOperation e:
                Evaluate(e.Operation);
                break;
            case IVariableDeclarationGroupOperation group:
                foreach (IVariableDeclarationOperation d in group.Declarations)
                    foreach (IVariableDeclaratorOperation v in d.Declarators) Declare(v.Symbol, v.Initializer?.Value ?? d.Initializer?.Value, v.Syntax);
                break;
            case IConditionalOperation c:
                Branch(ScalarExpression(c.Condition), () => Statement(c.WhenTrue), () => Statement(c.WhenFalse));
                break;
            case IForLoopOperation f:
                Scoped(() => For(f));
                break;
            case IWhileLoopOperation w:
                Scoped(() => While(w));
                break;
            case ISwitchOperation s:
                Scoped(() => Switch(s));
                break;
            case IReturnOperation { Kind: OperationKind.Return } r:
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
            case IReturnOperation:
                throw new KernelException(Diagnostics.LambdaAsync, operation.Syntax.GetLocation(), _frame.Method?.Name ?? "");
            case ITryOperation or IThrowOperation:
                throw new KernelException(Diagnostics.ExceptionUsed, operation.Syntax.GetLocation(), "");
            case IForEachLoopOperation or IUsingOperation or IUsingDeclarationOperation or ILockOperation or IForToLoopOperation:
            case { Syntax: FixedStatementSyntax }:
                throw new KernelException(Diagnostics.UnsupportedStatement, operation.Syntax.GetLocation(), OneLine(operation.Syntax), operation is IForEachLoopOperation ? "for (int i = 0; i < view.IntLength; i++)" : "if, for, while, do, switch, break, continue or return");
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
            RefuseTooLarge(list[i].Syntax);
            List<int> flags = ExitFlags();
            if (flags.All(f => _slots[f] is { IsConst: true, ConstBits: 0 })) continue;
            int next = i + 1;
            if (next < list.Length) Unless(flags, () => Statements(list, next));
            return;
        }
    }

    /// <summary>Lowers something whose variables nobody sees afterwards.</summary>
    void Scoped(Action lower)
    {
        int first = _nextSlot;
        lower();
        _slots.Drop(first, _nextSlot);
    }

    void RefuseTooLarge(SyntaxNode at)
    {
        if (_b.Emitted > OperationLimit) throw new KernelException(Diagnostics.TooLarge, at.GetLocation(), OperationLimit);
    }

    void Declare(ILocalSymbol local, IOperation? initializer, SyntaxNode syntax)
    {
        // Roslyn folds the uses of a constant.
        if (local.IsConst) return;
        if (local.IsRef)
        {
            Place aliased = PlaceOf(initializer!);
            if (aliased is ValuePlace or PropertyPlace) throw new KernelException(Diagnostics.PartialWrite, initializer!.Syntax.GetLocation(), OneLine(initializer.Syntax));
            _frame.Places[local] = aliased;
            _frame.Regions[local] = _b.Current;
            return;
        }

        if (initializer != null)
        {
            Datum value = Expression(initializer);
            foreach (Value v in value.Leaves) v.Name ??= local.Name;
            _frame.Places[local] = NewVariable(value);
            return;
        }

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
}
