namespace LbrCore.Kernels;

// Attention
// purpose   What each row reads from the keys and values of its sequence: of a prompt, of a single token, of a tree of tokens.
// math      y_r = sum_s p_s v_s,   p = softmax over s of scale * q_r . k_s,   s in {0..Prefix-1} and the path from Prefix to the row's own slot
//           The two parts (and slices of the first) are summed apart as (m, l, o) = (max, sum of exp, sum of exp * v) and joined:
//           m = max(m1, m2),   l = l1 e^(m1 - m) + l2 e^(m2 - m),   o likewise;   y = o / l. So no mask exists anywhere.
// shapes    queries [rowCount, heads of a row], keys and values as `layout` says, y [rowCount, queryHeads * headDim]; head h reads key-value head h / (queryHeads / keyValueHeads)
// variants  Portable: any head size up to 256, any type, any device
// source    Vaswani et al. (2017), eq. 1; Milakov and Gimelshein (2018), algorithm 3; Dao et al., Flash-Decoding (2023) for the join of slices
/// <summary>Attention of rows over the cache: <see cref="TokenRow"/> says what each row sees.</summary>
public static partial class Attention
{
    /// <summary>Largest head size.</summary>
    public const int MaximumHeadDim = 256;

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
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void Forward<T>(
        ComputeStream stream, in AttentionProblem problem, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<TokenRow> rows, ArrayView<int> parents,
        ArrayView<T> y, ArrayView<float> logSumExp = default, bool dependent = false)
        where T : unmanaged
    {
        var config = new LaunchConfig(checked(problem.RowCount * problem.QueryHeads)) { DependentLaunch = dependent };
        int perLane = problem.HeadDim <= 2 * Warp.WarpSize ? 2 : problem.HeadDim <= 4 * Warp.WarpSize ? 4 : 8;
        LaunchPortable(
            stream, config, queries, keys, values, rows, parents, y, logSumExp,
            problem.RowCount, problem.QueryStride, problem.QueryHeads, problem.KeyValueHeads, problem.HeadDim, problem.Scale, problem.Layout, perLane);
    }
}
