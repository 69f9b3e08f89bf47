namespace LbrCore.Compute;

/// <summary>What runs the kernels.</summary>
public enum DeviceKind
{
    /// <summary>The CPU, a warp as SIMD vectors: the generated lanes code.</summary>
    Cpu,

    /// <summary>The CPU, one thread a lane: the kernel's own source, for a debugger and as an oracle. Slow.</summary>
    CpuScalar,

    /// <summary>An NVIDIA GPU.</summary>
    Cuda,
}
