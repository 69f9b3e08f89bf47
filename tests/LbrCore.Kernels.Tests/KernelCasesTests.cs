using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.KernelVerification;
using Xunit;

namespace LbrCore.Kernels.Tests;

/// <summary>Every variant of every kernel against its float64 reference on the CPU.</summary>
public sealed class KernelCasesTests(CpuDevices devices) : IClassFixture<CpuDevices>
{
    private static readonly ILookup<string, KernelCase> s_cases = KernelCases.All.ToLookup(c => c.Variant.Name);

    public static TheoryData<string> Variants => [.. KernelCatalog.All.Select(variant => variant.Name)];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_variant_has_cases(string variant) => Assert.NotEmpty(s_cases[variant]);

    [Theory]
    [MemberData(nameof(Variants))]
    public void The_kernels_source_is_right_lane_by_lane(string variant)
    {
        KernelCase[] small = [.. s_cases[variant].Where(c => c.FitsScalarDevice)];
        Assert.NotEmpty(small);
        Assert.All(small, c => AssertRight(devices.Scalar, c));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void The_lanes_code_is_right(string variant) => Assert.All(s_cases[variant], c => AssertRight(devices.Lanes, c));

    private static void AssertRight(Device device, KernelCase kernelCase)
    {
        KernelCaseResult result = KernelVerifier.Run(device, kernelCase);
        Assert.True(result.Passed, result.ToString());
    }
}

/// <summary>The CPU in both its forms.</summary>
public sealed class CpuDevices : IDisposable
{
    public Device Lanes { get; } = Device.Open("cpu");

    public Device Scalar { get; } = Device.Open("cpu:scalar");

    public void Dispose()
    {
        Lanes.Dispose();
        Scalar.Dispose();
    }
}
