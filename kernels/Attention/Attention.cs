namespace LbrCore.Kernels;

// Attention
// purpose   What each row reads from the keys and values of its sequence: of a prompt, of a single token, of a tree of tokens.
// math      y_r = sum_s p_s v_s,   p = softmax over s of scale * q_r . k_s,   s in {0..Prefix-1} and the path from Prefix to the row's own slot
//           The two parts (and slices of the first) are summed apart as (m, l, o) = (max, sum of exp, sum of exp * v) and joined:
//           m = max(m1, m2),   l = l1 e^(m1 - m) + l2 e^(m2 - m),   o likewise;   y = o / l. So no mask exists anywhere.
// shapes    queries [rowCount, heads of a row], keys and values as `layout` says, y [rowCount, queryHeads * headDim]; head h reads key-value head h / (queryHeads / keyValueHeads)
// kernels   Tree:     tensor cores, the same few rows of every sequence (decoding); with Merge, which joins what its groups leave
//           Text:     tensor cores, long runs of rows of one text (prompts)
//           Portable: any head size up to 256, any type, any device
//           Naive:    the formula in its plainest form, to be read first; never chosen
// source    Vaswani et al. (2017), eq. 1; Milakov and Gimelshein (2018), algorithm 3; Dao et al., Flash-Decoding (2023) for the join of slices
/// <summary>Attention of rows over the cache: <see cref="TokenRow"/> says what each row sees.</summary>
public static partial class Attention
{
    /// <summary>Largest head size.</summary>
    public const int MaximumHeadDim = 256;

    /// <summary>Most rows of a sequence in <see cref="Tree"/>.</summary>
    public const int MaximumTreeRows = 64;

    /// <summary>Queues attention by the kernel that suits the device and the sizes.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="problem">Sizes.</param>
    /// <param name="queries">Row r, head h at <c>r * queryStride + h * headDim</c>, normed and rotated.</param>
    /// <param name="keys">The layer's keys.</param>
    /// <param name="values">The layer's values.</param>
    /// <param name="rows">[rowCount].</param>
    /// <param name="parents">[sequences, layout.Slots]: for a slot beyond a row's prefix, its parent's slot, smaller than itself. Not read where all rows have Slot = Prefix.</param>
    /// <param name="y">[rowCount, queryHeads * headDim]. Written; rows of no sequence become zero.</param>
    /// <param name="logSumExp">[rowCount, queryHeads]: written with log sum_s exp(scale * q . k_s), which a backward pass needs; or empty.</param>
    /// <param name="workspace">Lets groups share the keys of a sequence. Null: they do not.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    /// <returns>What was launched.</returns>
    public static AttentionPlan Forward<T>(
        ComputeStream stream, in AttentionProblem problem, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<TokenRow> rows, ArrayView<int> parents,
        ArrayView<T> y, ArrayView<float> logSumExp = default, AttentionWorkspace? workspace = null, bool dependent = false)
        where T : unmanaged
    {
        bool aligned = PackedSplit.RowsAligned(queries, ChunkElements) && PackedSplit.RowsAligned(keys, ChunkElements) && PackedSplit.RowsAligned(values, ChunkElements);
        AttentionPlan plan = AttentionPlan.For<T>(stream.Device.Info, aligned ? problem : problem with { Rows = AttentionRows.Any }, logSumExp.IsValid ? null : workspace);
        Forward(stream, plan, problem, queries, keys, values, rows, parents, y, logSumExp, workspace, dependent);
        return plan;
    }

