using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>A norm, a projection of few rows and what follows in one kernel: every compiled shape, k around the borders of units and stages, heads of 16 to 80, padding, no bias.</summary>
internal static class NormedCases
{
    private const float Epsilon = 1e-6f;

    private static readonly (int RowTiles, int Units, int Warps, int RotateBuffers, int GluBuffers, bool Keep)[] s_shapes =
        [(1, 1, 24, 1, 1, true), (1, 2, 12, 2, 2, false), (2, 2, 12, 1, 2, true), (2, 2, 8, 2, 2, false)];

    public static IEnumerable<KernelCase> All =>
        from shape in s_shapes
        from swiGlu in new[] { false, true }
        let buffers = swiGlu ? shape.GluBuffers : shape.RotateBuffers
        let variant = Linear.NormedVariant<BFloat16>(swiGlu, shape.RowTiles, shape.Units, shape.Warps, buffers, shape.Keep)
        from sizes in Sizes(shape.RowTiles, shape.Keep)
        select new KernelCase(
            variant, $"m={sizes.M}, k={sizes.K}, {(swiGlu ? $"columns={sizes.HeadDim}" : $"{sizes.Heads}/{sizes.Groups} heads of {sizes.HeadDim}")}{(sizes.Bias ? ", bias" : "")}",
            trial => Run<BFloat16>(trial, sizes, swiGlu, shape.RowTiles, shape.Units, shape.Warps, buffers, shape.Keep))
        { FitsScalarDevice = sizes.K <= 72 };

    private static IEnumerable<(int M, int K, int Heads, int Groups, int HeadDim, bool Bias)> Sizes(int rowTiles, bool keep)
    {
        int most = 8 * rowTiles;
        yield return (2, 72, 1, 1, 16, true);
        yield return (most, 1528, 2, 1, 64, true);
        yield return (most - 3, 520, 3, 3, 80, false);
        if (!keep) yield return (most, 3592, 2, 1, 32, true);
    }

    private static void Run<T>(KernelTrial trial, (int M, int K, int Heads, int Groups, int HeadDim, bool Bias) sizes, bool swiGlu, int rowTiles, int units, int warps, int buffers, bool keep)
        where T : unmanaged
    {
        (int m, int k, int d) = (sizes.M, sizes.K, sizes.HeadDim);
        int n = swiGlu ? 2 * d : (sizes.Heads + (2 * sizes.Groups)) * d;
        T[] x = Numbers.Normal<T>(m * k, $"x {m} {k}", 3), gamma = Numbers.Normal<T>(k, "gamma"), weight = Numbers.Normal<T>(n * k, "weight", 1 / Math.Sqrt(k)), bias = sizes.Bias ? Numbers.Normal<T>(n, "bias") : [];
        double[] exact = new double[m * n], plain = new double[m * n];
        for (int row = 0; row < m; row++)
        {
            double[] of = Numbers.ToDouble(x[(row * k)..((row + 1) * k)]), g = Numbers.ToDouble(gamma);
            double inverse = 1 / Math.Sqrt((of.Sum(value => value * value) / k) + Epsilon);
            double[] normed = [.. of.Zip(g, (value, by) => value * inverse * by)];
            double[] rounded = [.. of.Zip(g, (value, by) => Numbers.Rounded<T>(Numbers.Rounded<T>(value * inverse) * by))];
            for (int i = 0; i < n; i++)
            {
                double[] w = Numbers.ToDouble(weight[(i * k)..((i + 1) * k)]);
                double added = sizes.Bias ? Numbers.ToDouble(bias[i..(i + 1)])[0] : 0;
                exact[(row * n) + i] = normed.Zip(w, (a, b) => a * b).Sum() + added;
                plain[(row * n) + i] = Numbers.Rounded<T>(rounded.Zip(w, (a, b) => a * b).Sum() + added);
            }
        }

        int tiles = n / 16, groups = Math.Max(1, (tiles + 1) / 2);
        ArrayView<T> xs = trial.Input("x", x), gammas = trial.Input("gamma", gamma), weights = trial.Input("weight", weight), biases = sizes.Bias ? trial.Input("bias", bias) : default;
        if (swiGlu)
        {
            ArrayView<T> gated = trial.Output<T>("y", Gate(exact, m, d), [.. Gate(plain, m, d).Select(value => Numbers.Rounded<T>(value))]);
            Linear.LaunchNormed(trial.Stream, new LaunchConfig(groups), xs, gammas, weights, biases, gated, default, default, default, default, m, n, k, Epsilon, 0, 0, 0, default, true, rowTiles, units, warps, buffers, keep);
            return;
        }

        var cache = new Cache<T>(m, sizes.Heads, sizes.Groups, d);
        ArrayView<T> y = trial.Replaced("y", cache.Before(m * n), cache.Queries(exact), cache.Queries(plain));
        ArrayView<T> keys = trial.Replaced("keys", cache.Before(cache.Elements), cache.Stored(exact, true), cache.Stored(plain, true));
        ArrayView<T> values = trial.Replaced("values", cache.Before(cache.Elements), cache.Stored(exact, false), cache.Stored(plain, false));
        Linear.LaunchNormed(
            trial.Stream, new LaunchConfig(groups), xs, gammas, weights, biases, y, trial.Input("rows", cache.Rows), trial.Input("rotations", cache.Rotations), keys, values,
            m, n, k, Epsilon, sizes.Heads, sizes.Groups, d, cache.Layout, false, rowTiles, units, warps, buffers, keep);
    }

