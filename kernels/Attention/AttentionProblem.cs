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
}
