using System.Runtime.CompilerServices;

namespace LbrCore.Kernels;

/// <summary>Which kernel computes an attention, and how it is launched.</summary>
/// <param name="Kernel">The kernel.</param>
public sealed record AttentionPlan(AttentionKernel Kernel)
{
    private static readonly AttentionPlan s_portable = new(AttentionKernel.Portable);

    // (head size, column tiles, stages); with bfloat16 only, or also with half.
    private static readonly (int HeadDim, int ColumnTiles, int Stages, bool Half)[] s_trees =
    [
        (64, 1, 3, false), (64, 4, 3, true), (80, 1, 3, false), (80, 4, 3, true), (96, 1, 3, false), (96, 4, 3, true), (256, 1, 3, false), (256, 2, 3, true),
        (128, 1, 3, true), (128, 2, 3, false), (128, 3, 3, false), (128, 4, 3, true), (128, 7, 3, false), (128, 8, 2, false),
    ];

    /// <summary>Of <see cref="AttentionKernel.Tree"/>: columns of an item, in tiles of 8.</summary>
    public int ColumnTiles { get; init; }

    /// <summary>Of <see cref="AttentionKernel.Tree"/>: tiles in shared memory.</summary>
    public int Stages { get; init; }

    /// <summary>Of <see cref="AttentionKernel.Tree"/>: groups.</summary>
    public int Groups { get; init; }

    /// <summary>Of <see cref="AttentionKernel.Tree"/>: tiles that a group with work takes at least.</summary>
    public int LeastTiles { get; init; } = 1;

    /// <summary>Of <see cref="AttentionKernel.Tree"/>: items that groups share are joined by the group that arrives last, not by a second kernel.</summary>
    public bool MergeHere { get; init; }

    /// <summary>The plan for a problem.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="workspace">What the launch may use; null for nothing, which leaves out <see cref="AttentionKernel.Tree"/>.</param>
    public static AttentionPlan For<T>(DeviceInfo device, in AttentionProblem problem, AttentionWorkspace? workspace = null) where T : unmanaged
    {
        if (device.Kind != DeviceKind.Cuda) return s_portable;
        if (problem.Rows == AttentionRows.Texts && IsText<T>(problem)) return new AttentionPlan(AttentionKernel.Text);
        return (workspace is null ? null : Trees<T>(device, problem, workspace).FirstOrDefault()) ?? s_portable;
    }

    /// <summary>Plans that use <see cref="AttentionKernel.Tree"/>, the best first; none if it cannot run.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="workspace">What the launch may use.</param>
    public static IReadOnlyList<AttentionPlan> Trees<T>(DeviceInfo device, AttentionProblem problem, AttentionWorkspace workspace) where T : unmanaged
    {
        if (problem.Rows != AttentionRows.Trees || problem.RowsPerSequence is < 1 or > Attention.MaximumTreeRows || problem.TreeSlots > Attention.MaximumTreeSlots || !IsAligned(problem)) return [];
        int sequences = problem.RowCount / problem.RowsPerSequence, columns = problem.RowsPerSequence * (problem.QueryHeads / problem.KeyValueHeads);
        int heads = sequences * problem.KeyValueHeads;
        var plans = new List<(double Rank, AttentionPlan Plan)>();
        foreach ((int headDim, int columnTiles, int stages, bool half) in s_trees)
        {
            int bytes = Attention.TreeSharedBytes(headDim, columnTiles, stages) + Attention.TreeStaticBytes(columnTiles);
            if (headDim != problem.HeadDim || bytes > device.SharedMemoryPerGroup || !(typeof(T) == typeof(BFloat16) || (half && typeof(T) == typeof(Half)))) continue;
            int blocks = ((columns - 1) / (8 * columnTiles)) + 1;
            int groups = device.MultiprocessorCount * (2 * (bytes + ReservedBytes) <= device.SharedMemoryPerMultiprocessor ? 2 : 1);
            if (2L * groups * 8 * columnTiles * Attention.PartPitch(headDim) > workspace.Partials.Length) continue;
            bool manyItems = heads * blocks >= device.MultiprocessorCount / 2 && (long)heads * blocks <= workspace.Arrivals.Length;
            plans.Add((Rank(device, heads, blocks, columnTiles), new AttentionPlan(AttentionKernel.Tree) { ColumnTiles = columnTiles, Stages = stages, Groups = groups, LeastTiles = blocks > 1 && !manyItems ? 2 : 1, MergeHere = manyItems }));
        }

        return [.. plans.OrderBy(plan => plan.Rank).Select(plan => plan.Plan)];
    }

    // Shared memory that the system keeps for each group.
    private const int ReservedBytes = 1024;

    // Few sequences leave multiprocessors idle: columns in narrow blocks then cost nothing but reads from L2, and a group with few columns is through sooner. Many sequences
    // are bound by memory: the fewest blocks, then the fewest columns.
    private static double Rank(DeviceInfo device, int heads, int blocks, int columnTiles) =>
        heads * blocks <= device.MultiprocessorCount / 8 ? columnTiles + (columnTiles == 1 && blocks > 1 ? 1.5 : 0) : 100 + (blocks * 10) + columnTiles;

    private static bool IsText<T>(in AttentionProblem problem) where T : unmanaged =>
        Unsafe.SizeOf<T>() == 2 && problem.HeadDim is 64 or 80 or 96 or 128 or 256 && IsAligned(problem);

    // Whether all heads start at multiples of 16 bytes, given that the operands do.
    private static bool IsAligned(in AttentionProblem problem) =>
        problem.QueryStride % 8 == 0 && problem.Layout.SlotStride % 8 == 0 && problem.Layout.HeadStride % 8 == 0 && problem.Layout.SequenceStride % 8 == 0;

    /// <inheritdoc/>
    public override string ToString() => Kernel == AttentionKernel.Tree
        ? $"Tree ({8 * ColumnTiles} columns, {Stages} stages, {Groups} groups of {LeastTiles} tiles or more, joined {(MergeHere ? "by the last group" : "by a second kernel")})" : Kernel.ToString();
}

/// <summary>A kernel of <see cref="Attention"/>.</summary>
public enum AttentionKernel
{
    /// <summary><see cref="Attention.Portable"/>.</summary>
    Portable,

    /// <summary><see cref="Attention.Tree"/>, with <see cref="Attention.Merge"/> where the plan says so.</summary>
    Tree,

    /// <summary><see cref="Attention.Text"/>.</summary>
    Text,
}
