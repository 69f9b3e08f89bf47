using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Joins Ifs on the same condition into one when only pure ops stand between them. Those that do not depend on the first If move in front of it, the others
/// stay behind the joint one unless the second If needs them.
/// </summary>
internal static class IfMerging
{
    /// <summary>Runs on a kernel.</summary>
    public static void Run(IrKernel kernel) => Visit(kernel.Body);

    static void Visit(Region region)
    {
        var result = new List<Op>(region.Ops.Count);
        // Place in the result of the last If with nothing but pure ops behind it.
        int candidate = -1;
        foreach (Op op in region.Ops)
        {
            if (op.Code == Opcode.If && candidate >= 0 && TryJoin(result, candidate, op, out int joined))
            {
                candidate = joined;
                continue;
            }

            if (op.Code == Opcode.If) candidate = result.Count;
            else if (!op.IsPure()) candidate = -1;
            result.Add(op);
        }

        region.Ops.Clear();
        region.Ops.AddRange(result);
        foreach (Op op in result)
            foreach (Region r in op.Regions) Visit(r);
    }

    static bool TryJoin(List<Op> ops, int at, Op second, out int joined)
    {
        Op first = ops[at];
        joined = at;
        if (!ReferenceEquals(first.Operands[0], second.Operands[0])) return false;

        var dependent = new HashSet<Value>(first.Results);
        List<Op> before = [], behind = [];
        for (int i = at + 1; i < ops.Count; i++)
        {
            Op op = ops[i];
            bool depends = op.Operands.Any(dependent.Contains);
            (depends ? behind : before).Add(op);
            if (depends) foreach (Value r in op.Results) dependent.Add(r);
        }

        dependent.ExceptWith(first.Results);
        if (second.Regions.Any(r => Reads(r, dependent))) return false;

        for (int arm = 0; arm < 2; arm++)
        {
            Region to = first.Regions[arm], from = second.Regions[arm];
            // In the second arm the first If's results are what the first arm yields.
            var inside = new Substitution();
            for (int i = 0; i < first.Results.Length; i++) inside.Replace(first.Results[i], to.Yield[i]);
            inside.Apply(from);
            to.Ops.AddRange(from.Ops);
            to.Yield.AddRange(from.Yield);
        }

        first.Results = [.. first.Results, .. second.Results];
        foreach (Value r in second.Results) r.Definition = first;
        ops.RemoveRange(at, ops.Count - at);
        ops.AddRange(before);
        joined = ops.Count;
        ops.Add(first);
        ops.AddRange(behind);
        return true;
    }

    static bool Reads(Region region, HashSet<Value> values) =>
        region.Yield.Any(values.Contains) || region.Ops.Any(op => op.Operands.Any(values.Contains) || op.Regions.Any(r => Reads(r, values)));
}
