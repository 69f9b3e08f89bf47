namespace LbrCore.Kernels;

/// <summary>
/// Sums, maxima and scans of 64-bit integers over a one-dimensional group of whole warps. Every call has shared memory of its own, or in a loop <see cref="Warp.WarpSize"/> words that the
/// caller gives; a barrier must lie between two calls with the same words.
/// </summary>
internal static class GroupCollective
{
    /// <summary>The largest value of the group; every thread receives it.</summary>
    public static ulong Max(ulong value) => Max(value, SharedMemory.Allocate<ulong>(Warp.WarpSize));

    /// <summary>The largest value of the group; every thread receives it.</summary>
    public static ulong Max(ulong value, ArrayView<ulong> parts)
    {
        value = WarpMax(value);
        if (Warp.LaneIdx == 0) parts[Warp.WarpIdx] = value;
        Group.Barrier();
        return WarpMax(Warp.LaneIdx < Group.DimX / Warp.WarpSize ? parts[Warp.LaneIdx] : 0);
    }

    /// <summary>The sum over the group; every thread receives it.</summary>
    public static ulong Add(ulong value)
    {
        ArrayView<ulong> parts = SharedMemory.Allocate<ulong>(Warp.WarpSize);
        value = WarpAdd(value);
        if (Warp.LaneIdx == 0) parts[Warp.WarpIdx] = value;
        Group.Barrier();
        return WarpAdd(Warp.LaneIdx < Group.DimX / Warp.WarpSize ? parts[Warp.LaneIdx] : 0);
    }

    /// <summary>The sum over all threads before this one, and over the group.</summary>
    public static ulong AddBefore(ulong value, out ulong total) => AddBefore(value, SharedMemory.Allocate<ulong>(Warp.WarpSize), out total);

    /// <summary>The sum over all threads before this one, and over the group.</summary>
    public static ulong AddBefore(ulong value, ArrayView<ulong> parts, out ulong total)
    {
        int lane = Warp.LaneIdx, warp = Warp.WarpIdx;
        ulong through = WarpAddThrough(value);
        if (lane == Warp.WarpSize - 1) parts[warp] = through;
        Group.Barrier();
        ulong warpsThrough = WarpAddThrough(lane < Group.DimX / Warp.WarpSize ? parts[lane] : 0);
        total = Warp.Shuffle(warpsThrough, Warp.WarpSize - 1);
        ulong warpsBefore = Warp.Shuffle(warpsThrough, XMath.Max(warp - 1, 0));
        return (warp == 0 ? 0 : warpsBefore) + through - value;
    }

    private static ulong WarpMax(ulong value)
    {
        for (int distance = Warp.WarpSize / 2; distance > 0; distance /= 2) value = XMath.Max(value, Warp.ShuffleXor(value, distance));
        return value;
    }

    private static ulong WarpAdd(ulong value)
    {
        for (int distance = Warp.WarpSize / 2; distance > 0; distance /= 2) value += Warp.ShuffleXor(value, distance);
        return value;
    }

    // The sum over this lane and those before it.
    private static ulong WarpAddThrough(ulong value)
    {
        for (int distance = 1; distance < Warp.WarpSize; distance *= 2)
        {
            ulong before = Warp.ShuffleUp(value, distance);
            if (Warp.LaneIdx >= distance) value += before;
        }

        return value;
    }
}
