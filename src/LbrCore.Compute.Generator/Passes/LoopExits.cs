using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// A carried value whose final value nobody reads matters only where the loop goes on, so its next value may be simplified under that condition: a counter
/// that a break leaves unchanged becomes an ordinary counter again.
/// </summary>
internal static class LoopExits
{
    /// <summary>Runs on a kernel.</summary>
    public static void Run(IrKernel kernel) => Visit(kernel.Body, UseCounts.Of(kernel, lengths: true));

    static void Visit(Region region, UseCounts uses)
    {
        foreach (Op op in region.Ops)
        {
            foreach (Region r in op.Regions) Visit(r, uses);
            if (op.Code != Opcode.Loop) continue;
            Region body = op.Regions[0];
            var known = new Dictionary<Value, bool>();
            Learn(body.Yield[0], true, known);
            for (int i = 0; i < op.Results.Length; i++)
                if (uses[op.Results[i]] == 0) body.Yield[i + 1] = Under(body.Yield[i + 1], known);
        }
    }

    static void Learn(Value v, bool value, Dictionary<Value, bool> known)
    {
        known[v] = value;
        if (v.Definition is not { } op) return;
        if (op.Code == Opcode.Not) Learn(op.Operands[0], !value, known);
        else if (op.Code == (value ? Opcode.And : Opcode.Or)) foreach (Value x in op.Operands) Learn(x, value, known);
    }

    static Value Under(Value v, Dictionary<Value, bool> known)
    {
        while (v.Definition is { Code: Opcode.Select } select && known.TryGetValue(select.Operands[0], out bool c)) v = select.Operands[c ? 1 : 2];
        return v;
    }
}
