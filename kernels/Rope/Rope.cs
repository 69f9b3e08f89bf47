namespace LbrCore.Kernels;

/// <summary>The rotary position embedding: <see cref="Angles"/> once a pass, <see cref="Forward"/> once a layer.</summary>
public static partial class Rope
{
    /// <summary>Largest head size: 256, the largest of the families that are read.</summary>
    public const int MaximumHeadDim = 256;

    private const int Threads = 128;

    private const int Warps = Threads / Warp.WarpSize;

    private static LaunchConfig Config(long items, int itemsPerGroup, bool dependent) => LaunchConfig.Cover(items, itemsPerGroup) with { DependentLaunch = dependent };
}
