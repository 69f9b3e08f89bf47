using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Linear layers with their norm: both tiles, sizes that fill them and sizes that do not, residuals in place and from the roots of trees, GELU.</summary>
internal static class NormLinearCases
{
    private const float Epsilon = 1e-6f;

    private sealed record Sizes(int M, int N, int K)
    {
        public bool Normalize { get; init; }

        public bool Gelu { get; init; }

        public bool InPlace { get; init; }

        public int Slots { get; init; }

        public int Stride { get; init; }
    }

    private static readonly Sizes[] s_sizes =
    [
        new(0, 8, 4), new(1, 1, 4), new(3, 5, 8) { Normalize = true }, new(4, 17, 132) { Gelu = true }, new(9, 33, 516) { Normalize = true, Gelu = true },
        new(6, 16, 64) { Slots = 3, Stride = 12 }, new(8, 12, 100) { InPlace = true }, new(33, 70, 2048) { Normalize = true },
    ];

    public static IEnumerable<KernelCase> All =>
        from sizes in s_sizes
        from tile in new[] { (Rows: 4, Columns: 1), (Rows: 8, Columns: 4) }
        select new KernelCase(NormLinear.ForwardVariant(sizes.Normalize, tile.Rows, tile.Columns), sizes.ToString(), trial => Run(trial, sizes, tile.Rows, tile.Columns))
        { FitsScalarDevice = sizes.M < 5 };

    private static void Run(KernelTrial trial, Sizes sizes, int tileRows, int tileColumns)
    {
        (int m, int n, int k) = (sizes.M, sizes.N, sizes.K);
        (int slots, int stride) = (Math.Max(sizes.Slots, 1), Math.Max(sizes.Stride, 1));
        float[] x = Numbers.Normal<float>(m * k, $"x {sizes}"), gain = Numbers.Normal<float>(k, "gain"), weight = Numbers.Normal<float>(n * k, "weight", 1 / Math.Sqrt(k));
        bool hasResidual = sizes.InPlace || sizes.Slots > 0;
        float[] residual = hasResidual ? Numbers.Normal<float>(m == 0 ? 0 : (((m - 1) / slots * stride) + ((m - 1) % slots) + 1) * n, "residual") : [];
        double[] rows = Numbers.ToDouble(x), gains = Numbers.ToDouble(gain), weights = Numbers.ToDouble(weight);
        double[] normed = sizes.Normalize ? RmsNormReference.Exact(rows, gains, Epsilon) : rows, plainNormed = sizes.Normalize ? RmsNormReference.Plain<float>(rows, gains, Epsilon) : rows;
        double[] sums = LinearReference.Exact(normed, weights, null, null, m, n, k), plainSums = LinearReference.Plain<float>(plainNormed, weights, null, null, m, n, k);
        double[] exact = Finish(sums, value => value), plain = Finish(plainSums, value => (float)value);

        ArrayView<float> y = sizes.InPlace ? trial.Replaced("y", residual, exact, plain) : trial.Output<float>("y", exact, plain);
        ArrayView<float> residualView = sizes.InPlace ? y : hasResidual ? trial.Input("residual", residual) : default;
        ArrayView<float> preactivation = sizes.Gelu ? trial.Output<float>("preactivation", sums, plainSums) : default;
        NormLinear.LaunchForward(
            trial.Stream, new LaunchConfig((m + tileRows - 1) / tileRows * ((n + (4 * tileColumns) - 1) / (4 * tileColumns))), trial.Input("x", x),
            sizes.Normalize ? trial.Input("gain", gain) : default, trial.Input("weight", weight), residualView, preactivation, y,
            m, n, k, slots, stride, Epsilon, sizes.Gelu, sizes.Normalize, tileRows, tileColumns);

        double[] Finish(double[] before, Func<double, double> round)
        {
            var after = new double[before.Length];
            for (int at = 0; at < after.Length; at++)
            {
                int row = at / n;
                after[at] = round((sizes.Gelu ? RouterReference.Gelu(before[at]) : before[at]) + (hasResidual ? residual[((((row / slots) * stride) + (row % slots)) * n) + (at % n)] : 0));
            }

            return after;
        }
    }
}
