namespace LbrCore.Kernels;

/// <summary>Sizes of a <see cref="PackedAttention"/>.</summary>
public struct PackedAttentionSizes
{
    /// <summary>Rows of the batch.</summary>
    public int Rows;

    /// <summary>Query heads, a multiple of <see cref="KeyValueHeads"/>.</summary>
    public int QueryHeads;

    /// <summary>Key-value heads.</summary>
    public int KeyValueHeads;

    /// <summary>Elements of a head.</summary>
    public int HeadDim;

    /// <summary>Elements from a row of queries (and of their gradients) to the next.</summary>
    public int QueryStride;

    /// <summary>Elements from a row of keys, and of values, to the next.</summary>
    public int KeyValueStride;

    /// <summary>Elements from a row of the gradients of keys, and of values, to the next.</summary>
    public int GradientStride;

    /// <summary>Factor of the products of queries and keys.</summary>
    public float Scale;
}
