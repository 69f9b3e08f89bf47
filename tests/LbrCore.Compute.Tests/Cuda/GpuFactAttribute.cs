using LbrCore.Compute.Cuda;
using Xunit;

namespace LbrCore.Compute.Tests.Cuda;

/// <summary>A test that needs a real GPU, and is skipped where there is none.</summary>
public sealed class GpuFactAttribute : FactAttribute
{
    private static readonly CudaSystem s_system = CudaSystem.Probe(NativeDriver.Instance);

    /// <param name="minimumCapability">Lowest compute capability, as 10 · major + minor.</param>
    /// <param name="endsTheProcess">Whether the GPU is of no use to the process afterwards: run only alone, with LBR_TEST_FAULTS=1 and a filter.</param>
    public GpuFactAttribute(int minimumCapability = 80, bool endsTheProcess = false)
    {
        if (s_system.WhyNone is { } why) Skip = why;
        else if (s_system.Devices[0].ComputeCapability.Value < minimumCapability) Skip = $"needs compute capability {minimumCapability / 10}.{minimumCapability % 10}";
        else if (endsTheProcess && Environment.GetEnvironmentVariable("LBR_TEST_FAULTS") != "1") Skip = "needs a GPU, whose context it ends for the whole process: set LBR_TEST_FAULTS=1 and run it alone";
    }
}
