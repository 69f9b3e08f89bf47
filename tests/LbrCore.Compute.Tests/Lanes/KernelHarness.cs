using LbrCore.Compute.Cpu;

namespace LbrCore.Compute.Tests.Lanes;

/// <summary>A warp whose body is a delegate, so that lane functions that can fault run where they belong.</summary>
internal sealed unsafe class DelegateWarp(DelegateWarp.Body body) : LanesWarp
{
    public delegate bool Body(DelegateWarp warp, int state);

    public new ulong* Args => base.Args;

    public int GroupX => GridIdxX;

    public (int X, int Y, int Z) GridIdx => (GridIdxX, GridIdxY, GridIdxZ);

    public (int X, int Y, int Z) GridDim => (GridDimX, GridDimY, GridDimZ);

    public (int X, int Y, int Z) GroupDim => (GroupDimX, GroupDimY, GroupDimZ);

    public new int WarpIdx => base.WarpIdx;

    public new I32 IdxX => base.IdxX;

    public new I32 IdxY => base.IdxY;

    public new I32 IdxZ => base.IdxZ;

    public new Mask Active => base.Active;

    public new byte* Shared => base.Shared;

    public new byte* DynamicShared => base.DynamicShared;

    public new int DynamicSharedBytes => base.DynamicSharedBytes;

    public new bool BarrierAnd => base.BarrierAnd;

    public new bool BarrierOr => base.BarrierOr;

    public new int BarrierPopCount => base.BarrierPopCount;

    /// <summary>Whatever the body keeps across barriers.</summary>
    public int Counter { get; set; }

    public bool Stop(int next)
    {
        NextState = next;
        return false;
    }

    public bool StopWithVote(int next, Mask vote)
    {
        VoteAtBarrier(vote, Active);
        return Stop(next);
    }

    protected override bool Resume(int state) => body(this, state);
}

/// <summary>Launches delegates as kernels.</summary>
internal static unsafe class KernelHarness
{
    public static KernelVariant Kernel(DelegateWarp.Body body, int groupSize = 0, int sharedBytes = 0) => new()
    {
        Name = "test",
        Kernel = "Test.Kernel",
        GroupSize = groupSize,
        StaticSharedBytes = sharedBytes,
        Lanes = () => new DelegateWarp(body),
    };

    /// <summary>Runs one full warp.</summary>
    public static void Warp(Action<DelegateWarp> body) => Run(Kernel((warp, _) =>
    {
        body(warp);
        return true;
    }), new LaunchConfig(1, 32), 1);

    public static void Run(KernelVariant kernel, LaunchConfig config, int parallelism = 0, params ulong[] slots)
    {
        fixed (ulong* args = slots.Length == 0 ? new ulong[1] : slots) LanesLauncher.Run(kernel, config, args, parallelism);
    }
}
