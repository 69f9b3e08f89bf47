using Xunit;

namespace LbrCore.Compute.Tests.Devices;

public class LaunchLimitsTests
{
    private static readonly DeviceInfo s_hopper = new()
    {
        Kind = DeviceKind.Cuda,
        Name = "test",
        ComputeCapability = new ComputeCapability(9, 0),
        SharedMemoryPerGroup = 232448,
    };

    private static readonly DeviceInfo s_ampere = s_hopper with { ComputeCapability = new ComputeCapability(8, 0) };

    private static readonly KernelVariant s_free = TestKernels.AddScalar(groupSize: 0, staticShared: 1000);
    private static readonly KernelVariant s_fixed = TestKernels.AddScalar(groupSize: 128);

    [Fact]
    public void TheKernelsGroupSizeIsTaken()
    {
        var config = new LaunchConfig(1);
        Assert.True(LaunchLimits.Check(s_fixed, ref config, s_hopper, 4));
        Assert.Equal((Dim3)128, config.Group);
    }

    [Theory]
    [InlineData(64, 1, 1)]
    [InlineData(64, 2, 1)]
    [InlineData(128, 0, 1)]
    public void AnotherGroupSizeThanTheKernelsIsRefused(int x, int y, int z) =>
        Refused(s_fixed, new LaunchConfig(1, (x, y, z)), "128, fixed by [Kernel(GroupSize = 128)]");

    [Fact]
    public void AGroupMustBeChosenWhereTheKernelHasNone() => Refused(s_free, new LaunchConfig(1), "choose one");

    [Theory]
    [InlineData(1025, 1, 1)]
    [InlineData(32, 33, 1)]
    [InlineData(1, 1, 65)]
    public void AGroupOfMoreThanTheLimitIsRefused(int x, int y, int z) => Refused(s_free, new LaunchConfig(1, (x, y, z)), "at most 1024 threads");

    [Theory]
    [InlineData(1024, 1, 1)]
    [InlineData(32, 32, 1)]
    [InlineData(16, 1, 64)]
    public void AGroupAtTheLimitPasses(int x, int y, int z) => Assert.True(Passes(s_free, new LaunchConfig(1, (x, y, z)), s_hopper));

    [Theory]
    [InlineData(-1, 1, 1)]
    [InlineData(1, 65536, 1)]
    [InlineData(1, 1, 65536)]
    public void AnImpossibleGridIsRefused(int x, int y, int z) => Refused(s_free, new LaunchConfig((x, y, z), 32), "65535");

    [Fact]
    public void AnEmptyGridIsNothingToDoButStillChecked()
    {
        Assert.False(Passes(s_free, new LaunchConfig(0, 32), s_hopper));
        Assert.False(Passes(s_free, new LaunchConfig((5, 0), 32), s_hopper));
        Refused(s_free, new LaunchConfig(0, 2000), "1024");
    }

    [Fact]
    public void SharedMemoryIsCountedTogether()
    {
        Assert.True(Passes(s_free, new LaunchConfig(1, 32) { DynamicSharedBytes = 231448 }, s_hopper));
        Refused(s_free, new LaunchConfig(1, 32) { DynamicSharedBytes = 231449 }, "1000 static + 231449 dynamic bytes");
        Refused(s_free, new LaunchConfig(1, 32) { DynamicSharedBytes = int.MaxValue }, "232448 bytes");
        Refused(s_free, new LaunchConfig(1, 32) { DynamicSharedBytes = -1 }, "shared memory");
    }

    [Fact]
    public void ClustersNeedHopperAndAGridThatFits()
    {
        Assert.True(Passes(s_free, new LaunchConfig(8, 32) { Cluster = 2 }, s_hopper));
        Refused(s_free, new LaunchConfig(9, 32) { Cluster = 2 }, "multiple of the cluster (2, 1, 1)");
        Refused(s_free, new LaunchConfig(34, 32) { Cluster = 17 }, "1 to 16 groups");
        Refused(s_free, new LaunchConfig(8, 32) { Cluster = 2 }, "compute capability 9.0 (this is 8.0)", s_ampere);
    }

    [Fact]
    public void AnArgumentBlockOfAnotherSizeIsRefused()
    {
        var config = new LaunchConfig(1, 32);
        Assert.Throws<LaunchContractException>(() => LaunchLimits.Check(s_free, ref config, s_hopper, 3));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(256, 1)]
    [InlineData(257, 2)]
    [InlineData((1L << 31) * 256 - 256, int.MaxValue)]
    public void ACoveringGridHasNoGroupTooMany(long elements, int groups) => Assert.Equal((Dim3)groups, LaunchConfig.Cover(elements, 256).Grid);

    [Fact]
    public void ACoverThatIsTooLargeIsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => LaunchConfig.Cover(long.MaxValue, 256));

    private static bool Passes(KernelVariant variant, LaunchConfig config, DeviceInfo device) => LaunchLimits.Check(variant, ref config, device, 4);

    private static void Refused(KernelVariant variant, LaunchConfig config, string part, DeviceInfo? device = null)
    {
        var exception = Assert.Throws<LaunchContractException>(() => Passes(variant, config, device ?? s_hopper));
        Assert.Contains(part, exception.Message);
        Assert.Contains("Add.Scalar (T=Single)", exception.Message);
    }
}
