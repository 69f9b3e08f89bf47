namespace LbrCore.Kernels;

// Copy
// purpose   Copies elements on the device; the yardstick of every kernel that memory bounds.
// math      y[i] = x[i]
// shapes    x [length], y [length], any alignment; 16-byte accesses when both are aligned alike, else element by element
// mapping   see Elements: four 16-byte loads in flight a thread, then four stores
// traffic   2 * length * sizeof(T) bytes, no arithmetic: bound by memory
// numerics  bits are copied: NaN payloads and -0 survive
// source    loads past L1 (ld.global.nc.L1::no_allocate), stores evict-first (st.global.cs): PTX ISA, Cache Operators
// measured  H100 SXM, 4 GiB: 3000 GB/s, 96% of the read bandwidth, PyTorch's copy_ 3029
public static partial class Elements
{
    /// <summary>y[i] = x[i].</summary>
    /// <param name="x">[length].</param>
    /// <param name="y">[length]. Written; shares no element with <paramref name="x"/>.</param>
    /// <param name="length">Elements to copy.</param>
    /// <param name="head">Single elements before the first chunk.</param>
    /// <param name="chunks">16-byte chunks.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckCopy))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    [Variant(typeof(int))]
    public static void Copy<T>(ArrayView<T> x, ArrayView<T> y, long length, long head, long chunks) where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        long first = XMath.Min((long)Grid.IdxX * ChunksPerGroup, chunks);
        int count = (int)XMath.Min(chunks - first, ChunksPerGroup);
        long start = head + (first * Packed<T>.Count), elements = (long)count * Packed<T>.Count;
        ArrayView<T> from = x.SubView(start, elements), to = y.SubView(start, elements);

        ArrayView<Packed<T>> loaded = LocalMemory.Allocate<Packed<T>>(ChunksPerThread);
        for (int i = 0; i < ChunksPerThread; i++)
        {
            int at = (i * Threads) + Group.IdxX;
            if (at < count) loaded[i] = from.LoadPacked(at * Packed<T>.Count, CacheHint.Streaming);
        }

        for (int i = 0; i < ChunksPerThread; i++)
        {
            int at = (i * Threads) + Group.IdxX;
            if (at < count) to.StorePacked(at * Packed<T>.Count, loaded[i], CacheHint.Streaming);
        }

        long single = ((long)Grid.IdxX * Threads) + Group.IdxX, chunked = chunks * Packed<T>.Count;
        if (single < length - chunked)
        {
            long at = SingleElement(single, head, chunked);
            y[at] = x[at];
        }
    }

    /// <summary>Queues <see cref="Copy"/> of a whole view.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[length].</param>
    /// <param name="y">At least as long; its first elements are written. Shares no element with <paramref name="x"/>.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchCopy<T>(ComputeStream stream, ArrayView<T> x, ArrayView<T> y, bool dependent = false) where T : unmanaged
    {
        PackedSplit split = PackedSplit.Of(x, y);
        LaunchCopy(stream, Config(split, dependent), x, y, x.Length, split.Head, split.Chunks);
    }

    private static void CheckCopy<T>(LaunchContract contract, ArrayView<T> x, ArrayView<T> y, long length, long head, long chunks) where T : unmanaged
    {
        contract.Length(x, length);
        contract.Length(y, length);
        contract.Disjoint(x, y);
        CheckSplit(contract, x, head, chunks, Packed<T>.Count, length);
        CheckSplit(contract, y, head, chunks, Packed<T>.Count, length);
    }
}
