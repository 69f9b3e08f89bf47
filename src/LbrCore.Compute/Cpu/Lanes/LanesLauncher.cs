namespace LbrCore.Compute.Cpu;

/// <summary>Runs a kernel's SIMD form: the groups of the grid spread over the cores, the warps of a group in turn from barrier to barrier.</summary>
public static unsafe class LanesLauncher
{
    /// <summary>Runs all groups and returns when the last one has ended.</summary>
    /// <param name="variant">A kernel with a SIMD form.</param>
    /// <param name="config">Grid, group and dynamic shared memory; a grid of size 0 runs nothing.</param>
    /// <param name="slots">The argument block, <see cref="KernelVariant.SlotCount"/> slots, valid until the call returns.</param>
    /// <param name="maxParallelism">Threads that may work at once, the caller's included; 0 or less: one for every core.</param>
    /// <exception cref="KernelNotSupportedException">The kernel has no SIMD form.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative, or the group does not have 1 to 1024 threads.</exception>
    /// <exception cref="KernelFaultException">A group did what it must not. The other groups were stopped; what they wrote stays.</exception>
    public static void Run(KernelVariant variant, LaunchConfig config, ulong* slots, int maxParallelism)
    {
        ArgumentNullException.ThrowIfNull(variant);
        if (variant.Lanes is null) throw new KernelNotSupportedException($"Kernel {variant.DisplayName} has no SIMD form for the CPU device.");
        Dim3 grid = config.Grid, size = config.Group == default ? new Dim3(variant.GroupSize) : config.Group;
        if (grid.X < 0 || grid.Y < 0 || grid.Z < 0) throw new ArgumentOutOfRangeException(nameof(config), grid, "A grid has no negative size.");
        if (size.X < 1 || size.Y < 1 || size.Z < 1 || size.Count > 1024)
        {
            throw new ArgumentOutOfRangeException(nameof(config), size, $"A group has 1 to 1024 threads; give the launch of {variant.DisplayName} such a group.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(config.DynamicSharedBytes);
        if (grid.Count == 0) return;
        int workers = (int)Math.Min(grid.Count, maxParallelism > 0 ? maxParallelism : Environment.ProcessorCount);
        new LanesLaunch(variant, grid, size, config.DynamicSharedBytes, slots, workers).Run();
    }
}
