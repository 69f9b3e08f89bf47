using System;
using System.Collections.Generic;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;

namespace LbrCore.Compute.Generator.FrontEnd;

// Branches: both arms are lowered on a copy of the variables, which are merged afterwards.
internal sealed partial class Lowering
{
    /// <summary>At most this many pure operations are computed on both sides of a condition instead of branching.</summary>
    const int SpeculationLimit = 8;

    void Branch(Value condition, Action then, Action otherwise, IReadOnlyList<int>? falseInside = null)
    {
        if (condition.IsConst)
        {
            if (condition.ConstBits != 0) then();
            else otherwise();
            return;
        }

        SlotMap before = _slots;
        (Region thenRegion, SlotMap thenSlots) = Arm(before, falseInside == null ? then : () =>
        {
            foreach (int s in falseInside) _slots[s] = _b.Bool(false);
            then();
        });
        // An exit flag that stays false where it was false keeps its value.
        foreach (int s in falseInside ?? [])
            if (thenSlots[s] is { IsConst: true, ConstBits: 0 }) thenSlots[s] = before[s];
        (Region elseRegion, SlotMap elseSlots) = Arm(before, otherwise);
        _slots = before;

        // Values are identities: what neither arm assigned is the same object in both, and so is what both assigned alike from outside.
        List<int> changed = [.. before.Slots.Where(s => !ReferenceEquals(thenSlots[s], elseSlots[s]))];
        foreach (int s in before.Slots)
            if (ReferenceEquals(thenSlots[s], elseSlots[s])) _slots[s] = thenSlots[s];
        foreach (int s in changed) SameSpace(s, thenSlots, thenRegion, elseSlots, elseRegion);
        bool speculate = Speculatable(thenRegion) && Speculatable(elseRegion) && thenRegion.Ops.Count(Costs) + elseRegion.Ops.Count(Costs) <= SpeculationLimit;
        var carried = new List<int>();
        if (speculate)
        {
            _b.Current.Ops.AddRange(thenRegion.Ops);
            _b.Current.Ops.AddRange(elseRegion.Ops);
        }
        else
        {
            // Constants on both sides need not be carried out of the branch: they are one constant, or a flag that equals the condition.
            carried = [.. changed.Where(s => !(thenSlots[s].IsConst && elseSlots[s].IsConst && (thenSlots[s].ConstBits == elseSlots[s].ConstBits || thenSlots[s].Type == IrType.Pred)))];
            foreach (int s in carried)
            {
                thenRegion.Yield.Add(thenSlots[s]);
                elseRegion.Yield.Add(elseSlots[s]);
            }

            if (carried.Count > 0 || thenRegion.Ops.Any(op => !IsPure(op.Code)) || elseRegion.Ops.Any(op => !IsPure(op.Code)))
            {
                Value[] results = _b.If(condition, thenRegion, elseRegion);
                for (int i = 0; i < carried.Count; i++) _slots[carried[i]] = results[i];
            }
        }

        foreach (int s in changed.Except(carried)) _slots[s] = Merge(condition, thenSlots[s], elseSlots[s]);
    }

    /// <summary>
    /// A variable that holds a view has its address in one state space. The null of a variable not yet assigned fits to any; global and shared memory do not
    /// mix.
    /// </summary>
    void SameSpace(int slot, SlotMap a, Region inA, SlotMap b, Region inB)
    {
        if (a[slot].Type == b[slot].Type) return;
        if (a[slot] is { IsConst: true, ConstBits: 0 }) a[slot] = NullOf(b[slot].Type, inA);
        else if (b[slot] is { IsConst: true, ConstBits: 0 }) b[slot] = NullOf(a[slot].Type, inB);
        else throw MixedSpaces();
    }

    Value NullOf(IrType pointer, Region region)
    {
        using (_b.Enter(region)) return _b.Const(pointer, 0);
    }

    KernelException MixedSpaces() =>
        new(Diagnostics.ViewInRegisters, (_b.Origin as SyntaxNode)?.GetLocation(), "A view of shared memory and a view of global memory meet in one variable; use two variables, or pass the view to a method on either side of the condition");

    Value Merge(Value condition, Value a, Value b)
    {
        if (a.IsConst && b.IsConst && a.ConstBits == b.ConstBits && a.Type == b.Type) return _b.Const(a.Type, a.ConstBits);
        if (a.Type == IrType.Pred)
        {
            if (a.IsConst && b.IsConst) return a.ConstBits != 0 ? condition : _b.Pure(Opcode.Not, IrType.Pred, [condition]);
            if (a.IsConst && a.ConstBits != 0) return _b.Binary(Opcode.Or, condition, b);
            if (b.IsConst && b.ConstBits == 0) return _b.Binary(Opcode.And, condition, a);
        }

        return _b.Select(condition, a, b);
    }

    (Region, SlotMap) Arm(SlotMap before, Action lower)
    {
        var region = new Region();
        _slots = before.Clone();
        using (_b.Enter(region)) lower();
        return (region, _slots);
    }

    static bool Costs(Op op) => op.Code is not (Opcode.Const or Opcode.Special or Opcode.Bitcast);

    static bool Speculatable(Region region) => region.Ops.All(op => IsPure(op.Code) && op.Code is not (Opcode.Div or Opcode.Rem or Opcode.Sqrt));

    /// <summary>No side effect, no memory, no cooperation of lanes: may be computed anywhere its operands exist.</summary>
    internal static bool IsPure(Opcode code) => code <= Opcode.Fma2 || code == Opcode.PtrOffset;

    /// <summary>Runs what follows only where no exit flag is set; inside, the flags are known to be false.</summary>
    void Unless(IReadOnlyList<int> flags, Action rest)
    {
        Value left = Any(flags);
        if (left.IsConst)
        {
            if (left.ConstBits == 0) rest();
            return;
        }

        Branch(_b.Pure(Opcode.Not, IrType.Pred, [left]), rest, static () => { }, flags);
    }

    Value Any(IReadOnlyList<int> flags)
    {
        Value any = _slots[flags[0]];
        for (int i = 1; i < flags.Count; i++) any = _b.Binary(Opcode.Or, any, _slots[flags[i]]);
        return any;
    }

    /// <summary>The flags that say that control has left the current statement list: return, and break or continue up to the innermost loop.</summary>
    List<int> ExitFlags()
    {
        var flags = new List<int> { _frame.Returned };
        for (int i = _frame.Jumps.Count - 1; i >= 0; i--)
        {
            JumpTarget j = _frame.Jumps[i];
            flags.Add(j.Broke);
            if (!j.IsLoop) continue;
            flags.Add(j.Continued);
            break;
        }

        return flags;
    }
}
