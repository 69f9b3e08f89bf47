using System;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// What lanes do together: barriers, votes, shuffles, reductions; and atomics.
internal sealed partial class Lowering
{
    Datum? Cooperate(string group, string name, Datum[] a, IInvocationOperation call)
    {
        switch (group + "." + name)
        {
            case "Grid.DependencySynchronize":
                _b.Emit(Opcode.GridDependencySynchronize, [], []);
                return null;
            case "Grid.TriggerLaunchCompletion":
                _b.Emit(Opcode.GridTriggerLaunchCompletion, [], []);
                return null;
            case "Group.Barrier":
                _b.Emit(Opcode.Barrier, [], []);
                return null;
            case "Group.NamedBarrier":
                int id = (int)(a[0].Value.ConstInt ?? throw NeedConstant(call.Syntax, "the id of a named barrier")), threads = (int)(a[1].Value.ConstInt ?? throw NeedConstant(call.Syntax, "the thread count of a named barrier"));
                _b.Emit(Opcode.NamedBarrier, [], [], op => (op.Attr, op.Bits) = (id, (ulong)threads));
                return null;
            case "Group.BarrierAnd":
                return Number(_b.Emit(Opcode.BarrierReduce, [IrType.Pred], [a[0].Value], op => op.Attr = 0)[0]);
            case "Group.BarrierOr":
                return Number(_b.Emit(Opcode.BarrierReduce, [IrType.Pred], [a[0].Value], op => op.Attr = 1)[0]);
            case "Group.BarrierPopCount":
                return Number(_b.Emit(Opcode.BarrierReduce, [IrType.S32], [a[0].Value], op => op.Attr = 2)[0]);
            case "Group.Broadcast":
                return BroadcastInGroup(a[0], a[1].Value, call.Syntax);
            case "Warp.Barrier":
                _b.Emit(Opcode.WarpBarrier, [], []);
                return null;
            case "Warp.Broadcast" or "Warp.Shuffle":
                return ShuffleAll(a[0], a[1].Value, ShuffleKind.Index, call.Syntax);
            case "Warp.ShuffleUp":
                return ShuffleAll(a[0], a[1].Value, ShuffleKind.Up, call.Syntax);
            case "Warp.ShuffleDown":
                return ShuffleAll(a[0], a[1].Value, ShuffleKind.Down, call.Syntax);
            case "Warp.ShuffleXor":
                return ShuffleAll(a[0], a[1].Value, ShuffleKind.Xor, call.Syntax);
            case "Warp.Ballot":
                return Number(_b.Emit(Opcode.Ballot, [IrType.U32], [a[0].Value])[0]);
            case "Warp.All":
                return Number(_b.Emit(Opcode.VoteAll, [IrType.Pred], [a[0].Value])[0]);
            case "Warp.Any":
                return Number(_b.Emit(Opcode.VoteAny, [IrType.Pred], [a[0].Value])[0]);
            case "Warp.ReduceAdd" or "Warp.ReduceMax" or "Warp.ReduceMin":
                if (!a[0].Shape.IsScalar || a[0].Value.Type is not (IrType.S32 or IrType.U32 or IrType.F32)) throw Unsupported(a[0].Shape.Symbol, call.Syntax.GetLocation(), " in a reduction, which takes int, uint or float");
                return a[0] with { Leaves = [WarpReduce(name == "ReduceAdd" ? Opcode.Add : name == "ReduceMax" ? Opcode.Max : Opcode.Min, a[0].Value)] };
            case "MemoryFence.GroupLevel" or "MemoryFence.DeviceLevel" or "MemoryFence.SystemLevel":
                _b.Emit(Opcode.Fence, [], [], op => op.Attr = name[0] == 'G' ? 0 : name[0] == 'D' ? 1 : 2);
                return null;
            default:
                throw Unsupported(call);
        }
    }

    /// <summary>Five butterflies. Where a warp has fewer lanes than 32 the missing ones take part with the neutral value, as the vocabulary defines it.</summary>
    Value WarpReduce(Opcode combine, Value v)
    {
        if (_options.GroupSize > 0 && _options.GroupSize % 32 == 0) return Butterfly(combine, v);
        Value first = _b.Binary(Opcode.Mul, _b.Special(SpecialRegister.WarpIdx), _b.Int(32)), lanes = _b.Binary(Opcode.Sub, GroupDimension(), first);
        int slot = NewSlot(v);
        Branch(_b.Compare(Opcode.Ge, lanes, _b.Int(32)), () => _slots[slot] = Butterfly(combine, v), () => _slots[slot] = Gathered(combine, v, lanes));
        return _slots[slot];
    }

