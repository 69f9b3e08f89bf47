using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

/// <summary>
/// One warp of a kernel, 32 lanes wide, as generated code runs it. The launcher sets the indices, calls <see cref="Resume"/> until it returns true, and
/// uses the same object for the next group: a subclass must not rely on anything in its fields when <c>state</c> is 0.
/// </summary>
public abstract unsafe class LanesWarp
{
    /// <summary>Lanes of a warp.</summary>
    public const int Size = 32;

    // Keeps the memory behind AllocateLocal's pointers alive.
    private readonly List<byte[]> _local = [];
    private LanesGroup? _group;
    private F32[] _sums = [];

    /// <summary>The argument block of the launch: 8-byte slots.</summary>
    protected ulong* Args { get; private set; }

    /// <summary>Index of the group in the grid, first dimension.</summary>
    protected int GridIdxX { get; private set; }

    /// <summary>Index of the group in the grid, second dimension.</summary>
    protected int GridIdxY { get; private set; }

    /// <summary>Index of the group in the grid, third dimension.</summary>
    protected int GridIdxZ { get; private set; }

    /// <summary>Groups of the grid, first dimension.</summary>
    protected int GridDimX { get; private set; }

    /// <summary>Groups of the grid, second dimension.</summary>
    protected int GridDimY { get; private set; }

    /// <summary>Groups of the grid, third dimension.</summary>
    protected int GridDimZ { get; private set; }

    /// <summary>Threads of the group, first dimension.</summary>
    protected int GroupDimX { get; private set; }

    /// <summary>Threads of the group, second dimension.</summary>
    protected int GroupDimY { get; private set; }

    /// <summary>Threads of the group, third dimension.</summary>
    protected int GroupDimZ { get; private set; }

    /// <summary>Index of the warp in the group: the linear thread index divided by 32.</summary>
    protected int WarpIdx { get; private set; }

    /// <summary>Every lane's index in the group, first dimension.</summary>
    protected I32 IdxX { get; private set; }

    /// <summary>Every lane's index in the group, second dimension.</summary>
    protected I32 IdxY { get; private set; }

    /// <summary>Every lane's index in the group, third dimension.</summary>
    protected I32 IdxZ { get; private set; }

    /// <summary>0, 1, ... 31.</summary>
    protected static I32 LaneIdx => I32.LaneIdx;

    /// <summary>Lanes that exist: all but in the last warp of a group whose size is no multiple of 32.</summary>
    protected Mask Active { get; private set; }

    /// <summary>The group's static shared memory, aligned to 64 bytes.</summary>
    protected byte* Shared { get; private set; }

    /// <summary>The group's dynamic shared memory, aligned to 64 bytes.</summary>
    protected byte* DynamicShared { get; private set; }

    /// <summary>Bytes of <see cref="DynamicShared"/>, as given at launch.</summary>
    protected int DynamicSharedBytes { get; private set; }

    /// <summary>Where to resume after the barrier at which <see cref="Resume"/> stopped; set before it returns false.</summary>
    protected int NextState { get; set; }

    /// <summary>After a barrier with a vote: the lanes of the whole group that voted true.</summary>
    protected int BarrierPopCount { get; private set; }

    /// <summary>After a barrier with a vote: whether all lanes that came to it voted true.</summary>
    protected bool BarrierAnd { get; private set; }

    /// <summary>After a barrier with a vote: whether any lane voted true.</summary>
    protected bool BarrierOr => BarrierPopCount > 0;

    /// <summary>Runs from <paramref name="state"/> (0 at the start) to the next barrier or to the end.</summary>
    /// <param name="state">The <see cref="NextState"/> set at the last barrier.</param>
    /// <returns>True when all lanes have finished; false at a barrier, with <see cref="NextState"/> set.</returns>
    protected abstract bool Resume(int state);

    /// <summary>Local memory of this warp: one lane struct for every element. Its contents are undefined; it lives as long as the warp.</summary>
    /// <param name="count">Elements.</param>
    /// <typeparam name="T">A lane struct.</typeparam>
    protected T* AllocateLocal<T>(int count) where T : unmanaged
    {
        const int Alignment = 64;
        byte[] memory = GC.AllocateUninitializedArray<byte>(checked(count * sizeof(T) + Alignment), pinned: true);
        _local.Add(memory);
        nuint start = (nuint)Unsafe.AsPointer(ref memory[0]);
        return (T*)((start + Alignment - 1) / Alignment * Alignment);
    }

