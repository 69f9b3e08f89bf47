using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Ptx;

internal sealed partial class PtxEmitter
{
    const string WholeWarp = "0xffffffff";

    void EmitCollective(Op op)
    {
        switch (op.Code)
        {
            case Opcode.Barrier:
                I("bar.sync 0");
                break;
            case Opcode.BarrierReduce when op.Attr == 2:
                I($"bar.red.popc.u32 {Register(op.Result)}, 0, {Source(op.Operands[0])}");
                break;
            case Opcode.BarrierReduce:
                I($"bar.red.{(op.Attr == 0 ? "and" : "or")}.pred {Register(op.Result)}, 0, {Source(op.Operands[0])}");
                break;
            case Opcode.NamedBarrier:
                I($"bar.sync {op.Attr}, {op.Bits}");
                break;
            case Opcode.WarpBarrier:
                I("bar.warp.sync " + WholeWarp);
                break;
            case Opcode.Shuffle:
                EmitShuffle(op);
                break;
            case Opcode.Ballot:
                I($"vote.sync.ballot.b32 {Register(op.Result)}, {Source(op.Operands[0])}, {WholeWarp}");
                break;
            default:
                I($"vote.sync.{(op.Code == Opcode.VoteAll ? "all" : "any")}.pred {Register(op.Result)}, {Source(op.Operands[0])}, {WholeWarp}");
                break;
        }
    }

    void EmitShuffle(Op op)
    {
        Value lane = op.Operands[1];
        string x = Source(op.Operands[0]), by = Operand(lane), d = Register(op.Result);
        string mode = (ShuffleKind)op.Attr switch { ShuffleKind.Index => "idx", ShuffleKind.Up => "up", ShuffleKind.Down => "down", _ => "bfly" };
        string clamp = (ShuffleKind)op.Attr == ShuffleKind.Up ? "0" : "31";
        // The hardware looks at five bits only; beyond them the lane keeps its own value.
        string? inRange = null;
        if (!_ranges.IsWithin(lane, 0, 31))
        {
            inRange = New(RegisterClass.Predicate);
            I($"setp.lt.u32 {inRange}, {Source(lane)}, 32");
        }

        string Exchange(string word)
        {
            string got = New(RegisterClass.Word);
            I($"shfl.sync.{mode}.b32 {got}, {word}, {by}, {clamp}, {WholeWarp}");
            if (inRange == null) return got;
            string chosen = New(RegisterClass.Word);
            I($"selp.b32 {chosen}, {got}, {word}, {inRange}");
            return chosen;
        }

        switch (RegisterFile.ClassOf(op.Result.Type))
        {
            case RegisterClass.Word when inRange == null:
                I($"shfl.sync.{mode}.b32 {d}, {x}, {by}, {clamp}, {WholeWarp}");
                break;
            case RegisterClass.Word:
                I($"mov.b32 {d}, {Exchange(x)}");
                break;
            case RegisterClass.Single:
                string word = New(RegisterClass.Word);
                I($"mov.b32 {word}, {x}");
                I($"mov.b32 {d}, {Exchange(word)}");
                break;
            case RegisterClass.Half:
                I($"cvt.u16.u32 {d}, {Exchange(WidenHalf(x))}");
                break;
            default:
                string low = New(RegisterClass.Word), high = New(RegisterClass.Word);
                I($"mov.b64 {{{low}, {high}}}, {x}");
                string newLow = Exchange(low), newHigh = Exchange(high);
                I($"mov.b64 {d}, {{{newLow}, {newHigh}}}");
                break;
        }
    }
}
