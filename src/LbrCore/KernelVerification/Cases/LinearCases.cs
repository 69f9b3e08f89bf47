using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>The linear layer: every shape of every kernel, at sizes that fill its tiles and at sizes that do not.</summary>
internal static class LinearCases
{
    public static IEnumerable<KernelCase> All =>
    [
        .. Kernels<float, float>(),
        .. Kernels<BFloat16, BFloat16>(),
        .. Kernels<BFloat16, float>(),
        .. Kernels<Half, Half>(),
        .. Kernels<Half, float>(),
    ];

    private static IEnumerable<KernelCase> Kernels<T, TOut>()
        where T : unmanaged
        where TOut : unmanaged =>
        from shape in LinearShape.All
        where shape.IsCompiledFor(typeof(T), typeof(TOut))
        from sizes in shape switch
        {
            PortableShape p => Portable(p),
            FewRowsShape f => FewRows(f),
            TiledShape t => Tiled(t),
            WarpGroupShape w => WarpGroups(w),
            _ => [],
        }
        select new KernelCase(shape.Variant<T, TOut>(), sizes.ToString(), trial => Run<T, TOut>(trial, shape, sizes)) { FitsScalarDevice = sizes.FitsScalarDevice };

    private static IEnumerable<LinearSizes> Portable(PortableShape shape) =>
    [
        new(0, 5, 7), new(1, 1, 1) { FitsScalarDevice = true }, new(1, 33, 31) { Bias = true, FitsScalarDevice = true }, new(3, 32, 33) { Offset = 1 },
        new(4, 31, 32) { Residual = true }, new(5, 65, 100) { Bias = true, Residual = true, InPlace = true, Offset = 1 }, new(3, 40, 0) { Bias = true },
        new(33, 40, 257) { NotANumber = true }, new(shape.TileRows, 64, 1024),
    ];

    private static IEnumerable<LinearSizes> FewRows(FewRowsShape shape)
    {
        int rows = 8 * shape.RowTiles, deep = shape.KeepInputs ? 64 * shape.Units * shape.Warps : (64 * shape.Units * shape.Warps * 2) + 136;
        return
        [
            new(0, 16, 8), new(1, 1, 8) { FitsScalarDevice = true }, new(rows, shape.Tile, 64), new(3, 33, 72) { Bias = true, Offset = 1 },
            new(rows - 1, 130, 1000) { Bias = true, Residual = true, InPlace = true }, new(rows, 41, deep) { Residual = true, NotANumber = true }, new(2, 31, 136),
        ];
    }

    private static IEnumerable<LinearSizes> Tiled(TiledShape shape)
    {
        // Shapes that store 16 bytes at a time need rows of multiples of eight.
        int odd = shape.Packed ? 8 : 9;
        yield return new(0, 8, 8);
        yield return new(1, shape.Packed ? 8 : 1, 8) { FitsScalarDevice = true };
        yield return new(shape.TileM, shape.TileN, 2 * shape.TileK) { Bias = true };
        yield return new(shape.TileM + 1, shape.TileN + odd, shape.TileK + 8) { Residual = true, NotANumber = true };
        yield return new(33, 64 + odd, (shape.Stages * shape.TileK) + 40) { Bias = true, Residual = true, InPlace = true };
        if (!shape.Packed) yield return new(31, 40, 24) { Bias = true, Residual = true, Offset = 1 };
        if (!shape.Split) yield break;
        yield return new(17, shape.TileN + 8, 1000) { Bias = true, Splits = 3 };
        yield return new(shape.TileM + 3, 32 + odd, 5 * shape.TileK) { Residual = true, Splits = 5 };
    }

    private static IEnumerable<LinearSizes> WarpGroups(WarpGroupShape shape) =>
    [
        new(0, 8, 8), new(1, 8, 8) { FitsScalarDevice = true }, new(5, 40, 0) { Bias = true }, new(shape.TileM, shape.TileN, 128) { Bias = true },
        new(shape.TileM + 1, shape.TileN + 8, 72) { Residual = true, NotANumber = true }, new(70, 72, (64 * shape.Stages) + 40) { Bias = true, Residual = true, InPlace = true },
        new(1100, 16, 200) { Bias = true },
    ];

    private static void Run<T, TOut>(KernelTrial trial, LinearShape shape, LinearSizes sizes)
        where T : unmanaged
        where TOut : unmanaged
    {
        (int m, int n, int k) = (sizes.M, sizes.N, sizes.K);
        T[] x = Numbers.Normal<T>(m * k, "x"), weight = Numbers.Normal<T>(n * k, "weight", 1 / Math.Sqrt(Math.Max(k, 1)));
        T[]? bias = sizes.Bias ? Numbers.Normal<T>(n, "bias") : null;
        TOut[]? residual = sizes.Residual ? Numbers.Normal<TOut>(m * n, "residual") : null;
        if (sizes.NotANumber)
        {
            // One row and two columns of y must be lost, and no more.
            x[((m - 1) * k) + (k / 2)] = Numbers.Round<T>(double.NaN);
            weight[((n / 2) * k) + k - 1] = Numbers.Round<T>(double.PositiveInfinity);
            weight[k - 1] = Numbers.Round<T>(double.NaN);
        }

        double[] xs = Numbers.ToDouble(x), weights = Numbers.ToDouble(weight);
        double[]? biases = bias is null ? null : Numbers.ToDouble(bias), residuals = residual is null ? null : Numbers.ToDouble(residual);
        double[] exact = LinearReference.Exact(xs, weights, biases, residuals, m, n, k), plain = LinearReference.Plain<TOut>(xs, weights, biases, residuals, m, n, k);

        // Kernels that need aligned inputs get them.
        int inputOffset = shape is PortableShape ? sizes.Offset : 0;
        ArrayView<T> biasView = bias is null ? default : trial.Input("bias", bias, sizes.Offset);
        ArrayView<TOut> y = sizes.InPlace ? trial.Replaced("y", residual!, exact, plain, sizes.Offset) : trial.Output<TOut>("y", exact, plain, sizes.Offset);
        ArrayView<TOut> residualView = residual is null ? default : sizes.InPlace ? y : trial.Input("residual", residual, sizes.Offset);
        ArrayView<T> xView = trial.Input("x", x, inputOffset), weightView = trial.Input("weight", weight, inputOffset);
        LinearProblem problem = LinearProblem.Of(xView, weightView, biasView, residualView, y, m, n, k);
        LinearWorkspace? workspace = sizes.Splits > 1 ? trial.Keep(new LinearWorkspace(trial.Device, shape.PartialSums(problem, sizes.Splits), shape.Groups(problem))) : null;
        LinearPlan plan = LinearPlan.With(shape, trial.Device.Info, problem, Math.Max(1, sizes.Splits));
        // Twice where groups meet in the workspace: it must be left as it was found.
        for (int i = 0; i < (workspace is null ? 1 : 2); i++) Linear.Forward(trial.Stream, plan, xView, weightView, y, m, n, k, biasView, residualView, workspace);
    }
}
