namespace LbrCore.Compute.Cpu;

/// <summary>
/// Runs a kernel's own C# source on the CPU, one OS thread per thread of a group, one group after another: for breakpoints in the kernel, and as a reference for tests.
/// </summary>
/// <remarks>
/// Within a group one thread runs at a time, until it reaches a barrier or another collective operation; then the next one. A run therefore gives the same bits every time. It is some
/// thousand times slower than the SIMD form. Unlike a GPU it reports integer division by zero and indices outside a view.
/// </remarks>
public static unsafe class ScalarLauncher
{
    /// <summary>Most threads a group can have.</summary>
    private const int MaximumGroupSize = 1024;

    /// <summary>Runs all groups of a launch and returns when they have ended.</summary>
    /// <param name="variant">The kernel; <see cref="KernelVariant.Scalar"/> is called once for every thread of the grid.</param>
    /// <param name="config">Grid, group and dynamic shared memory; a grid with a zero dimension runs nothing.</param>
    /// <param name="slots">The argument block, laid out as <see cref="KernelVariant"/> says.</param>
    /// <exception cref="ArgumentException">The variant has no scalar form, or grid or group are no possible sizes.</exception>
    /// <exception cref="KernelFaultException">A thread threw, accessed memory outside a view, or threads wait for each other for ever.</exception>
    public static void Run(KernelVariant variant, LaunchConfig config, ulong* slots)
    {
        ArgumentNullException.ThrowIfNull(variant);
        if (variant.Scalar is null)
        {
            throw new ArgumentException($"Kernel {variant.DisplayName} has no scalar form; launch it on the SIMD or CUDA device.", nameof(variant));
        }

        Dim3 size = GroupSize(variant, config);
        Dim3 grid = config.Grid;
        if (grid.X < 0 || grid.Y < 0 || grid.Z < 0 || config.DynamicSharedBytes < 0)
        {
            throw new ArgumentException($"Kernel {variant.DisplayName} cannot run a grid of {grid} with {config.DynamicSharedBytes} bytes of dynamic shared memory: neither may be negative.", nameof(config));
        }

        if (grid.Count == 0)
        {
            return;
        }

        using var group = new ScalarGroup(variant, grid, size, config.DynamicSharedBytes, slots);
        for (int z = 0; z < grid.Z; z++)
        {
            for (int y = 0; y < grid.Y; y++)
            {
                for (int x = 0; x < grid.X; x++)
                {
                    group.RunAt(new Dim3(x, y, z));
                }
            }
        }
    }

    private static Dim3 GroupSize(KernelVariant variant, LaunchConfig config)
    {
        Dim3 size = config.Group == default ? new Dim3(variant.GroupSize) : config.Group;
        if (size.X < 1 || size.Y < 1 || size.Z < 1 || size.Count > MaximumGroupSize)
        {
            throw new ArgumentException($"Kernel {variant.DisplayName} cannot run groups of {size} threads: 1 to {MaximumGroupSize} are possible. Give the launch a group size, or the kernel one of its own.", nameof(config));
        }

        return variant.GroupSize == 0 || variant.GroupSize == size.Count
            ? size
            : throw new ArgumentException($"Kernel {variant.DisplayName} is compiled for groups of {variant.GroupSize} threads, not {size}.", nameof(config));
    }
}
