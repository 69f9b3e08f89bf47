using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>What tiles of a linear layer end in beside its plain result: gate times up, and slices of k left apart for the RMSNorm behind.</summary>
internal static class LinearTiledCases
{
    private const float Epsilon = 1e-6f;

    public static IEnumerable<KernelCase> All => [.. Gated<BFloat16>(), .. GatedWarpGroups<BFloat16>(WarpGroupShape.Gated), .. Slices<BFloat16>(), .. SlicesOfWarpGroups<BFloat16>(WarpGroupShape.Sliced), .. Norms<BFloat16>()];

    private static IEnumerable<KernelCase> Gated<T>() where T : unmanaged =>
        from shape in TiledShape.GatedShapes
        from sizes in new (int M, int Columns, int K)[]
        {
            (0, 8, 8), (1, 8, 8), (shape.TileM, 72, 2 * shape.TileK), (shape.TileM + 1, 80, shape.TileK + 8), (33, 152, (shape.Stages * shape.TileK) + 40),
        }
        select new KernelCase(shape.Variant<T, T>(), $"m={sizes.M}, columns={sizes.Columns}, k={sizes.K}", trial => RunGated<T>(trial, shape, sizes.M, sizes.Columns, sizes.K))
        { FitsScalarDevice = sizes.M == 1 };

    private static IEnumerable<KernelCase> GatedWarpGroups<T>(WarpGroupShape shape) where T : unmanaged =>
        from sizes in new (int M, int Columns, int K)[] { (0, 8, 8), (1, 8, 8), (shape.TileM, 72, 128), (shape.TileM + 1, 80, 72), (70, 152, (64 * shape.Stages) + 40) }
        select new KernelCase(shape.Variant<T, T>(), $"m={sizes.M}, columns={sizes.Columns}, k={sizes.K}", trial => RunGated<T>(trial, shape, sizes.M, sizes.Columns, sizes.K))
        { FitsScalarDevice = sizes.M == 1 };

    private static IEnumerable<KernelCase> Slices<T>() where T : unmanaged =>
        from shape in LinearShape.All.OfType<TiledShape>()
        where shape is { Split: true, Packed: true } && shape.IsCompiledFor(typeof(T), typeof(T))
        from sizes in new (int M, int N, int K, int Splits)[] { (17, shape.TileN + 8, 520, 3), (shape.TileM + 3, 40, 5 * shape.TileK, 5), (2, 16, 2 * shape.TileK, 1) }
        select new KernelCase(
            shape.Variant<T, T>(), $"m={sizes.M}, n={sizes.N}, k={sizes.K}, {sizes.Splits} slices apart", trial => RunSlices<T>(trial, shape, shape.TileK, sizes.M, sizes.N, sizes.K, sizes.Splits));

    private static IEnumerable<KernelCase> SlicesOfWarpGroups<T>(WarpGroupShape shape) where T : unmanaged =>
        from sizes in new (int M, int N, int K, int Splits)[] { (17, shape.TileN + 8, 520, 3), (shape.TileM + 3, 40, 9 * 64, 4), (1, 8, 8, 1) }
        select new KernelCase(
            shape.Variant<T, T>(), $"m={sizes.M}, n={sizes.N}, k={sizes.K}, {sizes.Splits} slices apart", trial => RunSlices<T>(trial, shape, 64, sizes.M, sizes.N, sizes.K, sizes.Splits))
        { FitsScalarDevice = sizes.M == 1 };

    private static IEnumerable<KernelCase> Norms<T>() where T : unmanaged =>
        from sizes in new (int Count, int Rows, int HiddenSize)[] { (0, 3, 64), (1, 5, 1024), (3, 9, 1536), (5, 2, 2048), (4, 3, 4096), (9, 2, 8192), (2, 0, 8) }
        let threads = ThreadsFor<T>(sizes.HiddenSize)
        select new KernelCase(
            RmsNorm.ForwardSlicesVariant<T>(threads), $"slices={sizes.Count}, rows={sizes.Rows}, hiddenSize={sizes.HiddenSize}", trial => RunNorm<T>(trial, sizes.Count, sizes.Rows, sizes.HiddenSize))
        { FitsScalarDevice = sizes.Rows < 10 };

