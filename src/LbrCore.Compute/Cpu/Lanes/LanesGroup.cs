using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LbrCore.Compute.Cpu;

/// <summary>The warps and the shared memory with which one worker runs group after group of one kernel.</summary>
internal sealed unsafe class LanesGroup
{
    /// <summary>Shared memory starts at a multiple of this: a cache line pair, which is also what swizzled tiles assume.</summary>
    private const int Alignment = 128;

    private readonly KernelVariant _variant;
    private readonly List<LanesWarp> _warps = [];
    private int _warpCount;
    private byte[] _memory = [];

    public LanesGroup(KernelVariant variant) => _variant = variant;

    public string Kernel => _variant.DisplayName;

    public Dim3 Grid { get; private set; }

    public Dim3 Size { get; private set; }

    public ulong* Args { get; private set; }

    public byte* Shared { get; private set; }

    public byte* DynamicShared { get; private set; }

    public int DynamicSharedBytes { get; private set; }

    /// <summary>Makes the group ready for one launch.</summary>
    public void Prepare(Dim3 grid, Dim3 size, int dynamicSharedBytes, ulong* args)
    {
        (Grid, Size, DynamicSharedBytes) = (grid, size, dynamicSharedBytes);
        Args = args;
        int staticBytes = RoundUp(_variant.StaticSharedBytes);
        int needed = checked(staticBytes + dynamicSharedBytes + Alignment);
        if (_memory.Length < needed) _memory = GC.AllocateUninitializedArray<byte>(needed, pinned: true);
        byte* start = (byte*)Unsafe.AsPointer(ref _memory[0]);
        Shared = start + (Alignment - (int)((nuint)start % Alignment)) % Alignment;
        DynamicShared = Shared + staticBytes;

        _warpCount = (int)((size.Count + LanesWarp.Size - 1) / LanesWarp.Size);
        while (_warps.Count < _warpCount) _warps.Add(_variant.Lanes!());
        for (int i = 0; i < _warpCount; i++) _warps[i].Attach(this, i);
    }

    /// <summary>Runs one group to its end, unless <paramref name="stop"/> becomes true between two phases.</summary>
    /// <exception cref="KernelFaultException">The kernel did what it must not.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(long groupIndex, ref bool stop)
    {
        int x = (int)(groupIndex % Grid.X), y = (int)(groupIndex / Grid.X % Grid.Y), z = (int)(groupIndex / Grid.X / Grid.Y);
        if (Poison) new Span<byte>(Shared, RoundUp(_variant.StaticSharedBytes) + DynamicSharedBytes).Fill(0xCD);
        Span<LanesWarp> warps = CollectionsMarshal.AsSpan(_warps)[.._warpCount];
        foreach (LanesWarp warp in warps) warp.Begin(x, y, z);

        // One round a phase. Warps that have ended count as arrived at every later barrier, as on the GPU; they have no vote.
        bool waiting = true;
        while (waiting && !Volatile.Read(ref stop))
        {
            waiting = false;
            int votes = 0, voters = 0;
            foreach (LanesWarp warp in warps)
            {
                if (warp.Finished) continue;
                waiting |= Advance(warp);
                votes += warp.Votes;
                voters += warp.Voters;
            }

            if (!waiting) return;
            foreach (LanesWarp warp in warps) warp.Pass(votes, voters);
        }
    }

    // LBR_POISON=1 fills shared memory before every group, so that a kernel that reads what it did not write fails visibly.
    private static bool Poison { get; } = Environment.GetEnvironmentVariable("LBR_POISON") == "1";

    private static bool Advance(LanesWarp warp)
    {
        try
        {
            return warp.Advance();
        }
        catch (Exception exception) when (exception is not KernelFaultException)
        {
            throw warp.Fault(exception);
        }
    }

    private static int RoundUp(int bytes) => checked(bytes + Alignment - 1) / Alignment * Alignment;
}
