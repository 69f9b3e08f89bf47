namespace LbrCore.Kernels;

// RouterAttention
// purpose   The two attentions of the router, in one kernel: the root of a subtree over the nodes of that subtree (pooling), and a slot over the slots (set attention).
// math      y[q,:] = sum_j softmax_j(q_q . k_j / sqrt(headDim)) v_j   over valid j, head by head. No positions, no causal mask: the order of slots does not matter.
// shapes    qkv [tree nodes or slots, 3 width]: query | key | value; y [routes * slots, width]; valid [routes, nodeStride]
//           pooling    rows of qkv are nodes, nodeStride a tree, breadth first (SubtreeOrder); the query of slot k is node k, its keys the nodes of subtree k
//           otherwise  rows of qkv are slots; slot k sees every valid slot, or only itself
// mapping   One warp a query and head; lane l owns elements l, l + 32, ... of the head. At most 64 keys, one after the other, with an online softmax.
// traffic   each query reads its keys and values once, out of L1 after the first: bound by latency
// numerics  float32. ex2.approx. An absent slot still gets a finite row, from the keys that there are, or zeros: nobody reads it.
// source    Lee et al., Set Transformer (2019); Milakov and Gimelshein, Online normalizer calculation for softmax (2018)
/// <summary>Attention of the router.</summary>
public static partial class RouterAttention
{
    private const int Warps = 4;

    private const float Log2E = 1.44269504f;

    /// <summary>Largest head: 32 lanes of 8 elements.</summary>
    public const int MaximumHeadDim = 256;

    /// <summary>y = attention of each slot.</summary>
    /// <param name="qkv">[rows, 3 * width].</param>
    /// <param name="valid">[routes, nodeStride]: 0 where there is no node.</param>
    /// <param name="y">[routes * slots, width]. Written.</param>
    /// <param name="logSums">[routes * slots, heads]: log2 of the sum of exponentials, kept for the backward pass. Written; or empty.</param>
    /// <param name="queries">routes * slots.</param>
    /// <param name="slots">Depth-1 nodes of a tree, K.</param>
    /// <param name="nodeStride">Nodes of a tree.</param>
    /// <param name="keys">Keys of a query: nodes of a subtree, or slots.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="headDim">Elements of a head, at most 32 * perLane.</param>
    /// <param name="scope">What a slot sees.</param>
    /// <param name="perLane">Elements of a head that a lane owns.</param>
    [Kernel(GroupSize = Warps * Warp.WarpSize, Contract = nameof(CheckForward))]
    [Variant(2)]
    [Variant(8)]
    public static void Forward(
        ArrayView<float> qkv, ArrayView<int> valid, ArrayView<float> y, ArrayView<float> logSums,
        int queries, int slots, int nodeStride, int keys, int heads, int headDim, AttentionScope scope, [Const] int perLane)
    {
        Grid.TriggerLaunchCompletion();
        int task = (Grid.IdxX * Warps) + Warp.WarpIdx, query = task / heads, head = task % heads;
        if (query >= queries) return;
        Grid.DependencySynchronize();
        int route = query / slots, slot = query % slots, width = heads * headDim;
        ArrayView<int> present = valid.SubView((long)route * nodeStride, nodeStride);
        long firstRow = (long)route * (scope == AttentionScope.Subtree ? nodeStride : slots);
        ArrayView<float> rows = qkv.SubView((firstRow * 3 * width) + (head * headDim));

        ArrayView<float> q = LocalMemory.Allocate<float>(perLane), sums = LocalMemory.Allocate<float>(perLane);
        float scale = Log2E * XMath.FastRsqrt(headDim);
        Load(rows.SubView((long)slot * 3 * width), q, headDim, perLane);
        float largest = float.NegativeInfinity, total = 0f;
        for (int j = 0; j < keys; j++)
        {
            int row = KeyOf(scope, slot, j, slots);
            if (present[row] == 0 || (scope == AttentionScope.Self && row != slot)) continue;
            ArrayView<float> key = rows.SubView(((long)row * 3 * width) + width), value = rows.SubView(((long)row * 3 * width) + (2 * width));
            float score = scale * Dot(q, key, headDim, perLane), above = XMath.Max(largest, score);
            float keep = XMath.FastExp2(largest - above), weight = XMath.FastExp2(score - above);
            total = (total * keep) + weight;
            for (int e = 0; e < perLane; e++)
            {
                int i = Warp.LaneIdx + (e * Warp.WarpSize);
                if (i < headDim) sums[e] = XMath.Fma(weight, value[i], sums[e] * keep);
            }

            largest = above;
        }

        float factor = total > 0f ? XMath.FastRcp(total) : 0f;
        if (logSums.IsValid && Warp.LaneIdx == 0) logSums[task] = total > 0f ? largest + XMath.FastLog2(total) : 0f;
        ArrayView<float> output = y.SubView(((long)query * width) + (head * headDim), headDim);
        for (int e = 0; e < perLane; e++)
        {
            int i = Warp.LaneIdx + (e * Warp.WarpSize);
            if (i < headDim) output[i] = sums[e] * factor;
        }
    }

