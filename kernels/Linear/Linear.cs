namespace LbrCore.Kernels;

// Linear
// purpose   The matrix product of every projection of a transformer, with what may follow it fused: bias and residual.
// math      y[i,j] = sum_l x[i,l] w[j,l] (+ bias[j]) (+ residual[i,j]); products and sums in float32, one rounding to the output type at the end
// shapes    x [m, k], w [n, k] (as checkpoints store it), bias [n], residual and y [m, n]; all row-major; residual may be y
// regimes   m = 1..16    the time to read w once: FewRows streams w through tensor cores straight from global memory
//           m = 17..128  still w's bytes, but x no longer fits beside it: Tiled with k split over groups
//           larger m     2 m n k operations: Tiled, bound by tensor cores
//           129 and more WarpGroups, on compute capability 9.0: up to 192 rows in one tile, gate and up in one kernel, short projections in slices of k; 193 to 255 Tiled
//           any          Portable: any shape, type, alignment and device
// numerics  every kernel adds in an order that depends on shapes and launch alone, also across groups (no float atomics): the same bits on every run.
/// <summary>y = x w^T (+ bias) (+ residual): the linear layer.</summary>
/// <remarks>w and bias are read before the dependency of a programmatic dependent launch is waited for: launch dependently only where no kernel just ahead writes them.</remarks>
public static partial class Linear
{
    /// <summary>Largest k: positions within a tile of up to 256 rows stay inside an <see cref="int"/>.</summary>
    public const int MaximumK = 1 << 22;

    /// <summary>Queues y = x w^T (+ bias) (+ residual) by the kernel that <see cref="LinearPlan.For"/> chooses.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[m, k].</param>
    /// <param name="weight">[n, k].</param>
    /// <param name="y">[m, n]. Written; shares no element with <paramref name="x"/> or <paramref name="weight"/>.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w.</param>
    /// <param name="k">Columns of both.</param>
    /// <param name="bias">[n], or empty for none.</param>
    /// <param name="residual">[m, n], or empty for none; may be <paramref name="y"/>.</param>
    /// <param name="workspace">Lets groups split k where m n alone does not fill the device. Null: they do not.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    /// <returns>What was launched.</returns>
    /// <exception cref="LaunchContractException">A view is too short for its sizes, or a size is negative.</exception>
    /// <exception cref="MissingVariantException">No kernel is compiled for these element types.</exception>
    public static LinearPlan Forward<T, TOut>(
        ComputeStream stream, ArrayView<T> x, ArrayView<T> weight, ArrayView<TOut> y, int m, int n, int k,
        ArrayView<T> bias = default, ArrayView<TOut> residual = default, LinearWorkspace? workspace = null, bool dependent = false)
        where T : unmanaged
        where TOut : unmanaged
    {
        LinearProblem problem = LinearProblem.Of(x, weight, bias, residual, y, Math.Max(m, 0), Math.Max(n, 0), Math.Max(k, 0));
        LinearPlan plan = LinearPlan.For(stream.Device.Info, problem, workspace);
        Forward(stream, plan, x, weight, y, m, n, k, bias, residual, workspace, dependent);
        return plan;
    }

    /// <summary>Queues y = x w^T (+ bias) (+ residual) by a plan made before for the same sizes and alignment.</summary>
    /// <inheritdoc cref="Forward{T, TOut}(ComputeStream, ArrayView{T}, ArrayView{T}, ArrayView{TOut}, int, int, int, ArrayView{T}, ArrayView{TOut}, LinearWorkspace?, bool)"/>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="plan">What is launched.</param>
    /// <param name="x">[m, k].</param>
    /// <param name="weight">[n, k].</param>
    /// <param name="y">[m, n]. Written; shares no element with <paramref name="x"/> or <paramref name="weight"/>.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w.</param>
    /// <param name="k">Columns of both.</param>
    /// <param name="bias">[n], or empty for none.</param>
    /// <param name="residual">[m, n], or empty for none; may be <paramref name="y"/>.</param>
    /// <param name="workspace">The workspace that the plan was made with.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void Forward<T, TOut>(
        ComputeStream stream, LinearPlan plan, ArrayView<T> x, ArrayView<T> weight, ArrayView<TOut> y, int m, int n, int k,
        ArrayView<T> bias = default, ArrayView<TOut> residual = default, LinearWorkspace? workspace = null, bool dependent = false)
        where T : unmanaged
        where TOut : unmanaged
    {
        var operands = new LinearOperands<T, TOut>
        {
            X = x,
            Weight = weight,
            Bias = bias,
            Residual = residual,
            Y = y,
            Problem = LinearProblem.Of(x, weight, bias, residual, y, m, n, k),
        };
        plan.Shape.Launch(stream, operands, plan, workspace, dependent);
    }

    // What follows the sum of products, in the order of the formula. An empty view is an absent operand.
    private static void Store<T, TOut>(float sum, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, int row, int column, int n)
        where T : unmanaged
        where TOut : unmanaged
    {
        long at = ((long)row * n) + column;
        if (bias.IsValid) sum += Element.ToFloat(bias[column]);
        if (residual.IsValid) sum += Element.ToFloat(residual[at]);
        y[at] = Element.FromFloat<TOut>(sum);
    }

    private static void CheckShapes<T, TOut>(
        LaunchContract contract, ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, int m, int n, int k,
        bool gated = false)
        where T : unmanaged
        where TOut : unmanaged
    {
        contract.NonNegative(m);
        contract.NonNegative(n);
        contract.InRange(k, 0, MaximumK);
        contract.Length(x, (long)m * k);
        contract.Length(weight, (long)n * k);
        contract.Length(y, (long)m * (gated ? n / 2 : n));
        if (gated) contract.Require(!bias.IsValid && !residual.IsValid, "a gated layer adds neither bias nor residual; leave both empty");
        if (bias.IsValid) contract.Length(bias, n);
        if (residual.IsValid) contract.Length(residual, (long)m * n);
        contract.Disjoint(y, x);
        contract.Disjoint(y, weight);
    }
}
