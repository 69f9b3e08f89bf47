namespace LbrCore.Kernels;

// NormLinear
// purpose   The projections of the router: a linear layer in float32 with the norm before it and what follows it in one launch, for few rows above all. A decode step pays for every
//           launch, and the router has a dozen of them in a row.
// math      y[i,j] = f( sum_l n[i,l] w[j,l] ) + residual[i,j],   n[i,l] = gain[l] x[i,l] / sqrt(mean_l x[i,l]^2 + epsilon), or x itself;  f = GELU, or the identity
//           The factor of a row stands before the sum, so the squares are summed on the way and nothing is read twice.
// shapes    x [m, k], gain [k], w [n, k], y and preactivation [m, n]; row-major. Row i of residual is row (i / slots) * stride + i % slots of its matrix.
// mapping   A warp owns tileRows x tileColumns outputs; its lanes split k in 16-byte pieces, and one scattered butterfly adds them up. Few rows: (4, 1), so that every
//           multiprocessor has a part of w, and the first pieces of w are asked for before the kernel ahead has finished. Many rows: (8, 4), each loaded value used 4 to 8 times.
// traffic   few rows: w once; many: (tileRows + tileColumns) loads for tileRows * tileColumns multiply-adds
// numerics  a lane adds its pieces in order, then a tree over lanes by distance 16, 8, 4, 2, 1: the same bits for both tiles and any m, so that a trainer that scores thousands
//           of steps finds what the decoder found one by one. rsqrt.approx, 2 ulp.
// source    Zhang and Sennrich, Root Mean Square Layer Normalization (2019); Hendrycks and Gimpel, Gaussian Error Linear Units (2016), the tanh form
/// <summary>Linear layers in float32 with norm, activation and residual fused.</summary>
/// <remarks>w is read before the dependency of a programmatic dependent launch is waited for: launch dependently only where no kernel just ahead writes it.</remarks>
public static partial class NormLinear
{
    private const int Warps = 4;

    /// <summary>y = f(norm(x) w^T) + residual.</summary>
    /// <param name="x">[m, k].</param>
    /// <param name="gain">[k]: weight of the norm; not read where <paramref name="normalize"/> is false.</param>
    /// <param name="weight">[n, k].</param>
    /// <param name="residual">Rows of n; or empty for none. May be <paramref name="y"/> where row i is its row i.</param>
    /// <param name="preactivation">[m, n]: the sums before f, kept for the backward pass; or empty.</param>
    /// <param name="y">[m, n]. Written.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w.</param>
    /// <param name="k">Columns of both, a multiple of 4.</param>
    /// <param name="slots">Rows of y that lie together in residual.</param>
    /// <param name="stride">Rows of residual from one such stretch to the next.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="gelu">Whether f is GELU.</param>
    /// <param name="normalize">Whether rows of x are normalised.</param>
    /// <param name="tileRows">Rows of a warp.</param>
    /// <param name="tileColumns">Columns of a warp.</param>
    [Kernel(GroupSize = Warps * Warp.WarpSize, Contract = nameof(CheckForward))]
    [Variant(false, 4, 1)]
    [Variant(false, 8, 4)]
    [Variant(true, 4, 1)]
    [Variant(true, 8, 4)]
    public static void Forward(
        ArrayView<float> x, ArrayView<float> gain, ArrayView<float> weight, ArrayView<float> residual, ArrayView<float> preactivation, ArrayView<float> y,
        int m, int n, int k, int slots, int stride, float epsilon, bool gelu, [Const] bool normalize, [Const] int tileRows, [Const] int tileColumns)
    {
        Grid.TriggerLaunchCompletion();
        int rowTiles = (m + tileRows - 1) / tileRows;
        int firstRow = Grid.IdxX % rowTiles * tileRows, firstColumn = ((Grid.IdxX / rowTiles * Warps) + Warp.WarpIdx) * tileColumns;
        if (firstColumn >= n) return;
        ArrayView<float> sums = LocalMemory.Allocate<float>(tileRows * tileColumns), squares = LocalMemory.Allocate<float>(tileRows);
        RowProducts.Accumulate(x, gain, weight, sums, squares, firstRow, firstColumn, m, n, k, normalize, tileRows, tileColumns);
        float sum = WarpReduce.AddScattered(sums, tileRows * tileColumns);
        if (normalize) sum *= XMath.FastRsqrt((WarpReduce.AddScattered(squares, tileRows) / k) + epsilon);

        int lanesPerOutput = Warp.WarpSize / (tileRows * tileColumns), output = Warp.LaneIdx / lanesPerOutput;
        int row = firstRow + (output / tileColumns), column = firstColumn + (output % tileColumns);
        if (Warp.LaneIdx % lanesPerOutput != 0 || row >= m || column >= n) return;
        long at = ((long)row * n) + column;
        if (preactivation.IsValid) preactivation[at] = sum;
        if (gelu) sum = Gelu.Value(sum);
        if (residual.IsValid) sum += residual[((((long)(row / slots) * stride) + (row % slots)) * n) + column];
        y[at] = sum;
    }

    /// <summary>Queues <see cref="Forward"/> with the tile that suits the sizes.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[m, k].</param>
    /// <param name="gain">[k], or empty: rows are taken as they are.</param>
    /// <param name="weight">[n, k].</param>
    /// <param name="y">[m, n]. Written; shares no element with <paramref name="x"/> or <paramref name="weight"/>.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w.</param>
    /// <param name="k">Columns of both, a multiple of 4.</param>
    /// <param name="options">What follows the sum.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void Launch(
        ComputeStream stream, ArrayView<float> x, ArrayView<float> gain, ArrayView<float> weight, ArrayView<float> y, int m, int n, int k,
        in NormLinearOptions options = default, bool dependent = false)
    {
        (int tileRows, int tileColumns) = RowProducts.TileFor(stream.Device.Info, m, n);
        var config = new LaunchConfig(RowProducts.Groups(m, n, tileRows, tileColumns, Warps)) { DependentLaunch = dependent };
        LaunchForward(
            stream, config, x, gain, weight, options.Residual, options.Preactivation, y, m, n, k,
            Math.Max(options.Slots, 1), Math.Max(options.Stride, 1), options.Epsilon, options.Gelu, gain.IsValid, tileRows, tileColumns);
    }

    private static void CheckForward(
        LaunchContract contract, ArrayView<float> x, ArrayView<float> gain, ArrayView<float> weight, ArrayView<float> residual, ArrayView<float> preactivation, ArrayView<float> y,
        int m, int n, int k, int slots, int stride, float epsilon, bool gelu, bool normalize, int tileRows, int tileColumns)
    {
        RowProducts.Check(contract, x, gain, weight, m, n, k, normalize, RowProducts.Groups(m, n, tileRows, tileColumns, Warps));
        contract.InRange(slots, 1, stride);
        contract.Length(y, (long)m * n);
        contract.Disjoint(y, x);
        contract.Disjoint(y, weight);
        if (preactivation.IsValid) contract.Length(preactivation, (long)m * n);
        if (residual.IsValid && m > 0) contract.Length(residual, (((long)((m - 1) / slots) * stride) + ((m - 1) % slots) + 1) * n);
        if (residual.IsValid && slots != stride) contract.Disjoint(y, residual);
    }
}
