namespace LbrCore.Kernels;

/// <summary>
/// Reductions over a one-dimensional group of whole warps. The order of the operations depends on nothing but the group size: butterflies inside each warp, one barrier, then every
/// thread goes through the warps' results in order. Every call has shared memory of its own, so that calls need no barrier between them.
/// </summary>
internal static class GroupReduce
{
    /// <summary>The sum of a value over the group; every thread receives it. All threads of the group call it.</summary>
    /// <param name="value">The thread's value.</param>
    /// <param name="threads">Threads of the group, a constant.</param>
    public static float Add(float value, int threads)
    {
        ArrayView<float> parts = Share(Warp.ReduceAdd(value));
        float sum = parts[0];
        for (int i = 1; i < threads / Warp.WarpSize; i++) sum += parts[i];
        return sum;
    }

    /// <summary>The largest value of the group, NaN if there is one; every thread receives it. All threads of the group call it.</summary>
    /// <inheritdoc cref="Add"/>
    public static float Max(float value, int threads)
    {
        ArrayView<float> parts = Share(Warp.ReduceMax(value));
        float largest = parts[0];
        for (int i = 1; i < threads / Warp.WarpSize; i++) largest = XMath.Max(largest, parts[i]);
        return largest;
    }

    // One value a warp, seen by all threads.
    private static ArrayView<float> Share(float ofWarp)
    {
        ArrayView<float> parts = SharedMemory.Allocate<float>(Warp.WarpSize);
        if (Warp.LaneIdx == 0) parts[Warp.WarpIdx] = ofWarp;
        Group.Barrier();
        return parts;
    }
}
