using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Ptx;

/// <summary>
/// One register for each value, shared between the values that control flow connects (what arms yield and the If's results; initial, carried, next and final
/// values of a loop), and between the sums that a warp group's product reads and writes, wherever they are never alive at the same time, so that <c>i += 1</c> is one add and most copies vanish.
/// </summary>
internal sealed class RegisterAssignment
{
    readonly RegisterFile _registers;
    readonly LiveRanges _live;
    readonly Dictionary<Value, Group> _groups = [];

    sealed class Group
    {
        public Group? Parent { get; set; }
        public List<LiveRanges.Range> Ranges { get; set; } = [];
        public string? Register { get; set; }

        public Group Top()
        {
            Group g = this;
            while (g.Parent != null) g = g.Parent;
            if (!ReferenceEquals(g, this)) Parent = g;
            return g;
        }
    }

    /// <summary>Shares registers where <paramref name="live"/> allows.</summary>
    public RegisterAssignment(RegisterFile registers, LiveRanges live, IrKernel kernel)
    {
        _registers = registers;
        _live = live;
        Visit(kernel.Body);
    }

    /// <summary>The register of a value; named in the order of first use.</summary>
    public string this[Value v]
    {
        get
        {
            v = Aliases.Root(v);
            Group g = Of(v);
            return g.Register ??= _registers.New(RegisterFile.ClassOf(v.Type));
        }
    }

    /// <summary>True when no value in this one's register is alive from one op's reading up to another's.</summary>
    public bool IsFree(Value v, Op from, Op to)
    {
        int first = _live.At(from), last = Math.Max(first + 1, _live.At(to));
        return Of(Aliases.Root(v)).Ranges.All(r => r.Last < first || r.First > last);
    }

    void Visit(Region region)
    {
        foreach (Op op in region.Ops)
        {
            foreach (Region r in op.Regions) Visit(r);
            if (op.Code == Opcode.If)
            {
                for (int i = 0; i < op.Results.Length; i++)
                    foreach (Region arm in op.Regions) TryShare(op.Results[i], arm.Yield[i]);
            }
            else if (op.Code == Opcode.WarpGroupMma)
            {
                for (int i = 0; i < op.Results.Length; i++) TryShare(op.Results[i], op.Operands[6 + i]);
            }
            else if (op.Code == Opcode.Loop)
            {
                Region body = op.Regions[0];
                // Carried and final values are never alive together, and the bottom copies write both.
                for (int i = 0; i < op.Results.Length; i++) Merge(Of(body.Arguments[i]), Of(op.Results[i]));
                for (int i = 0; i < op.Results.Length; i++) TryShare(body.Arguments[i], body.Yield[i + 1]);
                for (int i = 0; i < op.Results.Length; i++) TryShare(body.Arguments[i], op.Operands[i]);
            }
        }
    }

    Group Of(Value v)
    {
        if (_groups.TryGetValue(v, out Group? g)) return g.Top();
        var ranges = new List<LiveRanges.Range>(_live[v]);
        ranges.Sort((a, b) => a.First.CompareTo(b.First));
        return _groups[v] = new Group { Ranges = ranges };
    }

    void TryShare(Value a, Value b)
    {
        (a, b) = (Aliases.Root(a), Aliases.Root(b));
        if (RegisterFile.ClassOf(a.Type) != RegisterFile.ClassOf(b.Type) || Rematerialised(a) || Rematerialised(b)) return;
        Group x = Of(a), y = Of(b);
        if (!ReferenceEquals(x, y) && !Overlap(x.Ranges, y.Ranges)) Merge(x, y);
    }

    static bool Rematerialised(Value v) => v.Definition is { Code: Opcode.Const or Opcode.SharedAlloc or Opcode.DynamicShared };

    static void Merge(Group x, Group y)
    {
        if (ReferenceEquals(x, y)) return;
        y.Parent = x;
        x.Ranges = [.. x.Ranges.Concat(y.Ranges).OrderBy(r => r.First)];
    }

    static bool Overlap(List<LiveRanges.Range> x, List<LiveRanges.Range> y)
    {
        for (int i = 0, j = 0; i < x.Count && j < y.Count;)
        {
            if (x[i].First <= y[j].Last && y[j].First <= x[i].Last) return true;
            if (x[i].Last < y[j].Last) i++;
            else j++;
        }

        return false;
    }
}
