using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>How often each value is read, by operands and by yields.</summary>
internal sealed class UseCounts
{
    readonly Dictionary<Value, int> _counts = [];

    /// <summary>Number of reads.</summary>
    public int this[Value v] => _counts.TryGetValue(v, out int n) ? n : 0;

    /// <summary>Counts the reads of a kernel; view lengths of memory operations only where <paramref name="lengths"/> asks for them.</summary>
    public static UseCounts Of(IrKernel kernel, bool lengths = false)
    {
        var uses = new UseCounts();
        uses.Visit(kernel.Body, lengths);
        return uses;
    }

    void Visit(Region region, bool lengths)
    {
        foreach (Op op in region.Ops)
        {
            for (int i = 0; i < op.Operands.Length; i++)
                if (lengths || !op.IsLength(i)) _counts[op.Operands[i]] = this[op.Operands[i]] + 1;
            foreach (Region r in op.Regions) Visit(r, lengths);
        }

        foreach (Value v in region.Yield) _counts[v] = this[v] + 1;
    }
}