    /// <summary>Queues attention by a plan.</summary>
    /// <inheritdoc cref="Forward{T}(ComputeStream, in AttentionProblem, ArrayView{T}, ArrayView{T}, ArrayView{T}, ArrayView{TokenRow}, ArrayView{int}, ArrayView{T}, ArrayView{float}, AttentionWorkspace?, bool)"/>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="plan">What is launched.</param>
    /// <param name="problem">Sizes.</param>
    /// <param name="queries">Row r, head h at <c>r * queryStride + h * headDim</c>, normed and rotated.</param>
    /// <param name="keys">The layer's keys.</param>
    /// <param name="values">The layer's values.</param>
    /// <param name="rows">[rowCount].</param>
    /// <param name="parents">[sequences, layout.Slots].</param>
    /// <param name="y">[rowCount, queryHeads * headDim]. Written.</param>
    /// <param name="logSumExp">[rowCount, queryHeads], or empty; <see cref="Tree"/> and <see cref="Naive"/> do not write it.</param>
    /// <param name="workspace">The workspace that the plan was made with.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void Forward<T>(
        ComputeStream stream, AttentionPlan plan, in AttentionProblem problem, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<TokenRow> rows, ArrayView<int> parents,
        ArrayView<T> y, ArrayView<float> logSumExp = default, AttentionWorkspace? workspace = null, bool dependent = false)
        where T : unmanaged
    {
        AttentionProblem p = problem;
        switch (plan.Kernel)
        {
            case AttentionKernel.Tree:
                ForwardTree(stream, plan, p, queries, keys, values, rows, parents, y, workspace ?? throw new ArgumentNullException(nameof(workspace), $"{plan} needs a workspace"), dependent);
                break;
            case AttentionKernel.Text:
                ForwardText(stream, p, queries, keys, values, rows, y, logSumExp, dependent);
                break;
            case AttentionKernel.Naive:
                LaunchNaive(
                    stream, new LaunchConfig(checked(p.RowCount * p.QueryHeads)), queries, keys, values, rows, parents, y, p.RowCount, p.QueryStride, p.QueryHeads, p.KeyValueHeads, p.HeadDim, p.Scale, p.Layout);
                break;
            default:
                var config = new LaunchConfig(checked(p.RowCount * p.QueryHeads)) { DependentLaunch = dependent };
                int perLane = p.HeadDim <= 2 * Warp.WarpSize ? 2 : p.HeadDim <= 4 * Warp.WarpSize ? 4 : 8;
                LaunchPortable(
                    stream, config, queries, keys, values, rows, parents, y, logSumExp, p.RowCount, p.QueryStride, p.QueryHeads, p.KeyValueHeads, p.HeadDim, p.Scale, p.Layout, perLane);
                break;
        }
    }

    private static void ForwardTree<T>(
        ComputeStream stream, AttentionPlan plan, AttentionProblem p, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<TokenRow> rows, ArrayView<int> parents,
        ArrayView<T> y, AttentionWorkspace workspace, bool dependent)
        where T : unmanaged
    {
        int sequences = p.RowCount / p.RowsPerSequence;
        if (sequences == 0) return;
        var config = new LaunchConfig(plan.Groups) { DynamicSharedBytes = TreeSharedBytes(p.HeadDim, plan.ColumnTiles, plan.Stages), DependentLaunch = dependent };
        bool early = dependent && p.Early;
        LaunchTree(
            stream, config, queries, keys, values, rows, parents, y, workspace.Partials, workspace.Arrivals, sequences, p.RowsPerSequence, p.QueryStride, p.QueryHeads, p.KeyValueHeads, p.Scale,
            p.Layout, plan.LeastTiles, plan.Stages - 1, plan.MergeHere, early, p.HeadDim, plan.ColumnTiles, plan.Stages);
        if (plan.MergeHere) return;
        LaunchMerge(
            stream, new LaunchConfig(checked(p.RowCount * p.QueryHeads)) { DependentLaunch = dependent }, workspace.Partials, rows, y, sequences, p.RowsPerSequence, p.QueryHeads, p.KeyValueHeads,
            p.HeadDim, p.Layout.Slots, 8 * plan.ColumnTiles, plan.LeastTiles, plan.Groups, early);
    }

    private static void ForwardText<T>(
        ComputeStream stream, AttentionProblem p, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<TokenRow> rows, ArrayView<T> y, ArrayView<float> logSumExp, bool dependent)
        where T : unmanaged
    {
        if (p.RowCount == 0) return;
        var config = new LaunchConfig((p.QueryHeads, CeilingDivide(p.RowCount, TextRows))) { DynamicSharedBytes = TextSharedBytes(p.HeadDim), DependentLaunch = dependent };
        LaunchText(stream, config, queries, keys, values, rows, y, logSumExp, p.RowCount, p.QueryStride, p.QueryHeads, p.KeyValueHeads, p.Scale, p.Layout, p.HeadDim);
    }
}
