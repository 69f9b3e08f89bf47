using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

/// <summary>
/// Finds the variables whose values are needed behind each barrier. A warp leaves the method at a barrier, so they go to fields and come back. Only variables
/// declared at the top of the method can be needed: all others live between two barriers.
/// </summary>
internal sealed class BarrierLiveness
{
    readonly Dictionary<Op, HashSet<Variable>> _after = [];
    readonly Timeline _timeline;
    readonly Variables _variables;

    BarrierLiveness(Timeline timeline, Variables variables) => (_timeline, _variables) = (timeline, variables);

    /// <summary>Analyses a kernel.</summary>
    public static BarrierLiveness Analyze(IrKernel kernel, Timeline timeline, Variables variables)
    {
        var liveness = new BarrierLiveness(timeline, variables);
        liveness.Region(kernel.Body, []);
        return liveness;
    }

    /// <summary>What must survive a barrier, by name.</summary>
    public IEnumerable<Variable> After(Op barrier) => _after[barrier].OrderBy(v => v.Name, StringComparer.Ordinal);

    /// <summary>Whether a variable must survive any barrier.</summary>
    public bool IsSaved(Variable variable) => _after.Values.Any(set => set.Contains(variable));

    // Returns what is needed before the region when `live` is needed after it, its yields included.
    HashSet<Variable> Region(Region region, HashSet<Variable> live)
    {
        live = [.. live];
        foreach (Value v in region.Yield) Read(v, live);
        for (int i = region.Ops.Count - 1; i >= 0; i--)
        {
            Op op = region.Ops[i];
            foreach (Value v in op.Results)
                if (_variables[v] is { } defined) live.Remove(defined);
            if (!_timeline.HoldsBarrier(op))
            {
                foreach (Region r in op.Regions) ReadAll(r, live);
            }
            else if (op.Code == Opcode.If)
            {
                HashSet<Variable> then = Region(op.Regions[0], live), otherwise = Region(op.Regions[1], live);
                live = [.. then, .. otherwise];
            }
            else if (op.Code == Opcode.Loop)
            {
                // What the head of the loop needs is also needed at its end, except what the loop carries: that is assigned there.
                HashSet<Variable> head = Head(op, live);
                live = Head(op, [.. live, .. head]);
            }
            else
            {
                if (!_after.TryGetValue(op, out HashSet<Variable>? known)) _after[op] = known = [];
                known.UnionWith(live);
            }

            foreach (Value v in op.Operands) Read(v, live);
        }

        return live;
    }

    HashSet<Variable> Head(Op loop, HashSet<Variable> after)
    {
        // The results are read after the loop and the arguments in its next round: both are assigned at its end.
        HashSet<Variable> end = [.. after];
        foreach (Value a in loop.Regions[0].Arguments) end.Remove(_variables[a]!);
        HashSet<Variable> head = Region(loop.Regions[0], end);
        foreach (Value a in loop.Regions[0].Arguments) head.Remove(_variables[a]!);
        return head;
    }

    void ReadAll(Region region, HashSet<Variable> live)
    {
        foreach (Op op in region.Ops)
        {
            foreach (Value v in op.Operands) Read(v, live);
            foreach (Region r in op.Regions) ReadAll(r, live);
        }

        foreach (Value v in region.Yield) Read(v, live);
    }

    void Read(Value v, HashSet<Variable> live)
    {
        if (_variables[v] is { Hoisted: true } variable) live.Add(variable);
        else if (v.Definition is { } op && _variables[v] == null)
            foreach (Value x in op.Operands) Read(x, live);
    }
}