    // The row, within its tree, of key j of a slot.
    private static int KeyOf(AttentionScope scope, int slot, int j, int slots) => scope == AttentionScope.Subtree ? SubtreeOrder.NodeOf(slot, j, slots) : j;

    private static void Load(ArrayView<float> from, ArrayView<float> to, int headDim, int perLane)
    {
        for (int e = 0; e < perLane; e++)
        {
            int i = Warp.LaneIdx + (e * Warp.WarpSize);
            to[e] = i < headDim ? from[i] : 0f;
        }
    }

    // The product of a vector in registers with one in memory; every lane receives it.
    private static float Dot(ArrayView<float> registers, ArrayView<float> memory, int headDim, int perLane)
    {
        float sum = 0f;
        for (int e = 0; e < perLane; e++)
        {
            int i = Warp.LaneIdx + (e * Warp.WarpSize);
            if (i < headDim) sum = XMath.Fma(registers[e], memory[i], sum);
        }

        return Warp.ReduceAdd(sum);
    }

    /// <summary>Queues <see cref="Forward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="problem">Sizes.</param>
    /// <param name="qkv">[rows, 3 * width].</param>
    /// <param name="valid">[routes, nodes].</param>
    /// <param name="y">[routes * slots, width]. Written.</param>
    /// <param name="logSums">[routes * slots, heads] for the backward pass. Written; or empty.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void Launch(
        ComputeStream stream, in RouterAttentionProblem problem, ArrayView<float> qkv, ArrayView<int> valid, ArrayView<float> y, ArrayView<float> logSums = default, bool dependent = false)
    {
        int queries = checked(problem.Routes * problem.Slots);
        LaunchForward(
            stream, LaunchConfig.Cover((long)queries * problem.Heads, Warps) with { DependentLaunch = dependent }, qkv, valid, y, logSums,
            queries, problem.Slots, problem.NodeStride, problem.Keys, problem.Heads, problem.HeadDim, problem.Scope, problem.PerLane);
    }

    private static void CheckForward(
        LaunchContract contract, ArrayView<float> qkv, ArrayView<int> valid, ArrayView<float> y, ArrayView<float> logSums,
        int queries, int slots, int nodeStride, int keys, int heads, int headDim, AttentionScope scope, int perLane)
    {
        Check(contract, qkv, valid, y, queries, slots, nodeStride, keys, heads, headDim, scope, perLane);
        contract.Disjoint(y, qkv);
        if (logSums.IsValid) contract.Length(logSums, (long)queries * heads);
        contract.GridAtLeast(LaunchConfig.Cover((long)queries * heads, Warps).Grid);
    }

    private static void Check(
        LaunchContract contract, ArrayView<float> qkv, ArrayView<int> valid, ArrayView<float> y, int queries, int slots, int nodeStride, int keys, int heads, int headDim,
        AttentionScope scope, int perLane)
    {
        contract.NonNegative(queries);
        contract.Positive(slots);
        contract.MultipleOf(queries, slots);
        contract.InRange(slots, 1, nodeStride);
        contract.InRange(keys, 1, nodeStride);
        contract.Positive(heads);
        contract.InRange(headDim, 1, Warp.WarpSize * perLane);
        long routes = queries / slots, width = (long)heads * headDim;
        contract.Length(qkv, routes * (scope == AttentionScope.Subtree ? nodeStride : slots) * 3 * width);
        contract.Length(valid, routes * nodeStride);
        contract.Length(y, queries * width);
    }
}