    /// <summary>Room for the sums of a product of the warp group; contents undefined.</summary>
    /// <param name="count">Lane vectors.</param>
    protected Span<F32> Sums(int count)
    {
        if (_sums.Length < count) _sums = new F32[count];
        return _sums.AsSpan(0, count);
    }

    /// <summary>Hands in the warp's votes for the barrier at which it is about to stop.</summary>
    /// <param name="predicate">The vote of every lane.</param>
    /// <param name="active">Lanes that take part.</param>
    protected void VoteAtBarrier(Mask predicate, Mask active)
    {
        Votes = (predicate & active).Count;
        Voters = active.Count;
    }

    /// <summary>Index of the warp in the group, for what runs on its behalf.</summary>
    internal int Index => WarpIdx;

    /// <summary>Votes for true handed in at the present barrier.</summary>
    internal int Votes { get; set; }

    /// <summary>Lanes that voted at the present barrier.</summary>
    internal int Voters { get; set; }

    /// <summary>Whether the warp ran to its end.</summary>
    internal bool Finished { get; private set; }

    /// <summary>Puts the warp in its place in a group: everything that stays the same from group to group.</summary>
    internal void Attach(LanesGroup group, int warpIdx)
    {
        _group = group;
        WarpIdx = warpIdx;
        (GridDimX, GridDimY, GridDimZ) = (group.Grid.X, group.Grid.Y, group.Grid.Z);
        if (group.Size != new Dim3(GroupDimX, GroupDimY, GroupDimZ)) PlaceThreads(group.Size);
        Args = group.Args;
        Shared = group.Shared;
        DynamicShared = group.DynamicShared;
        DynamicSharedBytes = group.DynamicSharedBytes;
    }

    private void PlaceThreads(Dim3 size)
    {
        (GroupDimX, GroupDimY, GroupDimZ) = (size.X, size.Y, size.Z);
        I32 thread = I32.LaneIdx + WarpIdx * Size;
        Active = thread < (int)size.Count;
        IdxX = thread % GroupDimX;
        IdxY = thread / GroupDimX % GroupDimY;
        IdxZ = thread / (GroupDimX * GroupDimY);
    }

    /// <summary>Before the first phase of a group.</summary>
    internal void Begin(int gridIdxX, int gridIdxY, int gridIdxZ)
    {
        (GridIdxX, GridIdxY, GridIdxZ) = (gridIdxX, gridIdxY, gridIdxZ);
        NextState = 0;
        Finished = false;
    }

    /// <summary>Runs to the next barrier or to the end.</summary>
    /// <returns>True if the warp waits at a barrier.</returns>
    internal bool Advance()
    {
        Votes = Voters = 0;
        Finished = Resume(NextState);
        return !Finished;
    }

    /// <summary>Hands the group's votes to a warp that waited at the barrier.</summary>
    internal void Pass(int votes, int voters)
    {
        BarrierPopCount = votes;
        BarrierAnd = votes == voters;
    }

    /// <summary>Ends the kernel because a lane left its view.</summary>
    /// <param name="lane">The lane, or -1 where all lanes use the same address.</param>
    /// <param name="index">The index in elements.</param>
    /// <param name="length">Elements of the view.</param>
    /// <param name="bytes">Bytes that the access covers.</param>
    /// <exception cref="KernelFaultException">Always.</exception>
    // Nothing but a throw, so that the JIT sees that it does not return: callers then keep their vectors in registers across the check.
    [DoesNotReturn]
    internal void FaultIndex(int lane, long index, long length, int bytes) => throw IndexFault(lane, index, length, bytes);

    /// <summary>An exception that ends the kernel and names where it was.</summary>
    /// <param name="fault">What happened, in one sentence.</param>
    /// <param name="lane">The lane, or -1 for the whole warp.</param>
    /// <param name="index">The index that was outside, if that was the fault.</param>
    protected internal KernelFaultException Fault(string fault, int lane = -1, long? index = null) =>
        new(fault + ".", _group!.Kernel, new Dim3(GridIdxX, GridIdxY, GridIdxZ), WarpIdx, lane, index);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private KernelFaultException IndexFault(int lane, long index, long length, int bytes)
    {
        string fault = (ulong)index >= (ulong)length
            ? $"index {index} is outside its view of {length} elements"
            : $"the {bytes} bytes at index {index} reach beyond their view of {length} elements";
        return Fault(fault, lane, index);
    }

    /// <summary>Wraps an exception that the kernel's code threw.</summary>
    internal KernelFaultException Fault(Exception exception) =>
        new(exception.Message, _group!.Kernel, new Dim3(GridIdxX, GridIdxY, GridIdxZ), WarpIdx, -1, null, exception);
}
