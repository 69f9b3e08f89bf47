namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>What every kernel here starts with; in a file of its own, so that helpers across files are always under test.</summary>
internal static class Thread
{
    /// <summary>Index of this thread in a launch, whatever the shape of grid and group.</summary>
    public static int Index => (((((Grid.IdxZ * Grid.DimY) + Grid.IdxY) * Grid.DimX) + Grid.IdxX) * Group.Dimension) + Group.LinearIndex;
}
