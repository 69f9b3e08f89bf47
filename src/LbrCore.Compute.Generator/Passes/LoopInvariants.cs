using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Moves what does not change from round to round in front of its loop: pure ops, from Ifs inside the loop only cheap ones, and read-only loads that every
/// round executes (a loop runs at least one round, so they are executed anyway).
/// </summary>
internal sealed class LoopInvariants
{
    readonly HashSet<Value> _inside = [];
    bool _waits;

    LoopInvariants()
    {
    }

    /// <summary>Runs on a kernel, inner loops first, so that an op may leave several loops.</summary>
    public static void Run(IrKernel kernel) => new LoopInvariants().Visit(kernel.Body);

    void Visit(Region region)
    {
        var result = new List<Op>(region.Ops.Count);
        foreach (Op op in region.Ops)
        {
            foreach (Region r in op.Regions) Visit(r);
            if (op.Code == Opcode.Loop)
            {
                _inside.Clear();
                Define(op.Regions[0]);
                _waits = Waits(op.Regions[0]);
                Hoist(op.Regions[0], result, always: true);
            }

            result.Add(op);
        }

        region.Ops.Clear();
        region.Ops.AddRange(result);
    }

    // What an earlier grid writes must not be read before the wait for it.
    static bool Waits(Region region) => region.Ops.Any(op => op.Code == Opcode.GridDependencySynchronize || op.Regions.Any(Waits));

    void Define(Region region)
    {
        foreach (Value a in region.Arguments) _inside.Add(a);
        foreach (Op op in region.Ops)
        {
            foreach (Value r in op.Results) _inside.Add(r);
            foreach (Region r in op.Regions) Define(r);
        }
    }

    void Hoist(Region region, List<Op> before, bool always) => region.Ops.RemoveAll(op =>
    {
        if (op.Code == Opcode.If)
        {
            foreach (Region r in op.Regions) Hoist(r, before, always: false);
            return false;
        }

        bool load = op.Code == Opcode.Load && (CacheKind)op.Attr == CacheKind.ReadOnly && always && !_waits;
        if (!load && (!op.IsPure() || (!always && op.IsExpensive()))) return false;
        if (op.Operands.Any(_inside.Contains)) return false;
        foreach (Value r in op.Results) _inside.Remove(r);
        before.Add(op);
        return true;
    });
}
