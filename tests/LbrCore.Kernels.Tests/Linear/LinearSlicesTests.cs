using LbrCore.Compute;
using LbrCore.Kernels;
using Xunit;

namespace LbrCore.Kernels.Tests.Linear;

/// <summary>When slices of k stay apart and when gate and up become one kernel: pure functions of device and sizes.</summary>
public sealed class LinearSlicesTests
{
    // What was fastest within steps of 64 sequences with one and three rows on an H100, or within a thousandth of it; without warp groups.
    [Theory]
    [InlineData(64, 64, 64, 6)]
    [InlineData(192, 96, 64, 5)]
    public void A_projection_to_few_columns_is_split_so_that_all_multiprocessors_work(int m, int tileM, int tileN, int splits)
    {
        using var cpu = Device.Open("cpu");
        using var workspace = new LinearWorkspace(cpu, 132 * 2 * 128 * 128, 4096);
        LinearPlan? plan = LinearPlan.ForSlices(TestDevices.H100 with { ComputeCapability = new ComputeCapability(8, 0) }, Problem(m), workspace);
        Assert.NotNull(plan);
        TiledShape shape = Assert.IsType<TiledShape>(plan.Shape);
        Assert.Equal((tileM, tileN, splits, (long)splits * m * 1536), (shape.TileM, shape.TileN, plan.Splits, plan.PartialSums));
    }

    // Queries, keys and values; the attention's output; down; each of 192 rows. Then a model of 7 billion parameters.
    [Theory]
    [InlineData(2048, 1536, 4)]
    [InlineData(1536, 1536, 4)]
    [InlineData(1536, 8960, 4)]
    [InlineData(3584, 18944, 2)]
    public void Warp_groups_take_as_many_slices_as_fill_the_multiprocessors_but_no_more_than_four(int n, int k, int splits)
    {
        using var cpu = Device.Open("cpu");
        using var workspace = new LinearWorkspace(cpu, 132 * 2 * 128 * 128, 4096);
        LinearPlan? plan = LinearPlan.ForSlices(TestDevices.H100, new LinearProblem(192, n, k, typeof(BFloat16), typeof(BFloat16)), workspace);
        Assert.NotNull(plan);
        Assert.Same(WarpGroupShape.Sliced, plan.Shape);
        Assert.Equal((splits, splits * 192L * n), (plan.Splits, plan.PartialSums));
        Assert.IsNotType<WarpGroupShape>(LinearPlan.ForSlices(TestDevices.H100, new LinearProblem(64, n, k, typeof(BFloat16), typeof(BFloat16)), workspace)?.Shape);
    }

    [Fact]
    public void Logits_of_up_to_192_rows_take_one_tile_along_the_rows()
    {
        var shape = Assert.IsType<WarpGroupShape>(LinearPlan.For(TestDevices.H100, new LinearProblem(192, 151936, 1536, typeof(BFloat16), typeof(float))).Shape);
        Assert.Equal((192, 128), (shape.TileM, shape.TileN));
    }

    [Fact]
    public void The_sum_stays_whole_where_tiles_suffice_or_the_workspace_does_not()
    {
        using var cpu = Device.Open("cpu");
        using var large = new LinearWorkspace(cpu, 132 * 2 * 128 * 128, 4096);
        using var small = new LinearWorkspace(cpu, 1000, 4096);
        Assert.Null(LinearPlan.ForSlices(TestDevices.H100, Problem(4096), large));
        Assert.Null(LinearPlan.ForSlices(TestDevices.H100, Problem(64), small));
        Assert.Null(LinearPlan.ForSlices(cpu.Info, Problem(64), large));
    }

    [Fact]
    public void A_plan_without_slices_is_refused()
    {
        using var cpu = Device.Open("cpu");
        LinearPlan plan = LinearPlan.For(TestDevices.H100, Problem(3));
        Assert.Contains("leaves no slices", Assert.Throws<ArgumentException>(() => Kernels.Linear.ForwardSlices<BFloat16>(cpu.DefaultStream, plan, default, default, default, 3, 1536, 8960)).Message);
    }

    [Fact]
    public void Gate_and_up_are_one_kernel_for_rows_of_one_tile()
    {
        Assert.True(Kernels.Linear.CanGate<BFloat16>(TestDevices.H100, 192, 8960, 1536));
        Assert.False(Kernels.Linear.CanGate<BFloat16>(TestDevices.H100, 193, 8960, 1536));
        Assert.False(Kernels.Linear.CanGate<BFloat16>(TestDevices.H100, 192, 8964, 1536));
        Assert.False(Kernels.Linear.CanGate<Half>(TestDevices.H100, 192, 8960, 1536));
        Assert.False(Kernels.Linear.CanGate<BFloat16>(TestDevices.H100 with { SharedMemoryPerGroup = 99 << 10 }, 192, 8960, 1536));
    }

    private static LinearProblem Problem(int m) => new(m, 1536, 8960, typeof(BFloat16), typeof(BFloat16));
}
