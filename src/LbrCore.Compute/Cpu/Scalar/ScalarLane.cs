using System.Runtime.InteropServices;

namespace LbrCore.Compute.Cpu;

/// <summary>One thread of a group in scalar mode: what <see cref="Grid"/>, <see cref="Group"/>, <see cref="Warp"/> and the memory classes answer from.</summary>
/// <remarks>Only the lane that holds the baton of its group runs (<see cref="ScalarGroup"/>), so nothing here needs a lock.</remarks>
internal sealed unsafe class ScalarLane
{
    /// <summary>Largest array a thread can have in local memory (CUDA C++ Programming Guide, Compute Capabilities: 512 KB a thread).</summary>
    private const long MaximumLocalBytes = 512 * 1024;

    /// <summary>Volatile reads and atomics between two hand-overs of the baton: lanes that wait in a loop for a flag of another lane let it run.</summary>
    private const int SpinsBeforeYield = 64;

    [ThreadStatic]
    private static ScalarLane? s_current;

    private readonly List<nint> _localBlocks = [];
    private int _sharedAllocations;
    private int _spins;

    /// <summary>A thread of a group.</summary>
    /// <param name="group">The group.</param>
    /// <param name="linearIndex">Its index in the group.</param>
    public ScalarLane(ScalarGroup group, int linearIndex)
    {
        Group = group;
        LinearIndex = linearIndex;
        WarpIdx = linearIndex / Compute.Warp.WarpSize;
        LaneIdx = linearIndex % Compute.Warp.WarpSize;
        Dim3 size = group.GroupDim;
        GroupIdx = new Index3D(linearIndex % size.X, linearIndex / size.X % size.Y, linearIndex / size.X / size.Y);
    }

    /// <summary>The lane that the calling OS thread is running, or null on a host thread.</summary>
    public static ScalarLane? Current
    {
        get => s_current;
        set => s_current = value;
    }

    /// <summary>The group of the lane.</summary>
    public ScalarGroup Group { get; }

    /// <summary>Index in the group, X fastest.</summary>
    public int LinearIndex { get; }

    /// <summary>Index of the warp in the group.</summary>
    public int WarpIdx { get; }

    /// <summary>Index in the warp.</summary>
    public int LaneIdx { get; }

    /// <summary>Index in the group, per dimension.</summary>
    public Index3D GroupIdx { get; }

    /// <summary>Threads of a group, per dimension.</summary>
    public Dim3 GroupDim => Group.GroupDim;

    /// <summary>Index of the group in the grid.</summary>
    public Dim3 GridIdx => Group.GridIdx;

    /// <summary>Groups of the grid.</summary>
    public Dim3 GridDim => Group.GridDim;

    /// <summary>Where the lane sleeps while another one has the baton.</summary>
    public ScalarWorker Worker { get; set; } = null!;

    /// <summary>Whether the lane has returned from the kernel (or ended with an exception).</summary>
    public bool HasLeft { get; private set; }

    /// <summary>The lane of the calling thread.</summary>
    /// <param name="member">The vocabulary member that needs it, for the message.</param>
    /// <returns>The lane.</returns>
    /// <exception cref="InvalidOperationException">The caller is no kernel.</exception>
    public static ScalarLane Require(string member) => s_current ?? throw new InvalidOperationException(
        $"{member} has a meaning only while a kernel runs, and this is host code. Launch the kernel with its generated Launch method (LBR_DEVICE=cpu:scalar to debug it) instead of calling it.");

    /// <summary>Meets the threads of the group without a value.</summary>
    /// <param name="operation">The operation, the same for all.</param>
    public void MeetGroup(string operation) => Group.Everyone.Meet<byte>(this, LinearIndex, operation, 0);

    /// <summary>Meets the threads of the group with a value.</summary>
    /// <param name="operation">The operation, the same for all.</param>
    /// <param name="value">What this lane contributes.</param>
    /// <returns>All contributions.</returns>
    public ScalarMeeting MeetGroup<T>(string operation, T value)
        where T : unmanaged => Group.Everyone.Meet(this, LinearIndex, operation, value);