    private static double[] Gate(double[] z, int m, int columns) =>
        [.. from row in Enumerable.Range(0, m) from i in Enumerable.Range(0, columns) let gate = z[(row * 2 * columns) + i] select gate / (1 + Math.Exp(-gate)) * z[(((row * 2) + 1) * columns) + i]];

    /// <summary>Where rotated rows go: two sequences in turn, the third row is padding.</summary>
    private sealed class Cache<T> where T : unmanaged
    {
        private readonly int _heads;
        private readonly int _groups;
        private readonly int _headDim;
        private readonly double[] _angles;

        public Cache(int rows, int heads, int groups, int headDim)
        {
            (_heads, _groups, _headDim) = (heads, groups, headDim);
            Layout = CacheLayout.HeadMajor(groups, rows + 2, headDim);
            Rows = [.. Enumerable.Range(0, rows).Select(row => row == 2 ? TokenRow.Padding : new TokenRow { Sequence = row % 2, Position = row, Prefix = 0, Slot = row + 1 })];
            _angles = [.. Enumerable.Range(0, rows * headDim / 2).Select(i => 0.37 * i)];
            Rotations = [.. _angles.Select(angle => new Float2((float)Math.Cos(angle), (float)Math.Sin(angle)))];
        }

        public CacheLayout Layout { get; }

        public TokenRow[] Rows { get; }

        public Float2[] Rotations { get; }

        public int Elements => 2 * (int)Layout.SequenceStride;

        public T[] Before(int count) => Numbers.Normal<T>(count, "before");

        // Keys and values of y stay as they were.
        public double[] Queries(double[] z)
        {
            int n = z.Length / Rows.Length;
            double[] result = Numbers.ToDouble(Before(z.Length));
            for (int row = 0; row < Rows.Length; row++)
                for (int head = 0; head < _heads; head++) Rotated(z, row, head).CopyTo(result, (row * n) + (head * _headDim));
            return result;
        }

        public double[] Stored(double[] z, bool areKeys)
        {
            double[] result = Numbers.ToDouble(Before(Elements));
            int n = z.Length / Rows.Length;
            for (int row = 0; row < Rows.Length; row++)
            {
                if (Rows[row].Sequence < 0) continue;
                for (int head = 0; head < _groups; head++)
                {
                    int at = (int)(Rows[row].Sequence * Layout.SequenceStride) + (head * Layout.HeadStride) + (Rows[row].Slot * Layout.SlotStride);
                    int from = (row * n) + ((_heads + _groups + head) * _headDim);
                    double[] stored = areKeys ? Rotated(z, row, _heads + head) : z[from..(from + _headDim)];
                    stored.CopyTo(result, at);
                }
            }

            return result;
        }

        private double[] Rotated(double[] z, int row, int head)
        {
            int n = z.Length / Rows.Length, start = (row * n) + (head * _headDim), half = _headDim / 2;
            var result = new double[_headDim];
            for (int i = 0; i < half; i++)
            {
                (double sin, double cos) = Math.SinCos(_angles[(row * half) + i]);
                result[i] = (z[start + i] * cos) - (z[start + half + i] * sin);
                result[half + i] = (z[start + half + i] * cos) + (z[start + i] * sin);
            }

            return result;
        }
    }
}
