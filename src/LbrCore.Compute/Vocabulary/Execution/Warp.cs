using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

/// <summary>The 32 threads that execute together. Usable inside a kernel only.</summary>
/// <remarks>
/// PTX ISA, Data Movement and Conversion Instructions: <c>shfl.sync</c>; Parallel Synchronization and Communication Instructions: <c>vote.sync</c>,
/// <c>bar.warp.sync</c>, <c>redux.sync</c>. Every member except the indices is a collective: all threads of the warp that have not returned must reach the
/// same call (no divergent branch around it). The last warp of a group whose size is no multiple of 32 has fewer lanes: absent lanes vote neither way; reductions, and
/// shuffles from absent lanes, are defined for full warps only (in scalar mode an absent lane adds nothing to a reduction).
/// </remarks>
public static partial class Warp
{
    /// <summary>Threads of a warp.</summary>
    public const int WarpSize = 32;

    /// <summary>Index of this thread in its warp, 0..31 (<c>%laneid</c>).</summary>
    public static int LaneIdx => ScalarLane.Require("Warp.LaneIdx").LaneIdx;

    /// <summary>Index of this warp in its group: <see cref="Group.LinearIndex"/> / 32.</summary>
    public static int WarpIdx => ScalarLane.Require("Warp.WarpIdx").WarpIdx;

    /// <summary>Waits for the threads of the warp; memory they wrote before is seen by all of them after.</summary>
    /// <remarks><c>bar.warp.sync 0xffffffff</c>.</remarks>
    public static void Barrier() => ScalarLane.Require("Warp.Barrier").MeetWarp("Warp.Barrier");

    /// <summary>The value that <paramref name="lane"/> holds; the lane is the same in all threads.</summary>
    /// <remarks><c>shfl.sync.idx.b32</c>, one for every 32 bits of <typeparamref name="T"/>.</remarks>
    /// <typeparam name="T">Unmanaged type of at most 64 bytes.</typeparam>
    /// <param name="value">This thread's value.</param>
    /// <param name="lane">Source lane; the low five bits count.</param>
    /// <returns>The source's value; the thread's own when the source lane has returned or is absent (undefined on CUDA).</returns>
    public static T Broadcast<T>(T value, int lane)
        where T : unmanaged => Exchange("Warp.Broadcast", value, lane & (WarpSize - 1));

    /// <summary>The value that <paramref name="lane"/> holds; every thread may name another lane.</summary>
    /// <remarks><c>shfl.sync.idx.b32</c>, one for every 32 bits of <typeparamref name="T"/>.</remarks>
    /// <typeparam name="T">Unmanaged type of at most 64 bytes.</typeparam>
    /// <param name="value">This thread's value.</param>
    /// <param name="lane">Source lane; the low five bits count.</param>
    /// <returns>The source's value; the thread's own when the source lane has returned or is absent (undefined on CUDA).</returns>
    public static T Shuffle<T>(T value, int lane)
        where T : unmanaged => Exchange("Warp.Shuffle", value, lane & (WarpSize - 1));

    /// <summary>The value of the lane <paramref name="delta"/> below; lanes below <paramref name="delta"/> keep their own.</summary>
    /// <remarks><c>shfl.sync.up.b32</c>.</remarks>
    /// <typeparam name="T">Unmanaged type of at most 64 bytes.</typeparam>
    /// <param name="value">This thread's value.</param>
    /// <param name="delta">Distance in lanes, 0..31.</param>
    /// <returns>The value of lane <c>LaneIdx - delta</c>, or the thread's own.</returns>
    public static T ShuffleUp<T>(T value, int delta)
        where T : unmanaged => Exchange("Warp.ShuffleUp", value, LaneIdx - delta);

    /// <summary>The value of the lane <paramref name="delta"/> above; lanes for which there is none keep their own.</summary>
    /// <remarks><c>shfl.sync.down.b32</c>.</remarks>
    /// <typeparam name="T">Unmanaged type of at most 64 bytes.</typeparam>
    /// <param name="value">This thread's value.</param>
    /// <param name="delta">Distance in lanes, 0..31.</param>
    /// <returns>The value of lane <c>LaneIdx + delta</c>, or the thread's own.</returns>
    public static T ShuffleDown<T>(T value, int delta)
        where T : unmanaged => Exchange("Warp.ShuffleDown", value, LaneIdx + delta);

    /// <summary>The value of the lane whose index differs in the bits of <paramref name="delta"/> (a butterfly).</summary>
    /// <remarks><c>shfl.sync.bfly.b32</c>.</remarks>
    /// <typeparam name="T">Unmanaged type of at most 64 bytes.</typeparam>
    /// <param name="value">This thread's value.</param>
    /// <param name="delta">Bits to flip, 0..31.</param>
    /// <returns>The value of lane <c>LaneIdx ^ delta</c>; the thread's own when that lane has returned or is absent (undefined on CUDA).</returns>
    public static T ShuffleXor<T>(T value, int delta)
        where T : unmanaged => Exchange("Warp.ShuffleXor", value, LaneIdx ^ delta);

    /// <summary>Bit i tells whether <paramref name="predicate"/> holds in lane i.</summary>
    /// <remarks><c>vote.sync.ballot.b32</c>.</remarks>
    /// <param name="predicate">This thread's vote.</param>
    /// <returns>One bit a lane; 0 for lanes that have returned or are absent.</returns>
    public static uint Ballot(bool predicate)
    {
        ScalarMeeting votes = ScalarLane.Require("Warp.Ballot").MeetWarp("Warp.Ballot", predicate);
        uint bits = 0;
        for (int lane = 0; lane < WarpSize; lane++)
        {
            if (votes.IsPresent(lane) && votes.Read<bool>(lane))
            {
                bits |= 1u << lane;
            }
        }

        return bits;
    }

    /// <summary>Whether <paramref name="predicate"/> holds in every thread of the warp.</summary>
    /// <remarks><c>vote.sync.all.pred</c>.</remarks>
    /// <param name="predicate">This thread's vote.</param>
    /// <returns>True when all voted true.</returns>
    public static bool All(bool predicate)
    {
        ScalarMeeting votes = ScalarLane.Require("Warp.All").MeetWarp("Warp.All", predicate);
        return votes.CountTrue() == votes.PresentCount;
    }

    /// <summary>Whether <paramref name="predicate"/> holds in at least one thread of the warp.</summary>
    /// <remarks><c>vote.sync.any.pred</c>.</remarks>
    /// <param name="predicate">This thread's vote.</param>
    /// <returns>True when one voted true.</returns>
    public static bool Any(bool predicate)
    {
        ScalarMeeting votes = ScalarLane.Require("Warp.Any").MeetWarp("Warp.Any", predicate);
        return votes.CountTrue() > 0;
    }

    private static T Exchange<T>(string operation, T value, int sourceLane)
        where T : unmanaged
    {
        ScalarMeeting values = ScalarLane.Require(operation).MeetWarp(operation, value);
        return values.IsPresent(sourceLane) ? values.Read<T>(sourceLane) : value;
    }
}
