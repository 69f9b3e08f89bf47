using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// A carried value whose final value nobody reads matters only where the loop goes on, so its next value may be simplified under that condition: a counter
/// that a break leaves unchanged becomes an ordinary counter again, and where an arm of a tail leaves the loop, nothing needs to be computed for it.
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
            Leave(op, body, body.Yield[0], [.. body.Yield.Skip(1)], uses);
        }
    }

    // The arms that leave the loop yield the carried value as it is, where its final value is not read.
    static void Leave(Op loop, Region region, Value goOn, Value[] next, UseCounts uses)
    {
        if (Induction.Deciding(region, goOn) is not { } branch) return;
        for (int arm = 0; arm < 2; arm++)
        {
            Value armGoOn = Induction.After(branch, arm, goOn);
            if (!Induction.IsFalse(armGoOn))
            {
                Leave(loop, branch.Regions[arm], armGoOn, [.. next.Select(v => Induction.After(branch, arm, v))], uses);
                continue;
            }

            for (int i = 0; i < next.Length; i++)
            {
                int at = Array.IndexOf(branch.Results, next[i]);
                if (uses[loop.Results[i]] == 0 && at >= 0 && uses[next[i]] == 1) branch.Regions[arm].Yield[at] = loop.Regions[0].Arguments[i];
            }
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
