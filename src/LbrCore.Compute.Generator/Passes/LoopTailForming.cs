using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Where the last If of a loop's round decides whether the loop goes on, and only pure ops follow it, those ops move into its arms and the If yields what
/// the round yields. The printer then leaves the loop right from the arm.
/// </summary>
internal static class LoopTailForming
{
    const int MostTrailing = 12;

    /// <summary>Runs on a kernel; <see cref="Simplify"/> afterwards finishes the arms.</summary>
    public static void Run(IrKernel kernel) => Visit(kernel.Body);

    static void Visit(Region region)
    {
        foreach (Op op in region.Ops)
        {
            foreach (Region r in op.Regions) Visit(r);
            if (op.Code == Opcode.Loop) Form(op.Regions[0]);
        }
    }

    static void Form(Region body)
    {
        int at = body.Ops.FindLastIndex(op => op.Code == Opcode.If);
        if (at < 0) return;
        Op branch = body.Ops[at];
        Op[] trailing = [.. body.Ops.Skip(at + 1)];
        if (trailing.Any(op => !op.IsPure()) || trailing.Count(op => op.Code != Opcode.Const) > MostTrailing) return;
        bool formed = branch.Results.Contains(body.Yield[0]) && trailing.All(op => op.Code == Opcode.Const);
        if (formed || (Decided(body.Yield[0], branch, 0) == null && Decided(body.Yield[0], branch, 1) == null)) return;

        var local = new HashSet<Value>(trailing.SelectMany(op => op.Results).Concat(branch.Results)) { branch.Operands[0], body.Yield[0] };
        int[] moved = [.. Enumerable.Range(0, body.Yield.Count).Where(i => local.Contains(body.Yield[i]))];
        var yields = new List<Value[]>();
        for (int arm = 0; arm < 2; arm++)
        {
            Region r = branch.Regions[arm];
            var map = new Substitution();
            for (int i = 0; i < branch.Results.Length; i++) map.Replace(branch.Results[i], r.Yield[i]);
            foreach (Op op in trailing) r.Ops.Add(IrClone.Copy(op, map));
            Op? goOn = Decided(body.Yield[0], branch, arm) is { } known ? IrClone.Constant(IrType.Pred, known ? 1UL : 0UL, branch.Source) : null;
            if (goOn != null) r.Ops.Add(goOn);
            Value[] yield = [.. moved.Select(i => i == 0 && goOn != null ? goOn.Result : map[body.Yield[i]])];
            yields.Add(yield);
        }

        for (int arm = 0; arm < 2; arm++)
        {
            branch.Regions[arm].Yield.Clear();
            branch.Regions[arm].Yield.AddRange(yields[arm]);
        }

        branch.Results = [.. moved.Select(i => new Value(body.Yield[i].Type) { Definition = branch, Name = body.Yield[i].Name })];
        for (int k = 0; k < moved.Length; k++) body.Yield[moved[k]] = branch.Results[k];
        body.Ops.RemoveRange(at + 1, body.Ops.Count - at - 1);
    }

    // The truth value of v after the given arm, where the If's condition and the arm's yields decide it.
    static bool? Decided(Value v, Op branch, int arm)
    {
        if (v.IsConst) return v.ConstBits != 0;
        if (ReferenceEquals(v, branch.Operands[0])) return arm == 0;
        int result = Array.IndexOf(branch.Results, v);
        if (result >= 0) return branch.Regions[arm].Yield[result] is { IsConst: true } c ? c.ConstBits != 0 : null;
        if (v.Definition is not { } op || v.Type != IrType.Pred) return null;
        switch (op.Code)
        {
            case Opcode.Not:
                return !Decided(op.Operands[0], branch, arm);
            case Opcode.And or Opcode.Or:
                bool absorbing = op.Code == Opcode.Or;
                bool? a = Decided(op.Operands[0], branch, arm), b = Decided(op.Operands[1], branch, arm);
                return a == absorbing || b == absorbing ? absorbing : a != null && b != null ? !absorbing : null;
            case Opcode.Select when Decided(op.Operands[0], branch, arm) is { } c:
                return Decided(op.Operands[c ? 1 : 2], branch, arm);
            default:
                return null;
        }
    }
}
