using System.Runtime.CompilerServices;

namespace LbrCore.Kernels;

/// <summary>
/// How a stretch of elements is cut for wide accesses: <see cref="Head"/> single elements up to the first aligned address, then <see cref="Chunks"/> chunks, then
/// <see cref="Rest"/> - <see cref="Head"/> single elements. A chunk is 16 bytes, where two types differ 16 of the wider one. Where two views never become aligned
/// together all elements are single.
/// </summary>
/// <param name="Head">Single elements before the first chunk.</param>
/// <param name="Chunks">Chunks of as many elements as 16 bytes of the wider type hold.</param>
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
        int firstSize = Unsafe.SizeOf<TFirst>(), secondSize = Unsafe.SizeOf<TSecond>(), perChunk = PackedBytes / Math.Max(firstSize, secondSize);
        for (int head = 0; head < perChunk; head++)
        {
            if (!IsAligned(first.Pointer + (head * firstSize), perChunk * firstSize) || !IsAligned(second.Pointer + (head * secondSize), perChunk * secondSize)) continue;
            long chunks = Math.Max(0, first.Length - head) / perChunk;
            return chunks == 0 ? new PackedSplit(0, 0, first.Length) : new PackedSplit(head, chunks, first.Length - (chunks * perChunk));
        }

        return new PackedSplit(0, 0, first.Length);
    }

    /// <summary>Whether a row-major matrix can be read row by row in 16-byte accesses: it starts at a multiple of 16 bytes, and so does each row.</summary>
    public static bool RowsAligned<T>(ArrayView<T> matrix, int columns) where T : unmanaged =>
        IsAligned(matrix.Pointer, PackedBytes) && columns % (PackedBytes / Unsafe.SizeOf<T>()) == 0;

    private static bool IsAligned(nint address, int bytes) => (ulong)address % (ulong)bytes == 0;
}
