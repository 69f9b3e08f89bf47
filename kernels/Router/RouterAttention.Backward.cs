namespace LbrCore.Kernels;

// RouterAttention.Backward
// purpose   Gradients of query, key and value from that of the output.
// math      p_j = softmax_j(q . k_j / sqrt(d)) from the kept log-sum,  D = dy . y
//           dq = sum_j p_j (dy . v_j - D) k_j / sqrt(d);   dk_j = sum_q p_qj (dy_q . v_j - D_q) q_q / sqrt(d);   dv_j = sum_q p_qj dy_q
// mapping   One warp a row of qkv and head, which finds all three gradients of its row by itself: as a query over the keys that it sees, as a key over the queries that see it. Every
//           element is written once, by one warp. Rows that are no query, or absent, get zeros.
// numerics  float32, sums in order of rows: the same bits on every run
// source    Dao et al., FlashAttention (2022), appendix B.4
public static partial class RouterAttention
{
    /// <summary>dqkv = gradient of qkv.</summary>
    /// <param name="qkv">[rows, 3 * width].</param>
    /// <param name="valid">[routes, nodeStride]: 0 where there is no node.</param>
    /// <param name="y">[routes * slots, width] of <see cref="Forward"/>.</param>
    /// <param name="logSums">[routes * slots, heads] of <see cref="Forward"/>.</param>
    /// <param name="dy">[routes * slots, width]: gradient of y; zero for absent slots.</param>
    /// <param name="dqkv">[rows, 3 * width]. Written.</param>
    /// <param name="queries">routes * slots.</param>
    /// <param name="slots">Depth-1 nodes of a tree, K.</param>
    /// <param name="nodeStride">Nodes of a tree.</param>
    /// <param name="keys">Keys of a query: nodes of a subtree, or slots.</param>
    /// <param name="heads">Heads.</param>
    /// <param name="headDim">Elements of a head, at most 32 * perLane.</param>
    /// <param name="scope">What a slot sees.</param>
    /// <param name="perLane">Elements of a head that a lane owns.</param>
    [Kernel(GroupSize = Warps * Warp.WarpSize, Use = KernelUse.Training, Contract = nameof(CheckBackward))]
    [Variant(2)]
    [Variant(8)]
    public static void Backward(
        ArrayView<float> qkv, ArrayView<int> valid, ArrayView<float> y, ArrayView<float> logSums, ArrayView<float> dy, ArrayView<float> dqkv,
        int queries, int slots, int nodeStride, int keys, int heads, int headDim, AttentionScope scope, [Const] int perLane)
    {
        int rowsOfTree = scope == AttentionScope.Subtree ? nodeStride : slots;
        int task = (Grid.IdxX * Warps) + Warp.WarpIdx, head = task % heads, route = task / heads / rowsOfTree, row = task / heads % rowsOfTree, width = heads * headDim;
        if (route >= queries / slots) return;
        ArrayView<int> present = valid.SubView((long)route * nodeStride, nodeStride);
        ArrayView<float> rows = qkv.SubView(((long)route * rowsOfTree * 3 * width) + (head * headDim));
        long firstQuery = (long)route * slots;
        ArrayView<float> outputs = y.SubView((firstQuery * width) + (head * headDim)), gradients = dy.SubView((firstQuery * width) + (head * headDim));
        ArrayView<float> sums = logSums.SubView((firstQuery * heads) + head);
        ArrayView<float> mine = LocalMemory.Allocate<float>(perLane), gradient = LocalMemory.Allocate<float>(perLane);
        ArrayView<float> dq = LocalMemory.Allocate<float>(perLane), dk = LocalMemory.Allocate<float>(perLane), dv = LocalMemory.Allocate<float>(perLane);
        float root = XMath.FastRsqrt(headDim);

        if (row < slots)
        {
            Load(rows.SubView((long)row * 3 * width), mine, headDim, perLane);
            Load(gradients.SubView((long)row * width), gradient, headDim, perLane);
            float own = Dot(gradient, outputs.SubView((long)row * width), headDim, perLane), logSum = sums[row * heads];
            for (int j = 0; j < keys; j++)
            {
                int other = KeyOf(scope, row, j, slots);
                if (present[other] == 0 || (scope == AttentionScope.Self && other != row)) continue;
                ArrayView<float> key = rows.SubView(((long)other * 3 * width) + width), value = rows.SubView(((long)other * 3 * width) + (2 * width));
                float weight = XMath.FastExp2((Log2E * root * Dot(mine, key, headDim, perLane)) - logSum);
                AddScaled(dq, key, root * weight * (Dot(gradient, value, headDim, perLane) - own), headDim, perLane);
            }
        }

        if (present[row] != 0)
        {
            ArrayView<float> value = LocalMemory.Allocate<float>(perLane);
            Load(rows.SubView(((long)row * 3 * width) + width), mine, headDim, perLane);
            Load(rows.SubView(((long)row * 3 * width) + (2 * width)), value, headDim, perLane);
            int only = scope == AttentionScope.Subtree ? SubtreeOrder.RootOf(row, slots) : row;
            int first = scope == AttentionScope.Slots ? 0 : only, end = scope == AttentionScope.Slots ? slots : only + 1;
            for (int query = first; query < end; query++)
            {
                ArrayView<float> from = rows.SubView((long)query * 3 * width), ahead = gradients.SubView((long)query * width);
                float weight = XMath.FastExp2((Log2E * root * Dot(mine, from, headDim, perLane)) - sums[query * heads]);
                Load(outputs.SubView((long)query * width), gradient, headDim, perLane);
                float own = Dot(gradient, ahead, headDim, perLane), through = Dot(value, ahead, headDim, perLane);
                AddScaled(dv, ahead, weight, headDim, perLane);
                AddScaled(dk, from, root * weight * (through - own), headDim, perLane);
            }
        }

        ArrayView<float> to = dqkv.SubView((((long)route * rowsOfTree) + row) * 3 * width, 3 * width);
        for (int e = 0; e < perLane; e++)
        {
            int i = Warp.LaneIdx + (e * Warp.WarpSize), at = (head * headDim) + i;
            if (i < headDim)
            {
                to[at] = dq[e];
                to[width + at] = dk[e];
                to[(2 * width) + at] = dv[e];
            }
        }
    }