    Value Butterfly(Opcode combine, Value v)
    {
        for (int m = 16; m > 0; m >>= 1) v = _b.Binary(combine, v, Shuffle(v, _b.Int(m), ShuffleKind.Xor));
        return v;
    }

    /// <summary>Every lane fetches all values and combines them in the order of the butterflies, so that the bits are the same.</summary>
    Value Gathered(Opcode combine, Value v, Value lanes)
    {
        Value neutral = NumberConstant(v.Type, (combine, v.Type == IrType.F32) switch
        {
            (Opcode.Add, _) => "Zero",
            (Opcode.Max, true) => "NegativeInfinity",
            (Opcode.Max, false) => "MinValue",
            (_, true) => "PositiveInfinity",
            _ => "MaxValue",
        })!;
        Value[] values = [.. Enumerable.Range(0, 32).Select(i => _b.Select(_b.Compare(Opcode.Gt, lanes, _b.Int(i)), Shuffle(v, _b.Int(i), ShuffleKind.Index), neutral))];
        for (int m = 16; m > 0; m >>= 1)
            for (int i = 0; i < m; i++) values[i] = _b.Binary(combine, values[i], values[i + m]);
        return values[0];
    }

    Datum ShuffleAll(Datum value, Value lane, ShuffleKind kind, SyntaxNode at)
    {
        RefuseViews(value, at);
        return value with { Leaves = [.. value.Leaves.Select(v => Shuffle(v, lane, kind))] };
    }

    /// <summary>An address means nothing to another lane's state space, and a register array has none.</summary>
    static void RefuseViews(Datum value, SyntaxNode at)
    {
        if (value.Registers != null || value.Leaves.Any(v => v.Type.IsPointer())) throw Unsupported(value.Shape.Symbol, at.GetLocation(), " where lanes exchange values");
    }

    Value Shuffle(Value v, Value lane, ShuffleKind kind)
    {
        if (v.Type == IrType.Pred) return FromStored(Shuffle(ToStored(v), lane, kind), IrType.Pred);
        return _b.Emit(Opcode.Shuffle, [v.Type], [v, lane], op => op.Attr = (int)kind)[0];
    }

    /// <summary>One shared slot and two barriers: the lane writes, all read.</summary>
    Datum BroadcastInGroup(Datum value, Value lane, SyntaxNode at)
    {
        RefuseViews(value, at);
        int offset = (_kernel.StaticSharedBytes + 15) / 16 * 16;
        _kernel.StaticSharedBytes = offset + Math.Max(8, value.Shape.Size);
        Value pointer = _b.Emit(Opcode.SharedAlloc, [IrType.PtrShared], [], op => (op.Bits, op.Attr, op.Offset) = ((ulong)Math.Max(8, value.Shape.Size), 16, offset))[0];
        var place = new MemoryPlace(value.Shape, pointer, _b.Int(0), _b.Long(1), value.Shape.Size, 0);
        _b.Emit(Opcode.Barrier, [], []);
        Branch(_b.Compare(Opcode.Eq, LinearIndex(), lane), () => Write(place, value, at), static () => { });
        _b.Emit(Opcode.Barrier, [], []);
        return Load(place);
    }

    Datum AtomicOperation(IInvocationOperation call)
    {
        IArgumentOperation Argument(int i) => call.Arguments.First(a => a.Parameter!.Ordinal == i);
        Place? target = null;
        var values = new Value?[3];
        foreach (IArgumentOperation a in call.Arguments)
        {
            if (a.Parameter!.Ordinal == 0) target = PlaceOf(a.Value);
            else values[a.Parameter.Ordinal] = ScalarExpression(a.Value);
        }

        if (target is not MemoryPlace { Shape.IsScalar: true } place) throw new KernelException(Diagnostics.PartialWrite, call.Syntax.GetLocation(), Argument(0).Value.Syntax.ToString());
        AtomicKind kind = (AtomicKind)Enum.Parse(typeof(AtomicKind), call.TargetMethod.Name);
        IrType type = place.Shape.Leaves[0].Type;
        Value[] operands = kind == AtomicKind.CompareExchange ? [values[2]!, values[1]!] : [values[1]!];
        Value old = _b.Emit(Opcode.Atomic, [type], [place.Pointer, place.Index, place.Length, .. operands], op => (op.Elem, op.Stride, op.Offset, op.Attr) = (type, place.Stride, place.Offset, (int)kind))[0];
        return new Datum(place.Shape, [old]);
    }
}