    /// <summary>Meets the threads of the warp without a value.</summary>
    /// <param name="operation">The operation, the same for all.</param>
    public void MeetWarp(string operation) => Group.Warps[WarpIdx].Meet<byte>(this, LaneIdx, operation, 0);

    /// <summary>Meets the threads of the warp with a value.</summary>
    /// <param name="operation">The operation, the same for all.</param>
    /// <param name="value">What this lane contributes.</param>
    /// <returns>All contributions.</returns>
    public ScalarMeeting MeetWarp<T>(string operation, T value)
        where T : unmanaged => Group.Warps[WarpIdx].Meet(this, LaneIdx, operation, value);

    /// <summary>Meets the threads of some warps at a numbered barrier.</summary>
    /// <param name="id">1..15.</param>
    /// <param name="threads">How many threads meet.</param>
    public void MeetNamed(int id, int threads)
    {
        if (id is < 1 or > 15 || threads <= 0 || threads % Compute.Warp.WarpSize != 0 || threads > Group.Size)
        {
            throw Fault($"Group.NamedBarrier({id}, {threads}) needs an id of 1 to 15 and a number of threads that is a multiple of {Compute.Warp.WarpSize} and at most the group's {Group.Size}.");
        }

        Group.Named(id).MeetCounted(this, LinearIndex, $"Group.NamedBarrier({id}, {threads})", threads);
    }

    /// <summary>The next array of shared memory: the k-th call of every lane gives the k-th array of the group.</summary>
    /// <param name="count">Elements.</param>
    /// <param name="alignment">Bytes.</param>
    /// <returns>The array.</returns>
    public ArrayView<T> AllocateShared<T>(int count, int alignment)
        where T : unmanaged
    {
        nint block = Group.Shared.Allocate(this, _sharedAllocations++, (long)count * sizeof(T), alignment);
        return new ArrayView<T>(block, count);
    }

    /// <summary>The dynamic shared memory of the group.</summary>
    /// <returns>All of it.</returns>
    public ArrayView<T> DynamicShared<T>()
        where T : unmanaged => new(Group.Shared.Dynamic, Group.Shared.DynamicBytes / sizeof(T));

    /// <summary>A zeroed array of this lane that lives until the lane ends.</summary>
    /// <param name="count">Elements.</param>
    /// <returns>The array.</returns>
    public ArrayView<T> AllocateLocal<T>(int count)
        where T : unmanaged
    {
        long bytes = (long)count * sizeof(T);
        if (count < 0 || bytes > MaximumLocalBytes)
        {
            throw Fault($"LocalMemory.Allocate<{typeof(T).Name}>({count}) must have a length of 0 or more and at most {MaximumLocalBytes} bytes.");
        }

        // A null address would make an empty view invalid, which on the GPU it is not.
        void* block = NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 16), 16);
        NativeMemory.Clear(block, (nuint)bytes);
        _localBlocks.Add((nint)block);
        return new ArrayView<T>((nint)block, count);
    }

    /// <summary>Called by reads that may wait for another lane's write: lets the others run from time to time.</summary>
    public void Spin()
    {
        if (++_spins >= SpinsBeforeYield)
        {
            _spins = 0;
            Group.Yield(this);
        }
    }

    /// <summary>An exception that names this lane.</summary>
    /// <param name="fault">What is wrong and what to do, in a sentence.</param>
    /// <param name="index">The index at fault, if it was one.</param>
    /// <param name="cause">The exception in the kernel, if it was one.</param>
    /// <returns>The exception, to be thrown.</returns>
    public KernelFaultException Fault(string fault, long? index = null, Exception? cause = null) =>
        new(fault, Group.Kernel, GridIdx, WarpIdx, LaneIdx, index, cause);

    /// <summary>Makes the lane ready for the next group.</summary>
    public void Reset()
    {
        HasLeft = false;
        _sharedAllocations = 0;
        _spins = 0;
    }

    /// <summary>Ends the lane's part in the group and frees its memory.</summary>
    public void Leave()
    {
        HasLeft = true;
        foreach (nint block in _localBlocks)
        {
            NativeMemory.AlignedFree((void*)block);
        }

        _localBlocks.Clear();
    }
}
