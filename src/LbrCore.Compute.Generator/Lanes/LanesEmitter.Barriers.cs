using System.Text;
using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

// Code with barriers: labels and jumps at the top of the method, because execution resumes in the middle of it. Between two barriers stand ordinary blocks.
internal sealed partial class LanesEmitter
{
    void Segments(Region region)
    {
        int at = 0;
        while (at < region.Ops.Count)
        {
            int end = at;
            while (end < region.Ops.Count && !_timeline.HoldsBarrier(region.Ops[end])) end++;
            if (end > at) Segment(region.Ops.GetRange(at, end - at), region);
            if (end == region.Ops.Count) break;
            Op op = region.Ops[end];
            if (op.Code == Opcode.If) BranchWithBarrier(op);
            else if (op.Code == Opcode.Loop) LoopWithBarrier(op);
            else Barrier(op);
            at = end + 1;
        }
    }

    void Segment(List<Op> ops, Region region)
    {
        StringBuilder outer = _text;
        _text = new StringBuilder();
        _indent++;
        Ops(ops, region);
        _indent--;
        string inner = _text.ToString();
        _text = outer;
        if (inner.Length > 0) Block(inner);
    }

    void Barrier(Op op)
    {
        Position(op);
        if (op.Code == Opcode.BarrierReduce) Line($"VoteAtBarrier({Use(op.Operands[0])}, {_mask});");
        Variable[] saved = [.. _liveness.After(op)];
        foreach (Variable v in saved) Line($"{Field(v.Name)} = {v.Name};");
        string state = Number(++_states);
        Line($"NextState = {state};");
        Line("return false;");
        Line($"Resume{state}:");
        foreach (Variable v in saved) Line($"{v.Name} = {Field(v.Name)};");
        if (op.Code == Opcode.BarrierReduce && _variables[op.Result] is { } result) Assign(result, op.Attr switch { 0 => "BarrierAnd", 1 => "BarrierOr", _ => "BarrierPopCount" });
    }

    void BranchWithBarrier(Op op)
    {
        Position(op);
        string number = Number(++_labels);
        Line($"if ({Code.Unary("!", Use(op.Operands[0]))}) goto Else{number};");
        ArmWithBarrier(op, 0);
        Line($"goto End{number};");
        Line($"Else{number}:");
        ArmWithBarrier(op, 1);
        Line($"End{number}:");
    }

    void ArmWithBarrier(Op op, int arm)
    {
        if (op.Regions[arm].Ops.Any(_timeline.HoldsBarrier))
        {
            Segments(op.Regions[arm]);
            AssignAll(Yields(op, arm));
        }
        else if (Arm(op, arm) is { Length: > 0 } text)
        {
            Block(text);
        }
    }

    void LoopWithBarrier(Op op)
    {
        Position(op);
        string number = Number(++_labels);
        Enter(op);
        Line($"Loop{number}:");
        Segments(op.Regions[0]);
        StringBuilder outer = _text;
        _text = new StringBuilder();
        _indent++;
        string test = Advance(op, out _);
        bool plain = _text.Length == 0;
        if (plain) _indent--;
        Line($"if ({test}) goto Loop{number};");
        if (!plain) _indent--;
        string inner = _text.ToString();
        _text = outer;
        if (plain) _text.Append(inner);
        else Block(inner);
    }
}
