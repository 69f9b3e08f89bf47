using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

/// <summary>One place where a value is read: by an op, or by what a region hands on.</summary>
internal readonly record struct Reader(Op? Op, Region? Yield);

/// <summary>The order in which ops stand in the text, where every op and region belongs, and who reads what.</summary>
internal sealed class Timeline
{
    readonly Dictionary<Op, (int Start, int End, Region Parent)> _ops = [];
    readonly Dictionary<Region, (int Start, int End, Op? Owner)> _regions = [];
    readonly Dictionary<Value, List<Reader>> _readers = [];
    readonly Dictionary<Value, Op> _argumentOf = [];
    readonly HashSet<Op> _barriers = [];
    int _groupSize;
    int _next;

    Timeline()
    {
    }

    /// <summary>Numbers a kernel.</summary>
    public static Timeline Of(IrKernel kernel)
    {
        var timeline = new Timeline { _groupSize = kernel.GroupSize };
        timeline.Visit(kernel.Body, null);
        return timeline;
    }

    /// <summary>Position at which an op begins; positions grow along the text by two, so that there is room between them.</summary>
    public int Start(Op op) => _ops[op].Start;

    /// <summary>Position at which an op has ended, regions included.</summary>
    public int End(Op op) => _ops[op].End;

    /// <summary>The region in which an op stands.</summary>
    public Region Parent(Op op) => _ops[op].Parent;

    /// <summary>Position at which a region hands on its values.</summary>
    public int End(Region region) => _regions[region].End;

    /// <summary>The If or Loop of a region; null for the body of the kernel.</summary>
    public Op? Owner(Region region) => _regions[region].Owner;

    /// <summary>The loop whose carried value this is; null for any other value.</summary>
    public Op? LoopOf(Value argument) => _argumentOf.TryGetValue(argument, out Op? loop) ? loop : null;

    /// <summary>Everything that reads a value.</summary>
    public IReadOnlyList<Reader> Readers(Value v) => _readers.TryGetValue(v, out List<Reader>? list) ? list : [];

    /// <summary>Whether an op is a barrier of the group or holds one: it cannot stand inside a C# block, because execution resumes in its middle.</summary>
    public bool HoldsBarrier(Op op) => _barriers.Contains(op);

    /// <summary>Whether an op stops the warp. A named barrier counts where it takes the whole group; elsewhere the CPU refuses it.</summary>
    public bool IsBarrier(Op op) => op.Code is Opcode.Barrier or Opcode.BarrierReduce || (op.Code == Opcode.NamedBarrier && (int)op.Bits == _groupSize);

    /// <summary>The region in which a value comes into being: that of its op, or of the loop that carries it; null for parameters.</summary>
    public Region? Home(Value v) => v.Definition is { } op ? Parent(op) : LoopOf(v) is { } loop ? Parent(loop) : null;

    /// <summary>Whether a region does nothing but hand on values from outside and constants.</summary>
    public static bool IsEmpty(Region region) => region.Ops.All(static op => op.Code == Opcode.Const);

    /// <summary>Whether a region lies in another one or is it.</summary>
    public bool IsInside(Region inner, Region outer)
    {
        for (Region? r = inner; r != null; r = Owner(r) is { } op ? Parent(op) : null)
            if (ReferenceEquals(r, outer)) return true;
        return false;
    }

    void Visit(Region region, Op? owner)
    {
        int start = _next += 2;
        foreach (Op op in region.Ops)
        {
            int at = _next += 2;
            foreach (Value v in op.Operands) Add(v, new Reader(op, null));
            foreach (Region r in op.Regions)
            {
                foreach (Value a in r.Arguments) _argumentOf[a] = op;
                Visit(r, op);
            }

            _next += op.Regions.Length > 0 ? 2 : 0;
            _ops[op] = (at, _next, region);
            if (IsBarrier(op) || op.Regions.Any(r => r.Ops.Any(_barriers.Contains))) _barriers.Add(op);
        }

        foreach (Value v in region.Yield) Add(v, new Reader(null, region));
        _regions[region] = (start, _next += 2, owner);
    }

    void Add(Value v, Reader reader)
    {
        if (!_readers.TryGetValue(v, out List<Reader>? list)) _readers[v] = list = [];
        list.Add(reader);
    }
}
