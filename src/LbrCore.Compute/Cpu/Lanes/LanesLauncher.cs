namespace LbrCore.Compute.Cpu;

/// <summary>Runs a kernel's SIMD form.</summary>
public static unsafe class LanesLauncher
{
    /// <summary>Runs all groups and returns when the last one has ended.</summary>
    /// <param name="variant">A kernel with a SIMD form.</param>
    /// <param name="config">The launch.</param>
    /// <param name="slots">The argument block.</param>
    /// <param name="maxParallelism">Threads that may work at once.</param>
    public static void Run(KernelVariant variant, LaunchConfig config, ulong* slots, int maxParallelism) =>
        throw new KernelNotSupportedException($"Kernel {variant.DisplayName} has no SIMD form for the CPU device.");
}
