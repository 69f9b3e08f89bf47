using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Joins loads, and stores, of neighbouring elements into one access of up to 16 bytes where the alignment is certain (shared and local memory; what the
/// host passes in is known to be aligned to its elements only). Addresses must be lowered. Loads join at the first of them with nothing in between that may
/// write memory, stores at the last with nothing in between that may read or write it.
/// </summary>
internal sealed class MemoryWidening
{
    readonly Divisibility _divisibility;
    readonly HashSet<Op> _removed = [];
    readonly Dictionary<Op, Op> _replaced = [];

    MemoryWidening(IrKernel kernel) => _divisibility = new Divisibility(kernel);

    /// <summary>Runs on a kernel.</summary>
    public static void Run(IrKernel kernel) => new MemoryWidening(kernel).Visit(kernel.Body);

    void Visit(Region region)
    {
        List<Op> loads = [], stores = [];
        foreach (Op op in region.Ops)
        {
            if (op.Code == Opcode.Load && Joinable(op))
            {
                if (stores.Any(s => s.Operands[0].Type == op.Operands[0].Type)) Join(stores);
                loads.Add(op);
                continue;
            }

            if (op.Code == Opcode.Store && Joinable(op))
            {
                if (loads.Any(l => l.Operands[0].Type == op.Operands[0].Type)) Join(loads);
                if (stores.Any(s => s.Operands[0].Type == op.Operands[0].Type && (!ReferenceEquals(s.Operands[0], op.Operands[0]) || Overlap(s, op)))) Join(stores);
                stores.Add(op);
                continue;
            }

            if (op.IsPure() || op.Code is Opcode.Shuffle or Opcode.Ballot or Opcode.VoteAll or Opcode.VoteAny or Opcode.Mma) continue;
            // Anything else may read or write memory.
            Join(loads);
            Join(stores);
            foreach (Region r in op.Regions) Visit(r);
        }

        Join(loads);
        Join(stores);
        for (int i = 0; i < region.Ops.Count; i++)
            if (_replaced.TryGetValue(region.Ops[i], out Op? wide)) region.Ops[i] = wide;
        region.Ops.RemoveAll(_removed.Contains);
    }

    static bool Joinable(Op op) => op.Operands[1].IsConst && op.Operands[1].ConstBits == 0 && (CacheKind)op.Attr != CacheKind.Volatile && op.Elem != IrType.Pred;

    static int Bytes(Op op) => op.Count * op.Elem.Size();

    static bool Overlap(Op a, Op b) => a.Offset < b.Offset + Bytes(b) && b.Offset < a.Offset + Bytes(a);

    // Joins what can be joined in a list of accesses in program order, and empties it.
    void Join(List<Op> accesses)
    {
        Dictionary<Op, int> order = [];
        foreach (Op op in accesses) order[op] = order.Count;
        foreach (var same in accesses.GroupBy(op => (op.Operands[0], op.Elem, op.Attr)))
        {
            int aligned = _divisibility[same.Key.Item1];
            Op[] sorted = [.. same.OrderBy(op => op.Offset)];
            for (int i = 0; i < sorted.Length;)
            {
                int taken = Widest(sorted, i, aligned);
                if (taken > 1) Replace([.. sorted.Skip(i).Take(taken)], order);
                i += taken;
            }
        }

        accesses.Clear();
    }

    // How many accesses from here on make one: the longest run that the alignment allows.
    static int Widest(Op[] sorted, int from, int aligned)
    {
        int best = 1, count = sorted[from].Count;
        long end = sorted[from].Offset + Bytes(sorted[from]);
        for (int i = from + 1; i < sorted.Length && sorted[i].Offset == end; i++)
        {
            end += Bytes(sorted[i]);
            count += sorted[i].Count;
            long bytes = end - sorted[from].Offset;
            if (bytes > 16) break;
            if (count is 2 or 4 or 8 && bytes <= aligned && sorted[from].Offset % bytes == 0) best = i - from + 1;
        }

        return best;
    }

    void Replace(Op[] run, Dictionary<Op, int> order)
    {
        bool load = run[0].Code == Opcode.Load;
        Op place = load ? run.OrderBy(op => order[op]).First() : run.OrderBy(op => order[op]).Last();
        var wide = new Op(run[0].Code, load ? run[0].Operands : [.. run[0].Operands.Take(3), .. run.SelectMany(op => op.Operands.Skip(3))], [.. run.SelectMany(op => op.Results)])
        {
            Elem = run[0].Elem,
            Attr = run[0].Attr,
            Stride = run[0].Stride,
            Offset = run[0].Offset,
            Count = run.Sum(op => op.Count),
            Source = place.Source,
            Origin = place.Origin,
        };
        foreach (Value r in wide.Results) r.Definition = wide;
        foreach (Op op in run) _removed.Add(op);
        _removed.Remove(place);
        _replaced[place] = wide;
    }
}
