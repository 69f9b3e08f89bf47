using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>For each value how many loops enclose its definition, and which carried values count by a fixed step.</summary>
internal sealed class LoopDepths
{
    readonly Dictionary<Value, int> _depths = [];
    readonly Dictionary<Value, (Op Loop, int Index)> _counters = [];

    LoopDepths()
    {
    }

    /// <summary>Number of loops around the definition; parameters have none.</summary>
    public int this[Value v] => _depths.TryGetValue(v, out int d) ? d : 0;

    /// <summary>Analyses a kernel.</summary>
    public static LoopDepths Of(IrKernel kernel)
    {
        var depths = new LoopDepths();
        depths.Visit(kernel.Body, 0);
        return depths;
    }

    /// <summary>True for a loop counter, or a counter times something that the loop does not change.</summary>
    public bool Counts(Value v, Value? times)
    {
        if (times != null) return _counters.ContainsKey(v) && this[times] < this[v];
        if (_counters.ContainsKey(v)) return true;
        if (v.Definition is not { Code: Opcode.Mul } product) return false;
        return Counts(product.Operands[0], product.Operands[1]) || Counts(product.Operands[1], product.Operands[0]);
    }

    /// <summary>Enters a value that a pass has made.</summary>
    public void Add(Value v, int depth) => _depths[v] = depth;

    void Visit(Region region, int depth)
    {
        foreach (Op op in region.Ops)
        {
            foreach (Value r in op.Results) _depths[r] = depth;
            int inside = op.Code == Opcode.Loop ? depth + 1 : depth;
            if (op.Code == Opcode.Loop)
            {
                // A constant stands where it is written, so it counts as made outside.
                for (int i = 0; i < op.Operands.Length; i++) _depths[op.Regions[0].Arguments[i]] = inside;
            }

            foreach (Region r in op.Regions) Visit(r, inside);
            if (op.Code != Opcode.Loop) continue;
            for (int i = 0; i < op.Operands.Length; i++)
                if (Induction.Step(op, i) is { } step && (step.IsConst || this[step] < inside)) _counters[op.Regions[0].Arguments[i]] = (op, i);
        }
    }
}
