using LbrCore.Compute;
using Xunit;

namespace LbrCore.Kernels.Tests;

/// <summary>Which kernel and shape of it is chosen on an H100; that what is chosen fits.</summary>
public sealed class AttentionPlanTests : IDisposable
{
    private static readonly DeviceInfo s_h100 = new()
    {
        Kind = DeviceKind.Cuda,
        Name = "H100",
        ComputeCapability = new ComputeCapability(9, 0),
        MultiprocessorCount = 132,
        SharedMemoryPerGroup = 232448,
        SharedMemoryPerMultiprocessor = 233472,
    };

    private readonly Device _cpu = Device.Open("cpu");
    private readonly AttentionWorkspace _workspace;

    public AttentionPlanTests()
    {
        _workspace = new AttentionWorkspace(_cpu, (AttentionWorkspace.BytesOn(s_h100) / sizeof(float)) - 4096, 4096);
    }

    public void Dispose()
    {
        _workspace.Dispose();
        _cpu.Dispose();
    }

    // The fastest of all shapes that were measured, or within a twentieth of it.
    [Theory]
    [InlineData(1, 1, 12, 2, 8192, 8, 132, false)]
    [InlineData(1, 3, 12, 2, 2048, 8, 132, false)]
    [InlineData(1, 3, 12, 2, 8192, 16, 132, false)]
    [InlineData(1, 3, 12, 2, 32768, 24, 132, false)]
    [InlineData(1, 3, 28, 4, 32768, 24, 132, false)]
    [InlineData(16, 3, 12, 2, 512, 16, 132, true)]
    [InlineData(16, 3, 12, 2, 8192, 24, 264, false)]
    [InlineData(64, 3, 12, 2, 8192, 24, 132, true)]
    [InlineData(16, 9, 12, 2, 512, 16, 132, true)]
    [InlineData(16, 9, 12, 2, 8192, 32, 264, true)]
    [InlineData(16, 9, 12, 2, 32768, 64, 264, false)]
    [InlineData(64, 9, 12, 2, 2048, 32, 264, true)]
    [InlineData(64, 9, 12, 2, 32768, 64, 264, true)]
    [InlineData(16, 9, 28, 4, 512, 32, 132, true)]
    [InlineData(64, 9, 28, 4, 512, 64, 264, true)]
    public void The_chosen_shape_is_the_one_that_was_measured_as_fast(int batch, int rows, int heads, int keyValueHeads, int slots, int columns, int groups, bool mergeHere)
    {
        AttentionPlan plan = AttentionPlan.For<BFloat16>(s_h100, Problem(batch, rows, heads, keyValueHeads, 128, slots), _workspace);
        Assert.Equal(AttentionKernel.Tree, plan.Kernel);
        Assert.Equal((columns, groups, mergeHere), (8 * plan.ColumnTiles, plan.Groups, plan.MergeHere));
        Assert.Equal(columns == 64 ? 2 : columns == 24 && groups == 132 ? 4 : 3, plan.Stages);
    }

    [Fact]
    public void Every_plan_fits_the_device_and_the_workspace_and_has_a_variant()
    {
        foreach (int headDim in new[] { 64, 80, 96, 128, 256 })
            foreach (int batch in new[] { 1, 7, 64, 700 })
                foreach (int rows in new[] { 1, 2, 9, 64 })
                {
                    IReadOnlyList<AttentionPlan> plans = AttentionPlan.Trees<BFloat16>(s_h100, Problem(batch, rows, 7, 1, headDim, 5000), _workspace);
                    Assert.NotEmpty(plans);
                    Assert.All(plans, plan =>
                    {
                        Assert.Equal(128, Attention.TreeVariant<BFloat16>(headDim, plan.ColumnTiles, plan.Stages).GroupSize);
                        Assert.True(2L * plan.Groups * 8 * plan.ColumnTiles * (headDim + 4) <= _workspace.Partials.Length, plan.ToString());
                        Assert.InRange(plan.Groups, s_h100.MultiprocessorCount, 2 * s_h100.MultiprocessorCount);
                    });
                }
    }

    [Fact]
    public void Rows_that_stand_anywhere_and_operands_off_their_alignment_take_the_portable_kernel()
    {
        AttentionProblem problem = Problem(4, 3, 12, 2, 128, 1000);
        Assert.Equal(AttentionKernel.Portable, AttentionPlan.For<BFloat16>(s_h100, problem with { Rows = AttentionRows.Any }, _workspace).Kernel);
        Assert.Equal(AttentionKernel.Portable, AttentionPlan.For<BFloat16>(s_h100, problem with { QueryStride = problem.QueryStride + 1 }, _workspace).Kernel);
        Assert.Equal(AttentionKernel.Portable, AttentionPlan.For<BFloat16>(s_h100, problem).Kernel);
        Assert.Equal(AttentionKernel.Portable, AttentionPlan.For<float>(s_h100, problem, _workspace).Kernel);
    }

    private static AttentionProblem Problem(int batch, int rows, int heads, int keyValueHeads, int headDim, int slots) =>
        new(batch * rows, heads, keyValueHeads, headDim, heads * headDim, CacheLayout.HeadMajor(keyValueHeads, slots, headDim))
        {
            Rows = AttentionRows.Trees,
            RowsPerSequence = rows,
            TreeSlots = rows,
        };
}
