using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;

namespace LbrCore.Compute.Generator.Lanes;

/// <summary>
/// Chooses the values that are written inside the expression that reads them instead of getting a variable: pure, read once, and read in the same region
/// with no barrier in between. The position of such an op is that of its reader.
/// </summary>
internal sealed class Inlining
{
    const int MostOps = 5;

    readonly HashSet<Value> _inlined = [];
    readonly Timeline _timeline;

    Inlining(Timeline timeline) => _timeline = timeline;

    /// <summary>Chooses for a kernel.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="timeline">Its order.</param>
    /// <param name="allowed">What the style of printing allows.</param>
    public static Inlining Choose(IrKernel kernel, Timeline timeline, Func<Value, bool> allowed)
    {
        var inlining = new Inlining(timeline);
        inlining.Visit(kernel.Body, allowed, []);
        return inlining;
    }

    /// <summary>Whether a value has no variable because its only reader holds its expression. Constants are not counted.</summary>
    public bool this[Value v] => _inlined.Contains(v);

    /// <summary>Who reads an operand in the end, followed through inlined readers.</summary>
    public Reader Last(Reader reader)
    {
        while (reader.Op is { Results.Length: 1 } op && _inlined.Contains(op.Result)) reader = _timeline.Readers(op.Result)[0];
        return reader;
    }

    /// <summary>Position at which an operand is read.</summary>
    public int Position(Reader reader)
    {
        Reader last = Last(reader);
        return last.Op is { } op ? _timeline.Start(op) : _timeline.End(last.Yield!);
    }

    void Visit(Region region, Func<Value, bool> allowed, Dictionary<Value, int> sizes)
    {
        foreach (Op op in region.Ops)
            foreach (Region r in op.Regions) Visit(r, allowed, sizes);

        foreach (Op op in region.Ops)
        {
            if (op.Results.Length != 1 || op.Code is Opcode.Const or Opcode.Special or Opcode.SharedAlloc or Opcode.DynamicShared || !op.IsPure() || !allowed(op.Result)) continue;
            IReadOnlyList<Reader> readers = _timeline.Readers(op.Result);
            if (readers.Count != 1) continue;
            Reader reader = readers[0];
            Region? where = reader.Yield ?? _timeline.Parent(reader.Op!);
            if (!ReferenceEquals(where, region) || BarrierBetween(region, op, reader)) continue;
            int size = 1 + op.Operands.Sum(v => sizes.TryGetValue(v, out int n) && _inlined.Contains(v) ? n : 0);
            if (size > MostOps) continue;
            sizes[op.Result] = size;
            _inlined.Add(op.Result);
        }
    }

    // What is computed before a barrier and read after it must be saved, so it needs a variable.
    bool BarrierBetween(Region region, Op op, Reader reader)
    {
        // What the last stretch of code hands on stays inside of it, except the condition of a loop, which is a scalar and printed behind it.
        if (reader.Op is not { } last) return region.Ops.Any(_timeline.HoldsBarrier) && !ReferenceEquals(region.Yield[0], op.Result);
        int from = _timeline.End(op), to = _timeline.Start(last);
        return region.Ops.Any(x => _timeline.HoldsBarrier(x) && _timeline.End(x) > from && _timeline.Start(x) <= to && !ReferenceEquals(x, last))
            || (_timeline.HoldsBarrier(last) && last.Regions.Length > 0);
    }
}
