namespace LbrCore.Kernels;

/// <summary>Operations on elements one by one, whatever tensor they belong to: <see cref="Fill"/>, <see cref="Copy"/>, <see cref="Cast"/>.</summary>
/// <remarks>
/// All three move bytes and compute nothing, so they share one mapping. A view is cut into single elements at its ends and 16-byte chunks, the widest access, between
/// them. A group of 256 threads owns <see cref="ChunksPerGroup"/> neighbouring chunks; thread t takes the chunks t, t + 256, ..., so that a
/// warp always touches 512 neighbouring bytes, four full cache lines. It asks for all its chunks before it stores the first. There is no loop over the grid: as
/// many groups are launched as there are pieces of work, and the hardware's scheduler is the loop. Single elements are taken by the first threads of the grid.
/// </remarks>
public static partial class Elements
{
    /// <summary>Threads of a group.</summary>
    private const int Threads = 256;

    /// <summary>16-byte loads that a thread has in flight.</summary>
    private const int ChunksPerThread = 4;

    /// <summary>Chunks of a group.</summary>
    private const int ChunksPerGroup = Threads * ChunksPerThread;

    private static LaunchConfig Config(PackedSplit split, bool dependent) =>
        LaunchConfig.Cover(Math.Max(split.Chunks, split.Rest * ChunksPerThread), ChunksPerGroup) with { DependentLaunch = dependent };

    // The single elements stand before and after the chunks.
    private static long SingleElement(long index, long head, long chunkedElements) => index < head ? index : index + chunkedElements;

    private static unsafe void CheckSplit<T>(LaunchContract contract, ArrayView<T> view, long head, long chunks, int perChunk, long length) where T : unmanaged
    {
        contract.NonNegative(head);
        contract.NonNegative(chunks);
        contract.Require(
            chunks <= (length - head) / perChunk,
            $"{head} single elements and {chunks} chunks of {perChunk} are more than the {length} elements; let the launcher without a configuration cut the view");
        if (chunks > 0) contract.Aligned(view.SubView(head), perChunk * sizeof(T));
        long groups = contract.Config.Grid.X;
        contract.Require(
            groups * ChunksPerGroup >= chunks && groups * Threads >= length - (chunks * perChunk),
            $"{groups} groups do not cover {length} elements; let the launcher without a configuration choose the grid");
    }
}
