namespace LbrCore.Kernels;

// Fill
// purpose   Sets all elements to one value.
// math      y[i] = value
// shapes    y [length], any alignment
// mapping   see Elements: 16-byte chunks, four a thread; single elements at the ends
// traffic   writes length * sizeof(T) bytes: bound by memory writes
// numerics  bits are copied: NaN payloads and -0 survive
// source    st.global.v4: PTX ISA, Data Movement and Conversion Instructions
// measured  H100 SXM, 4 GiB: 3300 GB/s
public static partial class Elements
{
    /// <summary>y[i] = value.</summary>
    /// <param name="y">[length]. Written.</param>
    /// <param name="value">The value.</param>
    /// <param name="head">Single elements before the first chunk.</param>
    /// <param name="chunks">16-byte chunks.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckFill))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    [Variant(typeof(int))]
    public static void Fill<T>(ArrayView<T> y, T value, long head, long chunks) where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        Packed<T> chunk = default;
        for (int i = 0; i < Packed<T>.Count; i++) chunk[i] = value;
        Grid.DependencySynchronize();

        // The group's chunks, so that positions within them are small numbers.
        long first = XMath.Min((long)Grid.IdxX * ChunksPerGroup, chunks);
        int count = (int)XMath.Min(chunks - first, ChunksPerGroup);
        ArrayView<T> mine = y.SubView(head + (first * Packed<T>.Count), (long)count * Packed<T>.Count);
        for (int i = 0; i < ChunksPerThread; i++)
        {
            int at = (i * Threads) + Group.IdxX;
            if (at < count) mine.StorePacked(at * Packed<T>.Count, chunk);
        }

        long single = ((long)Grid.IdxX * Threads) + Group.IdxX, chunked = chunks * Packed<T>.Count;
        if (single < y.Length - chunked) y[SingleElement(single, head, chunked)] = value;
    }

    /// <summary>Queues <see cref="Fill"/> over a whole view.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="y">[length]. Written.</param>
    /// <param name="value">The value.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchFill<T>(ComputeStream stream, ArrayView<T> y, T value, bool dependent = false) where T : unmanaged
    {
        PackedSplit split = PackedSplit.Of(y);
        LaunchFill(stream, Config(split, dependent), y, value, split.Head, split.Chunks);
    }

    private static void CheckFill<T>(LaunchContract contract, ArrayView<T> y, T value, long head, long chunks) where T : unmanaged
    {
        contract.Length(y, 0);
        CheckSplit(contract, y, head, chunks, Packed<T>.Count, y.Length);
    }
}
