namespace LbrCore.Kernels;

/// <summary>Sizes of an attention.</summary>
/// <param name="RowCount">Rows.</param>
/// <param name="QueryHeads">Query heads, a multiple of <paramref name="KeyValueHeads"/>.</param>
/// <param name="KeyValueHeads">Key-value heads.</param>
/// <param name="HeadDim">Elements of a head, at most <see cref="Attention.MaximumHeadDim"/>.</param>
/// <param name="QueryStride">Elements from a row of queries to the next.</param>
/// <param name="Layout">Where keys and values lie.</param>
public readonly record struct AttentionProblem(int RowCount, int QueryHeads, int KeyValueHeads, int HeadDim, int QueryStride, CacheLayout Layout)
{
    /// <summary>Factor of the products of queries and keys: 1 / sqrt(head size).</summary>
    public float Scale { get; init; } = 1f / MathF.Sqrt(HeadDim);

    /// <summary>What is known about the rows when the kernel is queued.</summary>
    public AttentionRows Rows { get; init; }

    /// <summary>With <see cref="AttentionRows.Trees"/>: rows of each sequence.</summary>
    public int RowsPerSequence { get; init; }

    /// <summary>With <see cref="AttentionRows.Trees"/>: the most slots behind a prefix, those of rows of earlier passes included.</summary>
    public int TreeSlots { get; init; }

    /// <summary>Whether rows, parents and everything before the rows' own slots was written before the last kernel that was launched without programmatic dependence: then it is read ahead.</summary>
    public bool Early { get; init; }
}
