namespace LbrCore.Kernels;

/// <summary>
/// Reductions over a one-dimensional group. The order of the additions depends on nothing but the group size: butterflies inside each warp, one barrier, butterflies over
/// the warps' results. Every call has shared memory of its own, so that calls need no barrier between them.
/// </summary>
internal static class GroupReduce
{
    /// <summary>The sum of a value over the group; every thread receives it. All threads of the group call it.</summary>
    public static float Add(float value)
    {
        ArrayView<float> parts = SharedMemory.Allocate<float>(Warp.WarpSize);
        value = Warp.ReduceAdd(value);
        if (Warp.LaneIdx == 0) parts[Warp.WarpIdx] = value;
        Group.Barrier();
        int warps = (Group.DimX + Warp.WarpSize - 1) / Warp.WarpSize;
        return Warp.ReduceAdd(Warp.LaneIdx < warps ? parts[Warp.LaneIdx] : 0f);
    }
}
