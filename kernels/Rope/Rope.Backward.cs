namespace LbrCore.Kernels;

// Rope.Backward
// purpose   From gradients of rotated queries and keys to gradients of what the projection left: rotation undone, norm of each head (Qwen3) differentiated.
// math      the rotation is orthogonal: its transpose turns back,   n_i = g_i cos_i + g_(i+h) sin_i,   n_(i+h) = g_(i+h) cos_i - g_i sin_i,   i < h = headDim / 2
//           with norm:   grad_i = f w_i n_i - x_i f^3 / headDim * sum_j w_j n_j x_j,   gradWeight_i = sum over rows and heads of n_i x_i f
// shapes    gradQkv, qkv [rowCount, (queryHeads + 2 keyValueHeads) * headDim]: queries | keys | values; values are left alone; sums [2, warps of the grid, headDim]
// mapping   one warp a head of a row, warps of the grid take heads in turn; lane l owns the pairs l, l + 32, ... and keeps their weight gradients in registers to the end
// traffic   reads and writes queries and keys once (with norm reads them twice): bound by memory
// numerics  float32 inside; the order of sums depends on the grid, which the launcher fixes: the same bits on every run
public static partial class Rope
{
    private const int MostPairsOfLane = MaximumHeadDim / 2 / Warp.WarpSize;

    private const int MostBackwardGroups = 1024;