    private static int ThreadsFor<T>(int hiddenSize) where T : unmanaged
    {
        bool packed = true;
        return RmsNorm.ThreadsFor<T>(hiddenSize, ref packed);
    }

    private static void RunGated<T>(KernelTrial trial, LinearShape shape, int m, int columns, int k) where T : unmanaged
    {
        T[] x = Numbers.Normal<T>(m * k, "x"), weight = Numbers.Normal<T>(2 * columns * k, "weight", 1 / Math.Sqrt(k));
        double[] xs = Numbers.ToDouble(x), weights = Numbers.ToDouble(weight);
        double[] exact = Gate(LinearReference.Exact(xs, weights, null, null, m, 2 * columns, k)), plain = Gate(LinearReference.Plain<T>(xs, weights, null, null, m, 2 * columns, k));
        Linear.ForwardGated(
            trial.Stream, shape, trial.Input("x", x), trial.Input("weight", weight), trial.Output<T>("y", exact, [.. plain.Select(Numbers.Rounded<T>)]), m, columns, k);

        double[] Gate(double[] z) => [.. Enumerable.Range(0, m * columns).Select(at => Silu(z[(at / columns * 2 * columns) + (at % columns)]) * z[(((at / columns * 2) + 1) * columns) + (at % columns)])];
    }

    private static double Silu(double value) => value / (1 + Math.Exp(-value));

    private static void RunSlices<T>(KernelTrial trial, LinearShape shape, int tileK, int m, int n, int k, int splits) where T : unmanaged
    {
        T[] x = Numbers.Normal<T>(m * k, "x"), weight = Numbers.Normal<T>(n * k, "weight", 1 / Math.Sqrt(k));
        double[] xs = Numbers.ToDouble(x), weights = Numbers.ToDouble(weight);
        int stages = (k + tileK - 1) / tileK, length = (stages + splits - 1) / splits * tileK;
        var exact = new List<double>();
        var plain = new List<double>();
        for (int slice = 0; slice < splits; slice++)
        {
            double[] part = [.. xs.Select((value, at) => at % k / length == slice ? value : 0)];
            exact.AddRange(LinearReference.Exact(part, weights, null, null, m, n, k));
            plain.AddRange(LinearReference.Plain<float>(part, weights, null, null, m, n, k));
        }

        Linear.ForwardSlices(
            trial.Stream, new LinearPlan(shape, splits), trial.Input("x", x), trial.Input("weight", weight), trial.Output<float>("slices", [.. exact], [.. plain]), m, n, k);
    }

    private static void RunNorm<T>(KernelTrial trial, int count, int rows, int hiddenSize) where T : unmanaged
    {
        float[] slices = Numbers.Normal<float>(count * rows * hiddenSize, "slices");
        T[] residual = Numbers.Normal<T>(rows * hiddenSize, "residual", 3), weight = Numbers.Normal<T>(hiddenSize, "weight");
        T[]? bias = count == 1 ? null : Numbers.Normal<T>(hiddenSize, "bias");
        double[] sum = Numbers.ToDouble(residual);
        for (int at = 0; at < slices.Length; at++) sum[at % sum.Length] += slices[at];
        double[] biases = bias is null ? [] : Numbers.ToDouble(bias);
        if (bias is not null)
            for (int at = 0; at < sum.Length; at++) sum[at] += biases[at % hiddenSize];
        // What is normalised is the sum as it is stored.
        double[] stored = Array.ConvertAll(sum, Numbers.Rounded<T>);
        double[] exact = RmsNormReference.Exact(stored, Numbers.ToDouble(weight), Epsilon), plain = RmsNormReference.Plain<T>(stored, Numbers.ToDouble(weight), Epsilon);
        RmsNorm.LaunchForwardSlices(
            trial.Stream, trial.Input("slices", slices), bias is null ? default : trial.Input("bias", bias), trial.Replaced("residual", residual, sum, stored), trial.Input("weight", weight), trial.Output<T>("y", exact, plain),
            count, rows, hiddenSize, Epsilon);
    }
}
