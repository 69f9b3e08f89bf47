using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

/// <summary>The group (CUDA: thread block) that this thread belongs to. Usable inside a kernel only.</summary>
/// <remarks>PTX ISA, Special Registers: <c>%tid</c>, <c>%ntid</c>; Parallel Synchronization and Communication Instructions: <c>barrier</c>.
/// Barriers are met by every thread of the group; a thread that has returned counts as having left and is no longer waited for.</remarks>
public static class Group
{
    /// <summary>Index of this thread along X, 0..<see cref="DimX"/>-1 (<c>%tid.x</c>).</summary>
    public static int IdxX => ScalarLane.Require("Group.IdxX").GroupIdx.X;

    /// <summary>Index of this thread along Y, 0..<see cref="DimY"/>-1 (<c>%tid.y</c>).</summary>
    public static int IdxY => ScalarLane.Require("Group.IdxY").GroupIdx.Y;

    /// <summary>Index of this thread along Z, 0..<see cref="DimZ"/>-1 (<c>%tid.z</c>).</summary>
    public static int IdxZ => ScalarLane.Require("Group.IdxZ").GroupIdx.Z;

    /// <summary>Threads along X (<c>%ntid.x</c>).</summary>
    public static int DimX => ScalarLane.Require("Group.DimX").GroupDim.X;

    /// <summary>Threads along Y (<c>%ntid.y</c>).</summary>
    public static int DimY => ScalarLane.Require("Group.DimY").GroupDim.Y;

    /// <summary>Threads along Z (<c>%ntid.z</c>).</summary>
    public static int DimZ => ScalarLane.Require("Group.DimZ").GroupDim.Z;

    /// <summary>Index of this thread counted through the group, X fastest: <c>(IdxZ * DimY + IdxY) * DimX + IdxX</c>.</summary>
    public static int LinearIndex => ScalarLane.Require("Group.LinearIndex").LinearIndex;

    /// <summary>Threads of the group in total, 1..1024.</summary>
    public static int Dimension => ScalarLane.Require("Group.Dimension").Group.Size;

    /// <summary>Waits for all threads of the group; what they wrote to shared and global memory before is seen by all after.</summary>
    /// <remarks><c>bar.sync 0</c>.</remarks>
    public static void Barrier() => ScalarLane.Require("Group.Barrier").MeetGroup("Group.Barrier");

    /// <summary>A barrier that tells every thread whether <paramref name="predicate"/> held in all of them.</summary>
    /// <remarks><c>barrier.red.and.pred</c>.</remarks>
    /// <param name="predicate">This thread's vote.</param>
    /// <returns>True when every thread that met the barrier voted true.</returns>
    public static bool BarrierAnd(bool predicate)
    {
        ScalarMeeting votes = ScalarLane.Require("Group.BarrierAnd").MeetGroup("Group.BarrierAnd", predicate);
        return votes.CountTrue() == votes.PresentCount;
    }

    /// <summary>A barrier that tells every thread whether <paramref name="predicate"/> held in at least one of them.</summary>
    /// <remarks><c>barrier.red.or.pred</c>.</remarks>
    /// <param name="predicate">This thread's vote.</param>
    /// <returns>True when a thread that met the barrier voted true.</returns>
    public static bool BarrierOr(bool predicate)
    {
        ScalarMeeting votes = ScalarLane.Require("Group.BarrierOr").MeetGroup("Group.BarrierOr", predicate);
        return votes.CountTrue() > 0;
    }

    /// <summary>A barrier that tells every thread in how many of them <paramref name="predicate"/> held.</summary>
    /// <remarks><c>barrier.red.popc.u32</c>.</remarks>
    /// <param name="predicate">This thread's vote.</param>
    /// <returns>The number of threads that voted true.</returns>
    public static int BarrierPopCount(bool predicate)
    {
        ScalarMeeting votes = ScalarLane.Require("Group.BarrierPopCount").MeetGroup("Group.BarrierPopCount", predicate);
        return votes.CountTrue();
    }

    /// <summary>Gives every thread of the group the value that one of them holds; a barrier for all threads.</summary>
    /// <remarks>A store to shared memory by the source, <c>bar.sync</c>, a load by all.</remarks>
    /// <typeparam name="T">Unmanaged type of at most 64 bytes.</typeparam>
    /// <param name="value">The value; only the source's is used.</param>
    /// <param name="threadIndex"><see cref="LinearIndex"/> of the source, the same in all threads; the source must not have returned.</param>
    /// <returns>The source's value.</returns>
    public static T Broadcast<T>(T value, int threadIndex)
        where T : unmanaged
    {
        ScalarLane lane = ScalarLane.Require("Group.Broadcast");
        ScalarMeeting values = lane.MeetGroup("Group.Broadcast", value);
        return values.IsPresent(threadIndex)
            ? values.Read<T>(threadIndex)
            : throw lane.Fault($"Group.Broadcast asks for the value of thread {threadIndex}, which is not in the group of {lane.Group.Size} or has returned; choose a thread that reaches the call.", threadIndex);
    }

    /// <summary>A barrier for a part of the group: waits until <paramref name="threads"/> threads have arrived at barrier <paramref name="id"/>.</summary>
    /// <remarks><c>bar.sync id, threads</c>. For pipelines whose warps play different roles.</remarks>
    /// <param name="id">1..15, a constant (0 is <see cref="Barrier"/>).</param>
    /// <param name="threads">Threads that take part, a multiple of <see cref="Warp.WarpSize"/>: whole warps, the same number at every arrival.</param>
    public static void NamedBarrier(int id, int threads) => ScalarLane.Require("Group.NamedBarrier").MeetNamed(id, threads);
}
