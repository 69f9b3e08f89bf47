using System.Globalization;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

/// <summary>The CPU as the list of devices shows it.</summary>
internal static class CpuSystem
{
    /// <summary>Most shared memory of a group: what an H100 has, so that a kernel that runs here is not too large there.</summary>
    private const int SharedMemoryBytes = 227 << 10;

    /// <summary>How many threads run groups: the variable, or all cores.</summary>
    internal const string ThreadsVariable = "LBR_CPU_THREADS";

    /// <summary>The CPU in one of its two forms.</summary>
    /// <param name="kind"><see cref="DeviceKind.Cpu"/> or <see cref="DeviceKind.CpuScalar"/>.</param>
    /// <param name="threads">Value of <see cref="ThreadsVariable"/>, or null.</param>
    /// <exception cref="ArgumentException">The value is no number of threads.</exception>
    internal static DeviceInfo Describe(DeviceKind kind, string? threads) => new()
    {
        Kind = kind,
        Name = kind == DeviceKind.Cpu ? $"CPU, warps as {VectorBits()}-bit vectors" : "CPU, one thread a lane",
        MultiprocessorCount = ParseThreads(threads),
        SharedMemoryPerGroup = SharedMemoryBytes,
        SharedMemoryPerMultiprocessor = SharedMemoryBytes,
        TotalMemory = HostMemory.Total(),
    };

    private static int VectorBits() => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    private static int ParseThreads(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return Environment.ProcessorCount;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int threads) && threads is >= 1 and <= 4096
            ? threads
            : throw new ArgumentException($"{ThreadsVariable} is '{text}'; give a number of threads from 1 to 4096, or unset it to use all cores.");
    }
}
