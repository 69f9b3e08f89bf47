using LbrCore.Compute;

namespace LbrCore.Kernels.Tests.Linear;

/// <summary>Devices that plans are made for without there being one.</summary>
internal static class TestDevices
{
    /// <summary>What plans read of an H100.</summary>
    public static readonly DeviceInfo H100 = new()
    {
        Kind = DeviceKind.Cuda,
        Name = "H100",
        ComputeCapability = new ComputeCapability(9, 0),
        MultiprocessorCount = 132,
        SharedMemoryPerGroup = 227 << 10,
    };
}
