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
        (128, 1, 3, true), (128, 2, 3, false), (128, 3, DeepStages, false), (128, 3, 3, false), (128, 4, 3, true), (128, 8, 2, false),
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
        int columns = problem.RowsPerSequence * (problem.QueryHeads / problem.KeyValueHeads), heads = problem.RowCount / problem.RowsPerSequence * problem.KeyValueHeads;
        int multiprocessors = device.MultiprocessorCount, tiles = ((problem.Layout.Slots - 1) / Attention.TreeKeys) + 1;
        var plans = new List<(int Rank, AttentionPlan Plan)>();
        foreach ((int headDim, int columnTiles, int stages, bool half) in s_trees)
        {
            int bytes = Attention.TreeSharedBytes(headDim, columnTiles, stages) + Attention.TreeStaticBytes(columnTiles);
            if (headDim != problem.HeadDim || bytes > device.SharedMemoryPerGroup || !(typeof(T) == typeof(BFloat16) || (half && typeof(T) == typeof(Half)))) continue;
            int blocks = ((columns - 1) / (8 * columnTiles)) + 1;
            long items = (long)heads * blocks;
            bool fitsTwice = 2 * (bytes + ReservedBytes) <= device.SharedMemoryPerMultiprocessor, isShort = IsShort(multiprocessors, items, tiles, blocks, columnTiles);
            // Few columns are computed as fast as memory delivers: one group a multiprocessor does, where items come out whole. Of others one group computes while the other waits.
            bool isWhole = columnTiles <= 3 && items <= multiprocessors && items > multiprocessors * 9L / 10, once = isWhole || isShort || heads <= multiprocessors / FewHeads;
            if (stages == DeepStages && !once) continue;
            int groups = multiprocessors * (once || !fitsTwice ? 1 : 2);
            if (2L * groups * 8 * columnTiles * Attention.PartPitch(headDim) > workspace.Partials.Length) continue;
            bool mergeHere = heads > multiprocessors / FewHeads && items * PiecesJoinedHere >= groups && items <= workspace.Arrivals.Length;
            int rank = Rank(multiprocessors, heads, tiles, blocks, columnTiles, isShort);
            plans.Add((rank, new AttentionPlan(AttentionKernel.Tree) { ColumnTiles = columnTiles, Stages = stages, Groups = groups, MergeHere = mergeHere }));
        }

        return [.. plans.OrderBy(plan => plan.Rank).Select(plan => plan.Plan)];
    }

    // Shared memory that the system keeps for each group.
    private const int ReservedBytes = 1024;

    // Stages where a multiprocessor has one group of few columns: two groups would not fit, but memory idles less. What a step of few rows leaves of shared memory beside its L1 still holds them.
    private const int DeepStages = 4;

    // With fewer heads than an eighth of the multiprocessors, latency is all.
    private const int FewHeads = 8;

    // The last group to arrive joins so many pieces of an item faster than a second kernel would.
    private const int PiecesJoinedHere = 5;

    // The thresholds are those of an H100 with heads of 128, caches of 512 to 32768 slots and 1 to 64 sequences.
    private static int Rank(int multiprocessors, int heads, int tiles, int blocks, int columnTiles, bool isShort)
    {
        const int TilesBesideWait = 4, TilesInStep = 64, Columns32 = 4;
        long items = (long)heads * blocks;
        // Latency: a group with few columns is through sooner, and L2 serves the keys of all blocks but one; until reading them over and over takes longer.
        if (heads <= multiprocessors / FewHeads && items * tiles <= (long)TilesBesideWait * multiprocessors) return columnTiles;
        if (isShort) return 100 + columnTiles;
        // Memory: each block of columns reads the keys once more. Not so two blocks that walk side by side and meet in L2, as long as they keep step.
        bool meet = blocks == 2 && columnTiles == Columns32 && heads > multiprocessors / FewHeads && items <= 2 * multiprocessors && items * tiles <= 2L * TilesInStep * multiprocessors;
        return 1000 * (meet ? 1 : blocks) + columnTiles;
    }

    // Short walks, where more blocks give every multiprocessor an item of its own.
    private static bool IsShort(int multiprocessors, long items, int tiles, int blocks, int columnTiles) =>
        tiles <= 12 && blocks > 1 && columnTiles > 1 && items <= multiprocessors && items > multiprocessors * 3L / 8;

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

    /// <summary><see cref="Attention.Naive"/>: never chosen, there to be read and compared with.</summary>
    Naive,
}
