using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>Turns an If whose arms hold a few cheap pure ops into those ops and one Select for each result: both sides are computed, nothing branches.</summary>
internal static class SelectForming
{
    const int MostOps = 4;

    /// <summary>Runs on a kernel, inner Ifs first.</summary>
    public static void Run(IrKernel kernel)
    {
        var map = new Substitution();
        Visit(kernel.Body, map);
        map.Apply(kernel.Body);
    }

    static void Visit(Region region, Substitution map)
    {
        var result = new List<Op>(region.Ops.Count);
        foreach (Op op in region.Ops)
        {
            foreach (Region r in op.Regions) Visit(r, map);
            if (op.Code != Opcode.If || op.Results.Length == 0 || Cost(op.Regions[0]) + Cost(op.Regions[1]) > MostOps)
            {
                result.Add(op);
                continue;
            }

            foreach (Region r in op.Regions) result.AddRange(r.Ops);
            for (int i = 0; i < op.Results.Length; i++)
            {
                Op select = IrClone.New(Opcode.Select, [op.Results[i].Type], [op.Operands[0], op.Regions[0].Yield[i], op.Regions[1].Yield[i]], op.Source);
                result.Add(select);
                map.Replace(op.Results[i], select.Result);
            }
        }

        region.Ops.Clear();
        region.Ops.AddRange(result);
    }

    static int Cost(Region arm) => arm.Ops.Sum(op => op.Code switch
    {
        Opcode.Const or Opcode.Bitcast => 0,
        _ => !op.IsPure() || op.IsExpensive() ? MostOps + 1 : 1,
    });
}
