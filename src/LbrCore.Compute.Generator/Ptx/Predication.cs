using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;

namespace LbrCore.Compute.Generator.Ptx;

/// <summary>Chooses the Ifs that are printed without a branch, each instruction under the condition or its negation: those with few cheap instructions.</summary>
internal sealed class Predication
{
    const int MostCost = 8;

    readonly HashSet<Op> _ifs = [];

    Predication()
    {
    }

    /// <summary>True when this If is printed without a branch.</summary>
    public bool Contains(Op op) => _ifs.Contains(op);

    /// <summary>Chooses.</summary>
    public static Predication Plan(IrKernel kernel, LoopTails tails)
    {
        var plan = new Predication();
        plan.Visit(kernel.Body, tails);
        return plan;
    }

    void Visit(Region region, LoopTails tails)
    {
        foreach (Op op in region.Ops)
        {
            foreach (Region r in op.Regions) Visit(r, tails);
            if (op.Code == Opcode.If && !tails.Contains(op) && op.Results.Length + Cost(op.Regions[0]) + Cost(op.Regions[1]) <= MostCost) _ifs.Add(op);
        }
    }

    static int Cost(Region arm)
    {
        int cost = 0;
        foreach (Op op in arm.Ops) cost += Cost(op);
        return cost;
    }

    static int Cost(Op op)
    {
        switch (op.Code)
        {
            case Opcode.Const or Opcode.SharedAlloc or Opcode.DynamicShared:
                return 0;
            case Opcode.Convert or Opcode.Bitcast:
                return Aliases.IsAlias(op) ? 0 : 1;
            case Opcode.Load or Opcode.Store:
                return op.Count == 8 ? 6 : 2;
            case Opcode.Atomic or Opcode.AsyncCopy or Opcode.PtrOffset:
                return 2;
            default:
                return !op.IsPure() ? MostCost + 1 : op.IsExpensive() ? 4 : 1;
        }
    }
}
