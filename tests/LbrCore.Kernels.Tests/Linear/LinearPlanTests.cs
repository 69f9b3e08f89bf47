using System.Runtime.Intrinsics;
using LbrCore.Compute;
using LbrCore.Kernels;
using Xunit;

namespace LbrCore.Kernels.Tests.Linear;

/// <summary>The choice of the kernel of a linear layer: a pure function of device and sizes.</summary>
public sealed class LinearPlanTests
{
    private static readonly DeviceInfo s_cpu = new() { Kind = DeviceKind.Cpu, Name = "CPU", MultiprocessorCount = 2, SharedMemoryPerGroup = 227 << 10 };

    // Sizes of a model of 1.5 billion parameters, and what was fastest among all shapes on an H100.
    [Theory]
    [InlineData(3, 2048, 1536, 16, 24)]
    [InlineData(3, 1536, 1536, 16, 24)]
    [InlineData(3, 17920, 1536, 16, 24)]
    [InlineData(8, 151936, 1536, 16, 24)]
    [InlineData(1, 1536, 8960, 12, 12)]
    [InlineData(1, 37888, 3584, 16, 12)]
    public void Few_rows_stream_the_weight(int m, int n, int k, int tile, int warps)
    {
        var shape = Assert.IsType<FewRowsShape>(Plan(m, n, k).Shape);
        Assert.Equal((tile, warps, 1), (shape.Tile, shape.Warps, shape.RowTiles));
    }

    [Theory]
    [InlineData(9)]
    [InlineData(16)]
    public void Up_to_sixteen_rows_take_two_row_tiles(int m) => Assert.Equal(2, Assert.IsType<FewRowsShape>(Plan(m, 17920, 1536).Shape).RowTiles);

    [Theory]
    [InlineData(4096, 1536, 8960, 192)]
    [InlineData(4096, 1536, 1536, 192)]
    [InlineData(4096, 151936, 1536, 128)]
    [InlineData(1024, 2048, 1536, 128)]
    public void Many_rows_take_the_tile_that_fills_the_multiprocessors(int m, int n, int k, int tileM) => Assert.Equal(
        tileM, Assert.IsType<TiledShape>(LinearPlan.For(TestDevices.H100 with { ComputeCapability = new ComputeCapability(8, 0) }, new LinearProblem(m, n, k, typeof(BFloat16), typeof(BFloat16))).Shape).TileM);

    // As measured: the second dimension of the tile that was fastest.
    [Theory]
    [InlineData(384, 17920, 1536, 256)]
    [InlineData(1024, 17920, 1536, 192)]
    [InlineData(4096, 17920, 1536, 256)]
    [InlineData(4096, 2048, 1536, 256)]
    [InlineData(1024, 2048, 1536, 128)]
    [InlineData(1024, 1536, 8960, 128)]
    [InlineData(4096, 1536, 8960, 192)]
    public void Many_rows_take_warp_groups_where_there_are_such(int m, int n, int k, int tileN) => Assert.Equal(tileN, Assert.IsType<WarpGroupShape>(Plan(m, n, k).Shape).TileN);

    [Fact]
    public void Warp_groups_are_for_one_compute_capability_and_many_rows()
    {
        WarpGroupShape shape = LinearShape.All.OfType<WarpGroupShape>().First();
        var problem = new LinearProblem(1024, 2048, 1536, typeof(BFloat16), typeof(BFloat16));
        Assert.Null(shape.Refuse(TestDevices.H100, problem));
        Assert.Contains("9.0 exactly", shape.Refuse(TestDevices.H100 with { ComputeCapability = new ComputeCapability(10, 0) }, problem));
        Assert.Contains("bytes of shared memory", shape.Refuse(TestDevices.H100 with { SharedMemoryPerGroup = 99 << 10 }, problem));
        Assert.Contains("16 bytes", shape.Refuse(TestDevices.H100, problem with { PackedOutputs = false }));
        Assert.IsNotType<WarpGroupShape>(Plan(192, 2048, 1536).Shape);
        Assert.IsNotType<WarpGroupShape>(LinearPlan.For(TestDevices.H100 with { ComputeCapability = new ComputeCapability(10, 0) }, problem).Shape);
    }

    // Queries, keys and values of 64 sequences with three rows each: within a step two slices were 3 us faster than none.
    [Fact]
    public void Few_tiles_of_some_rows_are_split()
    {
        using var cpu = Device.Open("cpu");
        using var workspace = new LinearWorkspace(cpu, 132 * 2 * 128 * 128, 4096);
        LinearPlan plan = LinearPlan.For(TestDevices.H100, new LinearProblem(192, 2048, 1536, typeof(BFloat16), typeof(BFloat16)), workspace);
        var shape = Assert.IsType<TiledShape>(plan.Shape);
        Assert.Equal((64, 64, 2), (shape.TileM, shape.TileN, plan.Splits));
    }