    /// <summary>Replaces the gradients of rotated queries and keys by those of the projection's output.</summary>
    /// <param name="gradQkv">[rowCount, (queryHeads + 2 keyValueHeads) * headDim]. Queries and keys are replaced.</param>
    /// <param name="qkv">As gradQkv: what the projection left, before norm and rotation; read only with norms, else empty.</param>
    /// <param name="rotations">[rowCount, headDim / 2] of <see cref="Angles"/>.</param>
    /// <param name="queryNorm">[headDim], or empty for no norm.</param>
    /// <param name="keyNorm">[headDim], or empty for no norm.</param>
    /// <param name="sums">[2, 4 * groups, headDim]: written with each warp's gradients of queryNorm, then of keyNorm; empty without norms.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="keyValueHeads">Key-value heads.</param>
    /// <param name="headDim">Elements of a head, even.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckBackward))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    public static void Backward<T>(
        ArrayView<T> gradQkv, ArrayView<T> qkv, ArrayView<Float2> rotations, ArrayView<T> queryNorm, ArrayView<T> keyNorm, ArrayView<float> sums,
        int rowCount, int queryHeads, int keyValueHeads, int headDim, float epsilon)
        where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        int heads = queryHeads + keyValueHeads, half = headDim / 2, warp = (Grid.IdxX * Warps) + Warp.WarpIdx;
        // [query, key][pair][low, high]
        ArrayView<float> mine = LocalMemory.Allocate<float>(4 * MostPairsOfLane);
        for (int item = warp; item < rowCount * heads; item += Grid.DimX * Warps)
        {
            int row = item / heads, head = item % heads;
            long at = (((long)row * (heads + keyValueHeads)) + head) * headDim;
            ArrayView<T> gradient = gradQkv.SubView(at, headDim);
            ArrayView<Float2> turns = rotations.SubView(row * half, half);
            if (!queryNorm.IsValid)
            {
                for (int i = Warp.LaneIdx; i < half; i += Warp.WarpSize)
                {
                    Float2 back = TurnBack(gradient, turns[i], i, half);
                    gradient[i] = Element.FromFloat<T>(back.X);
                    gradient[i + half] = Element.FromFloat<T>(back.Y);
                }
            }
            else if (head < queryHeads)
            {
                UndoNorm(gradient, qkv.SubView(at, headDim), turns, queryNorm, mine.SubView(0, 2 * MostPairsOfLane), headDim, epsilon);
            }
            else
            {
                UndoNorm(gradient, qkv.SubView(at, headDim), turns, keyNorm, mine.SubView(2 * MostPairsOfLane, 2 * MostPairsOfLane), headDim, epsilon);
            }
        }

        if (!queryNorm.IsValid) return;
        ArrayView<float> ofQueries = sums.SubView(warp * headDim, headDim), ofKeys = sums.SubView(((Grid.DimX * Warps) + warp) * headDim, headDim);
        for (int j = 0; j < MostPairsOfLane; j++)
        {
            int i = Warp.LaneIdx + (j * Warp.WarpSize);
            if (i < half)
            {
                ofQueries[i] = mine[2 * j];
                ofQueries[i + half] = mine[(2 * j) + 1];
                ofKeys[i] = mine[(2 * MostPairsOfLane) + (2 * j)];
                ofKeys[i + half] = mine[(2 * MostPairsOfLane) + (2 * j) + 1];
            }
        }
    }

    private static Float2 TurnBack<T>(ArrayView<T> gradient, Float2 turn, int i, int half) where T : unmanaged
    {
        float low = Element.ToFloat(gradient[i]), high = Element.ToFloat(gradient[i + half]);
        return new Float2((low * turn.X) + (high * turn.Y), (high * turn.X) - (low * turn.Y));
    }

    // One head by one warp; a lane reads and writes its own pairs only.
    private static void UndoNorm<T>(
        ArrayView<T> gradient, ArrayView<T> x, ArrayView<Float2> turns, ArrayView<T> norm, ArrayView<float> mine, int headDim, float epsilon)
        where T : unmanaged
    {
        int half = headDim / 2;
        ArrayView<Float2> normed = LocalMemory.Allocate<Float2>(MostPairsOfLane), inputs = LocalMemory.Allocate<Float2>(MostPairsOfLane), weights = LocalMemory.Allocate<Float2>(MostPairsOfLane);
        float squares = 0f, products = 0f;
        for (int j = 0; j < MostPairsOfLane; j++)
        {
            int i = Warp.LaneIdx + (j * Warp.WarpSize);
            normed[j] = default;
            inputs[j] = default;
            weights[j] = default;
            if (i < half)
            {
                normed[j] = TurnBack(gradient, turns[i], i, half);
                inputs[j] = new Float2(Element.ToFloat(x[i]), Element.ToFloat(x[i + half]));
                weights[j] = new Float2(Element.ToFloat(norm[i]), Element.ToFloat(norm[i + half]));
            }

            squares += (inputs[j].X * inputs[j].X) + (inputs[j].Y * inputs[j].Y);
            products += (inputs[j].X * normed[j].X * weights[j].X) + (inputs[j].Y * normed[j].Y * weights[j].Y);
        }

        float factor = XMath.FastRsqrt((Warp.ReduceAdd(squares) / headDim) + epsilon), back = Warp.ReduceAdd(products) * factor * factor * factor / headDim;
        for (int j = 0; j < MostPairsOfLane; j++)
        {
            int i = Warp.LaneIdx + (j * Warp.WarpSize);
            mine[2 * j] += normed[j].X * inputs[j].X * factor;
            mine[(2 * j) + 1] += normed[j].Y * inputs[j].Y * factor;
            if (i < half)
            {
                gradient[i] = Element.FromFloat<T>((factor * weights[j].X * normed[j].X) - (inputs[j].X * back));
                gradient[i + half] = Element.FromFloat<T>((factor * weights[j].Y * normed[j].Y) - (inputs[j].Y * back));
            }
        }
    }

    /// <summary>Queues the backward pass of norms and rotation, and adds the gradients of the norms' weights.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="gradQkv">[rowCount, (queryHeads + 2 keyValueHeads) * headDim]. Queries and keys are replaced.</param>
    /// <param name="qkv">What the projection left, before norm and rotation; empty without norms.</param>
    /// <param name="rotations">[rowCount, headDim / 2].</param>
    /// <param name="queryNorm">[headDim], or empty for no norm.</param>
    /// <param name="keyNorm">[headDim], or empty for no norm.</param>
    /// <param name="gradQueryNorm">[headDim]. Added to; empty without norms.</param>
    /// <param name="gradKeyNorm">[headDim]. Added to; empty without norms.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="keyValueHeads">Key-value heads.</param>
    /// <param name="headDim">Elements of a head, even.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="workspace"><see cref="BackwardWorkspaceLength"/> floats; contents undefined before and after.</param>
    public static void LaunchGradients<T>(
        ComputeStream stream, ArrayView<T> gradQkv, ArrayView<T> qkv, ArrayView<Float2> rotations, ArrayView<T> queryNorm, ArrayView<T> keyNorm,
        ArrayView<float> gradQueryNorm, ArrayView<float> gradKeyNorm, int rowCount, int queryHeads, int keyValueHeads, int headDim, float epsilon, ArrayView<float> workspace)
        where T : unmanaged
    {
        int groups = BackwardGroups(rowCount, queryHeads + keyValueHeads);
        if (groups == 0) return;
        long sums = queryNorm.IsValid ? (long)groups * Warps * 2 * headDim : 0;
        LaunchBackward(
            stream, new LaunchConfig(groups), gradQkv, qkv, rotations, queryNorm, keyNorm, sums > 0 ? workspace.SubView(0, sums) : default, rowCount, queryHeads, keyValueHeads, headDim, epsilon);
        if (sums == 0) return;
        ColumnSums.Accumulate(stream, workspace.SubView(0, sums / 2), gradQueryNorm, groups * Warps, headDim, workspace.SubView(sums));
        ColumnSums.Accumulate(stream, workspace.SubView(sums / 2, sums / 2), gradKeyNorm, groups * Warps, headDim, workspace.SubView(sums));
    }

    /// <summary>Floats of workspace of the backward pass with norms.</summary>
    /// <param name="rowCount">Rows.</param>
    /// <param name="heads">Query and key heads.</param>
    /// <param name="headDim">Elements of a head.</param>
    public static long BackwardWorkspaceLength(int rowCount, int heads, int headDim)
    {
        int warps = BackwardGroups(rowCount, heads) * Warps;
        return ((long)warps * 2 * headDim) + ColumnSums.WorkspaceLength(warps, headDim);
    }

    private static int BackwardGroups(int rowCount, int heads) => (int)Math.Min(MostBackwardGroups, (((long)Math.Max(rowCount, 0) * heads) + Warps - 1) / Warps);

    private static void CheckBackward<T>(
        LaunchContract contract, ArrayView<T> gradQkv, ArrayView<T> qkv, ArrayView<Float2> rotations, ArrayView<T> queryNorm, ArrayView<T> keyNorm, ArrayView<float> sums,
        int rowCount, int queryHeads, int keyValueHeads, int headDim, float epsilon)
        where T : unmanaged
    {
        contract.NonNegative(rowCount);
        contract.Positive(queryHeads);
        contract.Positive(keyValueHeads);
        contract.InRange(headDim, 2, MaximumHeadDim);
        contract.MultipleOf(headDim, 2);
        long heads = queryHeads + (2L * keyValueHeads);
        contract.InRange(rowCount * heads, 0, int.MaxValue / 2);
        contract.Length(gradQkv, rowCount * heads * headDim);
        contract.Length(rotations, (long)rowCount * (headDim / 2));
        contract.Require(queryNorm.IsValid == keyNorm.IsValid, $"queries and keys must both have a norm or both none");
        contract.Require(epsilon >= 0, $"epsilon is {epsilon}; it keeps the mean square above zero, so it must not be negative");
        if (!queryNorm.IsValid) return;
        contract.Length(qkv, rowCount * heads * headDim);
        contract.Length(queryNorm, headDim);
        contract.Length(keyNorm, headDim);
        contract.Length(sums, (long)contract.Config.Grid.X * Warps * 2 * headDim);
        contract.Disjoint(gradQkv, qkv);
    }
}
