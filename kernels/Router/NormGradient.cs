namespace LbrCore.Kernels;

// NormGradient
// purpose   What the backward pass of a root mean square norm needs beside products: the normalised rows again, and the gradient of the input.
// math      n = gain * x * f,  f = 1 / sqrt(mean x^2 + epsilon)
//           dx = f * (dn * gain) - x * f^3 / k * sum_l dn_l gain_l x_l        dgain_l = sum over rows of dn_l x_l f
// shapes    x [rows, k] of type T, all else float32
// mapping   one warp a row, lanes split it
// numerics  float32; lane sums in order, then a butterfly. Rows of absent nodes give zeros, whatever stands there.
// source    Zhang and Sennrich, Root Mean Square Layer Normalization (2019)
/// <summary>The backward pass of the router's norms.</summary>
public static partial class NormGradient
{
    private const int Warps = 4;

    /// <summary>y = gain * x / rms(x).</summary>
    /// <param name="x">[rows, k].</param>
    /// <param name="gain">[k].</param>
    /// <param name="valid">[rows]: 0 where the row is absent; or empty.</param>
    /// <param name="y">[rows, k]. Written; zeros for absent rows.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="k">Columns.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    [Kernel(GroupSize = Warps * Warp.WarpSize, Use = KernelUse.Training, Contract = nameof(CheckNormalize))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    public static void Normalize<T>(ArrayView<T> x, ArrayView<float> gain, ArrayView<int> valid, ArrayView<float> y, int rows, int k, float epsilon) where T : unmanaged
    {
        int row = (Grid.IdxX * Warps) + Warp.WarpIdx;
        if (row >= rows) return;
        bool present = !valid.IsValid || valid[row] != 0;
        ArrayView<T> from = x.SubView((long)row * k, k);
        ArrayView<float> to = y.SubView((long)row * k, k);
        float factor = present ? XMath.FastRsqrt((SumOfSquares(from, k) / k) + epsilon) : 0f;
        for (int i = Warp.LaneIdx; i < k; i += Warp.WarpSize) to[i] = present ? gain[i] * (Element.ToFloat(from[i]) * factor) : 0f;
    }

    /// <summary>dx (+)= the gradient of x; replaces the gradient of n by its terms of the gradient of gain.</summary>
    /// <param name="x">[rows, k].</param>
    /// <param name="gain">[k].</param>
    /// <param name="valid">[rows]: 0 where the row is absent; or empty.</param>
    /// <param name="gradient">[rows, k]: dn. Replaced by dn * x * f, whose sums over rows are the gradient of gain.</param>
    /// <param name="dx">[rows, k]. Written; or empty: not wanted.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="k">Columns.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="accumulate">Whether what dx holds is added.</param>
    [Kernel(GroupSize = Warps * Warp.WarpSize, Use = KernelUse.Training, Contract = nameof(CheckBackward))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    public static void Backward<T>(
        ArrayView<T> x, ArrayView<float> gain, ArrayView<int> valid, ArrayView<float> gradient, ArrayView<float> dx, int rows, int k, float epsilon, bool accumulate)
        where T : unmanaged
    {
        int row = (Grid.IdxX * Warps) + Warp.WarpIdx;
        if (row >= rows) return;
        bool present = !valid.IsValid || valid[row] != 0;
        long start = (long)row * k;
        ArrayView<T> from = x.SubView(start, k);
        ArrayView<float> dn = gradient.SubView(start, k);
        float factor = 0f, projection = 0f;
        if (present)
        {
            factor = XMath.FastRsqrt((SumOfSquares(from, k) / k) + epsilon);
            for (int i = Warp.LaneIdx; i < k; i += Warp.WarpSize) projection = XMath.Fma(dn[i] * gain[i], Element.ToFloat(from[i]), projection);
            projection = Warp.ReduceAdd(projection) * factor * factor / k;
        }

        for (int i = Warp.LaneIdx; i < k; i += Warp.WarpSize)
        {
            float value = present ? Element.ToFloat(from[i]) : 0f, ahead = present ? dn[i] : 0f;
            dn[i] = ahead * value * factor;
            if (dx.IsValid)
            {
                float mine = factor * ((ahead * gain[i]) - (value * projection));
                dx[start + i] = accumulate ? dx[start + i] + mine : mine;
            }
        }
    }

    private static float SumOfSquares<T>(ArrayView<T> row, int k) where T : unmanaged
    {
        float sum = 0f;
        for (int i = Warp.LaneIdx; i < k; i += Warp.WarpSize)
        {
            float value = Element.ToFloat(row[i]);
            sum = XMath.Fma(value, value, sum);
        }

        return Warp.ReduceAdd(sum);
    }

    /// <summary>Queues <see cref="Normalize"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[rows, k].</param>
    /// <param name="gain">[k].</param>
    /// <param name="valid">[rows]; or empty.</param>
    /// <param name="y">[rows, k]. Written.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="k">Columns.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    public static void LaunchNormalize<T>(ComputeStream stream, ArrayView<T> x, ArrayView<float> gain, ArrayView<int> valid, ArrayView<float> y, int rows, int k, float epsilon)
        where T : unmanaged => LaunchNormalize(stream, LaunchConfig.Cover(rows, Warps), x, gain, valid, y, rows, k, epsilon);

    /// <summary>Queues <see cref="Backward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[rows, k].</param>
    /// <param name="gain">[k].</param>
    /// <param name="valid">[rows]; or empty.</param>
    /// <param name="gradient">[rows, k]: dn. Replaced by the terms of the gradient of gain.</param>
    /// <param name="dx">[rows, k]. Written; or empty.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="k">Columns.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="accumulate">Whether what dx holds is added.</param>
    public static void LaunchBackward<T>(
        ComputeStream stream, ArrayView<T> x, ArrayView<float> gain, ArrayView<int> valid, ArrayView<float> gradient, ArrayView<float> dx, int rows, int k, float epsilon, bool accumulate)
        where T : unmanaged => LaunchBackward(stream, LaunchConfig.Cover(rows, Warps), x, gain, valid, gradient, dx, rows, k, epsilon, accumulate);

    private static void CheckNormalize<T>(LaunchContract contract, ArrayView<T> x, ArrayView<float> gain, ArrayView<int> valid, ArrayView<float> y, int rows, int k, float epsilon)
        where T : unmanaged
    {
        contract.NonNegative(rows);
        contract.Positive(k);
        contract.Length(x, (long)rows * k);
        contract.Length(gain, k);
        if (valid.IsValid) contract.Length(valid, rows);
        contract.Length(y, (long)rows * k);
        contract.GridAtLeast(LaunchConfig.Cover(rows, Warps).Grid);
    }

    private static void CheckBackward<T>(
        LaunchContract contract, ArrayView<T> x, ArrayView<float> gain, ArrayView<int> valid, ArrayView<float> gradient, ArrayView<float> dx, int rows, int k, float epsilon, bool accumulate)
        where T : unmanaged
    {
        CheckNormalize(contract, x, gain, valid, gradient, rows, k, epsilon);
        if (!dx.IsValid) return;
        contract.Length(dx, (long)rows * k);
        contract.Disjoint(dx, gradient);
        contract.Disjoint(dx, x);
    }
}
