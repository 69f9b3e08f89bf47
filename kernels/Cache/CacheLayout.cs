namespace LbrCore.Kernels;

/// <summary>Where a layer's keys (or values) lie: element (sequence, head, slot, i) is at <c>sequence * SequenceStride + head * HeadStride + slot * SlotStride + i</c>.</summary>
/// <remarks>The cache has [sequence][head][slot][head_dim], so that what one head of one sequence attends to is one stretch of memory; training, where keys are
/// part of the projection's output, has [sequence][slot][head][head_dim]. Kernels take both.</remarks>
public struct CacheLayout
{
    /// <summary>Elements from one sequence to the next.</summary>
    public long SequenceStride;

    /// <summary>Elements from one key-value head to the next.</summary>
    public int HeadStride;

    /// <summary>Elements from one slot to the next.</summary>
    public int SlotStride;

    /// <summary>Slots of a sequence.</summary>
    public int Slots;

    /// <summary>The layout [sequence][head][slot][head_dim].</summary>
    /// <param name="heads">Key-value heads.</param>
    /// <param name="slots">Slots of a sequence.</param>
    /// <param name="headDim">Elements of a head.</param>
    /// <exception cref="OverflowException">A head of a sequence has 2^31 elements or more.</exception>
    public static CacheLayout HeadMajor(int heads, int slots, int headDim) => new()
    {
        SequenceStride = (long)heads * slots * headDim,
        HeadStride = checked(slots * headDim),
        SlotStride = headDim,
        Slots = slots,
    };
}
