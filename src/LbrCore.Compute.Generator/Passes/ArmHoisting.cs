using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Moves the cheap pure ops of an If that guards a few memory accesses in front of it. What is left is so short that it is printed under a predicate instead
/// of a branch, and the addresses of neighbouring guarded accesses, computed side by side, are merged. Without it, ptxas sees a branch around every masked
/// load of an unrolled loop, and spilled up to a kilobyte of registers where straight code fits.
/// </summary>
internal static class ArmHoisting
{
    const int MostPureOps = 24;
    const int MostAccesses = 2;

    /// <summary>Runs on a kernel, inner Ifs first.</summary>
    public static void Run(IrKernel kernel) => Visit(kernel.Body);

    static void Visit(Region region)
    {
        var result = new List<Op>(region.Ops.Count);
        foreach (Op op in region.Ops)
        {
            foreach (Region r in op.Regions) Visit(r);
            if (op.Code == Opcode.If && op.Regions.All(IsShort) && op.Regions.Any(r => r.Ops.Any(o => !o.IsPure())))
            {
                foreach (Region arm in op.Regions) result.AddRange(TakeFree(arm));
            }

            result.Add(op);
        }

        region.Ops.Clear();
        region.Ops.AddRange(result);
    }

    static bool IsShort(Region arm)
    {
        int pure = 0, accesses = 0;
        foreach (Op op in arm.Ops)
        {
            if (op.Code is Opcode.Load or Opcode.Store or Opcode.AsyncCopy) accesses++;
            else if (op.IsPure() && !op.IsExpensive()) pure++;
            else return false;
        }

        return pure <= MostPureOps && accesses <= MostAccesses;
    }

    /// <summary>Takes out the pure ops that read nothing an access of the arm loads, directly or through other ops.</summary>
    static List<Op> TakeFree(Region arm)
    {
        var bound = new HashSet<Value>();
        var free = new List<Op>();
        foreach (Op op in arm.Ops)
        {
            if (!op.IsPure() || op.Operands.Any(bound.Contains)) bound.UnionWith(op.Results);
            else free.Add(op);
        }

        arm.Ops.RemoveAll(free.Contains);
        return free;
    }
}