    // registers += factor * memory
    private static void AddScaled(ArrayView<float> registers, ArrayView<float> memory, float factor, int headDim, int perLane)
    {
        for (int e = 0; e < perLane; e++)
        {
            int i = Warp.LaneIdx + (e * Warp.WarpSize);
            if (i < headDim) registers[e] = XMath.Fma(factor, memory[i], registers[e]);
        }
    }

    /// <summary>Queues <see cref="Backward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="problem">Sizes.</param>
    /// <param name="qkv">[rows, 3 * width].</param>
    /// <param name="valid">[routes, nodes].</param>
    /// <param name="y">[routes * slots, width].</param>
    /// <param name="logSums">[routes * slots, heads].</param>
    /// <param name="dy">[routes * slots, width].</param>
    /// <param name="dqkv">[rows, 3 * width]. Written.</param>
    public static void LaunchBackward(
        ComputeStream stream, in RouterAttentionProblem problem, ArrayView<float> qkv, ArrayView<int> valid, ArrayView<float> y, ArrayView<float> logSums, ArrayView<float> dy,
        ArrayView<float> dqkv) =>
        LaunchBackward(
            stream, LaunchConfig.Cover(problem.Rows * problem.Heads, Warps), qkv, valid, y, logSums, dy, dqkv,
            problem.Routes * problem.Slots, problem.Slots, problem.NodeStride, problem.Keys, problem.Heads, problem.HeadDim, problem.Scope, problem.PerLane);

    private static void CheckBackward(
        LaunchContract contract, ArrayView<float> qkv, ArrayView<int> valid, ArrayView<float> y, ArrayView<float> logSums, ArrayView<float> dy, ArrayView<float> dqkv,
        int queries, int slots, int nodeStride, int keys, int heads, int headDim, AttentionScope scope, int perLane)
    {
        Check(contract, qkv, valid, y, queries, slots, nodeStride, keys, heads, headDim, scope, perLane);
        contract.Length(logSums, (long)queries * heads);
        contract.Length(dy, (long)queries * heads * headDim);
        contract.Length(dqkv, (long)queries / slots * (scope == AttentionScope.Subtree ? nodeStride : slots) * 3 * heads * headDim);
        contract.Disjoint(dqkv, qkv);
        contract.Disjoint(dqkv, dy);
        contract.GridAtLeast(LaunchConfig.Cover((long)queries / slots * (scope == AttentionScope.Subtree ? nodeStride : slots) * heads, Warps).Grid);
    }
}
