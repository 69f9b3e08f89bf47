namespace LbrCore.Compute;

/// <summary>What a device is and what its limits are.</summary>
public sealed record DeviceInfo
{
    /// <summary>What runs the kernels.</summary>
    public required DeviceKind Kind { get; init; }

    /// <summary>Number of the device among those of its kind, from 0.</summary>
    public int Ordinal { get; init; }

    /// <summary>The maker's name of it.</summary>
    public required string Name { get; init; }

    /// <summary>Compute capability; 0.0 for the CPU.</summary>
    public ComputeCapability ComputeCapability { get; init; }

    /// <summary>Streaming multiprocessors of a GPU; threads that run groups on the CPU.</summary>
    public int MultiprocessorCount { get; init; }

    /// <summary>Most threads of a group.</summary>
    public int MaxGroupSize { get; init; } = 1024;

    /// <summary>Most shared memory of a group in bytes, static and dynamic together, after opting in.</summary>
    public int SharedMemoryPerGroup { get; init; }

    /// <summary>Shared memory of a multiprocessor in bytes.</summary>
    public int SharedMemoryPerMultiprocessor { get; init; }

    /// <summary>32-bit registers of a multiprocessor; 0 for the CPU.</summary>
    public int RegistersPerMultiprocessor { get; init; }

    /// <summary>Bytes of second-level cache; 0 if unknown.</summary>
    public long L2Bytes { get; init; }

    /// <summary>Bytes of memory.</summary>
    public long TotalMemory { get; init; }

    /// <summary>Clock of the multiprocessors in kHz; 0 if unknown.</summary>
    public int ClockKHz { get; init; }

    /// <summary>Clock of the memory in kHz; 0 if unknown.</summary>
    public int MemoryClockKHz { get; init; }

    /// <summary>Width of the memory bus in bits; 0 if unknown.</summary>
    public int MemoryBusBits { get; init; }

    /// <summary>Highest CUDA version that the driver speaks, as 12.4; null for the CPU.</summary>
    public Version? DriverVersion { get; init; }

    /// <summary>Whether memory can be allocated in stream order (a pool that needs no synchronisation).</summary>
    public bool HasMemoryPools { get; init; }

    /// <summary>The driver's handle of a GPU.</summary>
    internal int Handle { get; init; }

    /// <summary>Whether the machine's owner closed a GPU to computing.</summary>
    internal bool IsProhibited { get; init; }

    /// <summary>Whether thread block clusters can be launched.</summary>
    public bool HasClusters => Kind == DeviceKind.Cuda && ComputeCapability.Major >= 9;

    /// <summary>What selects this device in <see cref="Device.Open"/> and in the environment variable <c>LBR_DEVICE</c>.</summary>
    public string Selection => Kind switch
    {
        DeviceKind.Cpu => "cpu",
        DeviceKind.CpuScalar => "cpu:scalar",
        _ => $"cuda:{Ordinal}",
    };

    /// <summary>Name and selection, on one line.</summary>
    public override string ToString() => Kind == DeviceKind.Cuda
        ? $"{Selection} {Name} (sm_{ComputeCapability.Value}, {MultiprocessorCount} multiprocessors, {TotalMemory >> 20} MiB)"
        : $"{Selection} {Name} ({MultiprocessorCount} threads, {TotalMemory >> 20} MiB)";
}
