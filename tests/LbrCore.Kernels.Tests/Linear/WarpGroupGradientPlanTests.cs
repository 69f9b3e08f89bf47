using LbrCore.Compute;
using LbrCore.Kernels;
using Xunit;

namespace LbrCore.Kernels.Tests.Linear;

/// <summary>How the tiles of a gradient are shared among groups: a pure function of device and sizes.</summary>
public sealed class WarpGroupGradientPlanTests
{
    [Fact]
    public void Only_one_compute_capability_runs_it()
    {
        Assert.True(WarpGroupGradientPlan.CanRun(TestDevices.H100));
        Assert.False(WarpGroupGradientPlan.CanRun(TestDevices.H100 with { ComputeCapability = new ComputeCapability(10, 0) }));
        Assert.False(WarpGroupGradientPlan.CanRun(TestDevices.H100 with { SharedMemoryPerGroup = 99 << 10 }));
        Assert.False(WarpGroupGradientPlan.CanRun(TestDevices.H100 with { Kind = DeviceKind.Cpu }));
    }

    // Gate and up of a layer of 768: 288 tiles are two waves and 24 tiles.
    [Fact]
    public void Whole_tiles_fill_waves_and_the_others_are_cut_up()
    {
        using var cpu = Device.Open("cpu");
        using var workspace = new LinearWorkspace(cpu, 132 * 8 * 128 * 128, 4096);
        WarpGroupGradientPlan plan = WarpGroupGradientPlan.For(TestDevices.H100, 8192, 6144, 768, workspace);
        Assert.Equal((288, 264), (WarpGroupGradientPlan.Tiles(6144, 768), plan.Whole));
        Assert.InRange(24 * plan.Slices, 48, 132);
        Assert.Equal(new WarpGroupGradientPlan(288, 1), WarpGroupGradientPlan.For(TestDevices.H100, 8192, 6144, 768, null));
    }

    [Theory]
    [InlineData(8192, 768, 768)]
    [InlineData(8192, 1280, 768)]
    [InlineData(2048, 8192, 768)]
    [InlineData(300, 100, 72)]
    public void No_slice_is_empty_and_the_workspace_suffices(int m, int n, int k)
    {
        using var cpu = Device.Open("cpu");
        using var workspace = new LinearWorkspace(cpu, 40 * 128 * 128, 4096);
        WarpGroupGradientPlan plan = WarpGroupGradientPlan.For(TestDevices.H100, m, n, k, workspace);
        int stages = (m + 63) / 64, length = (stages + plan.Slices - 1) / plan.Slices;
        Assert.InRange(plan.Whole, 0, WarpGroupGradientPlan.Tiles(n, k));
        Assert.True(length * (plan.Slices - 1) < stages);
        Assert.InRange(plan.PartialSums(n, k), 0, workspace.Partials.Length);
    }
}