    [Fact]
    public void The_sum_is_split_only_with_a_workspace_that_suffices()
    {
        using var cpu = Device.Open("cpu");
        using var large = new LinearWorkspace(cpu, 132 * 2 * 128 * 128, 4096);
        using var small = new LinearWorkspace(cpu, 1000, 4096);
        var problem = new LinearProblem(64, 1536, 8960, typeof(BFloat16), typeof(BFloat16));
        LinearPlan split = LinearPlan.For(TestDevices.H100, problem, large);
        Assert.True(split.Splits > 1);
        Assert.InRange(split.PartialSums, 1, large.Partials.Length);
        Assert.Equal(1, LinearPlan.For(TestDevices.H100, problem, small).Splits);
        Assert.Equal(1, LinearPlan.For(TestDevices.H100, problem).Splits);
    }

    [Fact]
    public void No_slice_of_a_split_is_empty()
    {
        foreach (TiledShape shape in LinearShape.All.OfType<TiledShape>().Where(s => s.Split))
        {
            for (int k = 8; k < 9000; k += 168)
            {
                int splits = shape.Splits(TestDevices.H100, new LinearProblem(33, 100, k, typeof(BFloat16), typeof(BFloat16)));
                int stages = (k + shape.TileK - 1) / shape.TileK, slice = (stages + splits - 1) / splits;
                Assert.True((splits - 1) * slice < stages, $"{shape}: {stages} stages in {splits} slices of {slice}");
            }
        }
    }

    [Theory]
    [InlineData(3, 100, 1001)]
    [InlineData(300, 100, 1001)]
    public void Rows_that_are_not_aligned_take_the_portable_kernel(int m, int n, int k)
    {
        LinearPlan plan = LinearPlan.For(TestDevices.H100, new LinearProblem(m, n, k, typeof(BFloat16), typeof(BFloat16), PackedInputs: false));
        Assert.IsType<PortableShape>(plan.Shape);
        Assert.Contains("no other shape", plan.ToString());
    }

    [Fact]
    public void Float_operands_take_the_portable_kernel() => Assert.IsType<PortableShape>(LinearPlan.For(TestDevices.H100, new LinearProblem(64, 64, 64, typeof(float), typeof(float))).Shape);

    [Theory]
    [InlineData(typeof(float), 1, 1, 1)]
    [InlineData(typeof(float), 3, 1, 4)]
    [InlineData(typeof(float), 64, 4, 4)]
    [InlineData(typeof(BFloat16), 1, 1, 1)]
    [InlineData(typeof(BFloat16), 64, 1, 4)]
    [InlineData(typeof(Half), 3, 4, 4)]
    public void The_cpu_takes_the_portable_kernel_with_the_rows_that_its_vectors_are_fast_with(Type type, int m, int with512Bits, int without)
    {
        LinearPlan plan = LinearPlan.For(s_cpu, new LinearProblem(m, 1024, 1024, type, type));
        Assert.Equal(Vector512.IsHardwareAccelerated ? with512Bits : without, Assert.IsType<PortableShape>(plan.Shape).TileRows);
    }

    [Fact]
    public void A_shape_that_cannot_run_says_why()
    {
        var problem = new LinearProblem(17, 64, 64, typeof(BFloat16), typeof(BFloat16));
        Assert.Contains("at most 8 rows, not 17", LinearShape.All.OfType<FewRowsShape>().First(s => s.RowTiles == 1).Refuse(TestDevices.H100, problem));
        Assert.Contains("16 bytes", LinearShape.All.OfType<TiledShape>().First().Refuse(TestDevices.H100, problem with { PackedInputs = false }));
        Assert.Contains("compute capability 8.0", LinearShape.All.OfType<TiledShape>().First().Refuse(TestDevices.H100 with { ComputeCapability = new ComputeCapability(7, 5) }, problem));
        Assert.Contains("bytes of shared memory", LinearShape.All.OfType<TiledShape>().First(s => s.TileN == 256).Refuse(TestDevices.H100 with { SharedMemoryPerGroup = 99 << 10 }, problem));
        TiledShape unsplit = LinearShape.All.OfType<TiledShape>().First(s => !s.Split);
        Assert.Throws<ArgumentException>(() => LinearPlan.With(unsplit, TestDevices.H100, problem, splits: 2));
    }

    [Fact]
    public void What_a_shape_says_about_its_types_is_what_is_compiled()
    {
        foreach (LinearShape shape in LinearShape.All)
        {
            AssertCompiled<float, float>(shape);
            AssertCompiled<BFloat16, BFloat16>(shape);
            AssertCompiled<BFloat16, float>(shape);
            AssertCompiled<Half, Half>(shape);
            AssertCompiled<Half, float>(shape);
        }
    }

    private static void AssertCompiled<T, TOut>(LinearShape shape)
        where T : unmanaged
        where TOut : unmanaged
    {
        if (shape.IsCompiledFor(typeof(T), typeof(TOut))) Assert.Contains(typeof(T).Name, shape.Variant<T, TOut>().Specialization);
        else Assert.Throws<MissingVariantException>(() => shape.Variant<T, TOut>());
    }

    private static LinearPlan Plan(int m, int n, int k) => LinearPlan.For(TestDevices.H100, new LinearProblem(m, n, k, typeof(BFloat16), typeof(BFloat16)));
}
