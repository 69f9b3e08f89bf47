using System.Runtime.CompilerServices;

namespace LbrCore.Kernels;

/// <summary>
/// How a stretch of elements is cut for 16-byte accesses: <see cref="Head"/> single elements up to the first address that is a multiple of 16 bytes, then
/// <see cref="Chunks"/> chunks, then <see cref="Rest"/> - <see cref="Head"/> single elements. Where two views never become aligned together all elements are single.
/// </summary>
/// <param name="Head">Single elements before the first chunk.</param>
/// <param name="Chunks">Chunks of as many elements as 16 bytes of the narrower type hold.</param>
/// <param name="Rest">Single elements in total, before and after the chunks.</param>
internal readonly record struct PackedSplit(long Head, long Chunks, long Rest)
{
    private const int PackedBytes = 16;

    /// <summary>The cut of one view.</summary>
    public static PackedSplit Of<T>(ArrayView<T> view) where T : unmanaged => Of(view, view);

    /// <summary>The cut of two views of the same length, the second at least as long as the first, that are walked together.</summary>
    public static PackedSplit Of<TFirst, TSecond>(ArrayView<TFirst> first, ArrayView<TSecond> second)
        where TFirst : unmanaged
        where TSecond : unmanaged
    {
        int firstSize = Unsafe.SizeOf<TFirst>(), secondSize = Unsafe.SizeOf<TSecond>();
        int perChunk = PackedBytes / Math.Min(firstSize, secondSize);
        for (int head = 0; head < perChunk; head++)
        {
            if (!IsAligned(first.Pointer, head * firstSize) || !IsAligned(second.Pointer, head * secondSize)) continue;
            long chunks = Math.Max(0, first.Length - head) / perChunk;
            return chunks == 0 ? new PackedSplit(0, 0, first.Length) : new PackedSplit(head, chunks, first.Length - (chunks * perChunk));
        }

        return new PackedSplit(0, 0, first.Length);
    }

    /// <summary>Whether a row-major matrix can be read row by row in 16-byte accesses: it starts at a multiple of 16 bytes, and so does each row.</summary>
    public static bool RowsAligned<T>(ArrayView<T> matrix, int columns) where T : unmanaged =>
        IsAligned(matrix.Pointer, 0) && columns % (PackedBytes / Unsafe.SizeOf<T>()) == 0;

    private static bool IsAligned(nint address, int offset) => ((ulong)address + (ulong)offset) % PackedBytes == 0;
}
