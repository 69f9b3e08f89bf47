namespace LbrCore.Kernels;

// RouterScore
// purpose   The end of the router: one number a slot.
// math      s[q] = w . x[q]
// mapping   one warp a slot; lanes split the width
// numerics  float32; lane sums in order, then a butterfly. With w = 0 every score is exactly 0.
/// <summary>Linear scores of slots.</summary>
public static partial class RouterScore
{
    private const int Warps = 4;

    /// <summary>scores[q] = weight . x[q].</summary>
    /// <param name="x">[rows, width].</param>
    /// <param name="weight">[width].</param>
    /// <param name="scores">[rows]. Written.</param>
    /// <param name="rows">Slots of all trees.</param>
    /// <param name="width">Width of the router.</param>
    [Kernel(GroupSize = Warps * Warp.WarpSize, Contract = nameof(CheckForward))]
    public static void Forward(ArrayView<float> x, ArrayView<float> weight, ArrayView<float> scores, int rows, int width)
    {
        Grid.TriggerLaunchCompletion();
        int row = (Grid.IdxX * Warps) + Warp.WarpIdx;
        if (row >= rows) return;
        Grid.DependencySynchronize();
        ArrayView<float> vector = x.SubView((long)row * width, width);
        float sum = 0f;
        for (int i = Warp.LaneIdx; i < width; i += Warp.WarpSize) sum = XMath.Fma(vector[i], weight[i], sum);
        sum = Warp.ReduceAdd(sum);
        if (Warp.LaneIdx == 0) scores[row] = sum;
    }

    /// <summary>Queues <see cref="Forward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[rows, width].</param>
    /// <param name="weight">[width].</param>
    /// <param name="scores">[rows]. Written.</param>
    /// <param name="rows">Slots of all trees.</param>
    /// <param name="width">Width of the router.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void Launch(ComputeStream stream, ArrayView<float> x, ArrayView<float> weight, ArrayView<float> scores, int rows, int width, bool dependent = false) =>
        LaunchForward(stream, LaunchConfig.Cover(rows, Warps) with { DependentLaunch = dependent }, x, weight, scores, rows, width);

    private static void CheckForward(LaunchContract contract, ArrayView<float> x, ArrayView<float> weight, ArrayView<float> scores, int rows, int width)
    {
        contract.NonNegative(rows);
        contract.Positive(width);
        contract.Length(x, (long)rows * width);
        contract.Length(weight, width);
        contract.Length(scores, rows);
        contract.GridAtLeast(LaunchConfig.Cover(rows, Warps).Grid);
    }
}
