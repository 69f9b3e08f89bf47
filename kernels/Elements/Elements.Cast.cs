namespace LbrCore.Kernels;

// Cast
// purpose   Converts between float, bfloat16 and half.
// math      y[i] = round_TTo(x[i]), to nearest, ties to even
// shapes    x [length], y [length], any alignment; wide accesses when both can be aligned at the same element, else element by element
// mapping   see Elements; a chunk is as many elements as 16 bytes of the wider type hold, so that a warp's accesses are gapless on both sides: 16 bytes a lane there, 8 or 16 here
// traffic   length * (sizeof(TFrom) + sizeof(TTo)) bytes: bound by memory
// numerics  every narrow value goes through float, exactly; overflow gives infinity, NaN stays NaN, subnormals are kept
// source    cvt.rn: PTX ISA, Data Movement and Conversion Instructions
public static partial class Elements
{
    /// <summary>y[i] = (TTo)x[i].</summary>
    /// <param name="x">[length].</param>
    /// <param name="y">[length]. Written; shares no element with <paramref name="x"/>.</param>
    /// <param name="length">Elements to convert.</param>
    /// <param name="head">Single elements before the first chunk.</param>
    /// <param name="chunks">Chunks of as many elements as 16 bytes of the wider type hold.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Storage, Contract = nameof(CheckCast))]
    [Variant(typeof(float), typeof(BFloat16))]
    [Variant(typeof(float), typeof(Half))]
    [Variant(typeof(BFloat16), typeof(float))]
    [Variant(typeof(BFloat16), typeof(Half))]
    [Variant(typeof(Half), typeof(float))]
    [Variant(typeof(Half), typeof(BFloat16))]
    public static void Cast<TFrom, TTo>(ArrayView<TFrom> x, ArrayView<TTo> y, long length, long head, long chunks)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        int perChunk = XMath.Min(Packed<TFrom>.Count, Packed<TTo>.Count);
        long first = XMath.Min((long)Grid.IdxX * ChunksPerGroup, chunks);
        int count = (int)XMath.Min(chunks - first, ChunksPerGroup);
        long start = head + (first * perChunk), elements = (long)count * perChunk;
        ArrayView<TFrom> from = x.SubView(start, elements);
        ArrayView<TTo> to = y.SubView(start, elements);

        ArrayView<Packed<TFrom>> loaded = LocalMemory.Allocate<Packed<TFrom>>(ChunksPerThread);
        for (int i = 0; i < ChunksPerThread; i++)
        {
            int chunk = (i * Threads) + Group.IdxX;
            if (chunk < count) loaded[i] = LoadChunk(from, chunk, perChunk);
        }

        for (int i = 0; i < ChunksPerThread; i++)
        {
            int chunk = (i * Threads) + Group.IdxX;
            Packed<TTo> converted = default;
            for (int e = 0; e < perChunk; e++) converted.SetFloat(e, loaded[i].GetFloat(e));
            if (chunk < count) StoreChunk(to, chunk, perChunk, converted);
        }

        long single = ((long)Grid.IdxX * Threads) + Group.IdxX, chunked = chunks * perChunk;
        if (single < length - chunked)
        {
            long at = SingleElement(single, head, chunked);
            y[at] = Element.FromFloat<TTo>(Element.ToFloat(x[at]));
        }
    }

    // Half a packed value where the other type is twice as wide.
    private static Packed<T> LoadChunk<T>(ArrayView<T> from, int chunk, int perChunk) where T : unmanaged
    {
        if (perChunk == Packed<T>.Count) return from.LoadPacked(chunk * perChunk, CacheHint.Streaming);
        UInt2 words = from.Cast<UInt2>().Load(chunk, CacheHint.Streaming);
        Packed<T> half = default;
        half.SetWord(0, words.X);
        half.SetWord(1, words.Y);
        return half;
    }

    private static void StoreChunk<T>(ArrayView<T> to, int chunk, int perChunk, Packed<T> values) where T : unmanaged
    {
        if (perChunk == Packed<T>.Count) to.StorePacked(chunk * perChunk, values, CacheHint.Streaming);
        else to.Cast<UInt2>().Store(chunk, new UInt2(values.GetWord(0), values.GetWord(1)), CacheHint.Streaming);
    }

    /// <summary>Queues <see cref="Cast"/> of a whole view.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[length].</param>
    /// <param name="y">At least as long; its first elements are written. Shares no element with <paramref name="x"/>.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchCast<TFrom, TTo>(ComputeStream stream, ArrayView<TFrom> x, ArrayView<TTo> y, bool dependent = false)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        PackedSplit split = PackedSplit.Of(x, y);
        LaunchCast(stream, Config(split, dependent), x, y, x.Length, split.Head, split.Chunks);
    }

    private static void CheckCast<TFrom, TTo>(LaunchContract contract, ArrayView<TFrom> x, ArrayView<TTo> y, long length, long head, long chunks)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        contract.Length(x, length);
        contract.Length(y, length);
        contract.Disjoint(x, y);
        int perChunk = Math.Min(Packed<TFrom>.Count, Packed<TTo>.Count);
        CheckSplit(contract, x, head, chunks, perChunk, length);
        CheckSplit(contract, y, head, chunks, perChunk, length);
    }
}
