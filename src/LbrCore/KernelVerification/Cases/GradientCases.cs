using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Products of a backward pass, whole and in slices, with everything that may follow the sum; the backward pass of a norm in three types.</summary>
internal static class GradientCases
{
    private const float Epsilon = 1e-6f;

    private static readonly (string Kind, int M, int N, int K)[] s_products =
    [
        ("input", 0, 4, 8), ("input", 3, 5, 8), ("input gelu", 9, 33, 132), ("input roots", 12, 40, 16), ("weight", 5, 9, 4), ("weight", 300, 40, 136), ("weight", 700, 1, 24),
        ("columns", 50, 1, 12), ("columns add", 1000, 1, 300),
    ];

    public static IEnumerable<KernelCase> All => [.. Products(), .. Slices(), .. Normalize<float>(), .. Normalize<BFloat16>(), .. Normalize<Half>(), .. Backward<float>(), .. Backward<BFloat16>(), .. Backward<Half>()];

    private static IEnumerable<KernelCase> Products() =>
        from sizes in s_products
        select new KernelCase(GradientProducts.ForwardVariant(), sizes.ToString(), trial => RunProducts(trial, sizes.Kind, sizes.M, sizes.N, sizes.K)) { FitsScalarDevice = sizes.M < 20 };

    private static void RunProducts(KernelTrial trial, string kind, int m, int n, int k)
    {
        const int Slots = 2, Stride = 6;
        float[] a = kind.StartsWith("columns", StringComparison.Ordinal) ? [1f] : Numbers.Normal<float>(m * n, $"a {m} {n}");
        bool ofInput = kind.StartsWith("input", StringComparison.Ordinal);
        GradientProblem problem = ofInput ? GradientProblem.OfInput(m, n, k) : kind == "weight" ? GradientProblem.OfWeight(m, n, k) : GradientProblem.OfColumns(m, k, kind == "columns add");
        float[] b = Numbers.Normal<float>((ofInput ? n : m) * k, "b"), before = Numbers.Normal<float>(problem.Rows * k, "y");
        float[] u = Numbers.Normal<float>(problem.Rows * k, "u", 2), residual = Numbers.Normal<float>(problem.Rows / Stride * Slots * k, "residual");
        double[] exact = new double[problem.Rows * k], plain = new double[exact.Length];
        for (int at = 0; at < exact.Length; at++)
        {
            (int row, int column) = (at / k, at % k);
            float sum = 0;
            for (int term = 0; term < problem.Inner; term++)
            {
                float factor = a.Length == 1 ? 1 : ofInput ? a[(row * n) + term] : a[(term * n) + row];
                exact[at] += (double)factor * b[(term * k) + column];
                sum += factor * b[(term * k) + column];
            }

            double after = (kind == "input roots" && row % Stride < Slots ? residual[(((row / Stride * Slots) + (row % Stride)) * k) + column] : 0) + (problem.Accumulate ? before[at] : 0);
            double derivative = kind == "input gelu" ? RouterReference.GeluDerivative(u[at]) : 1;
            (exact[at], plain[at]) = ((exact[at] * derivative) + after, (float)((sum * (float)derivative) + after));
        }

        if (kind == "input gelu") problem = problem with { Preactivation = trial.Input("preactivation", u) };
        if (kind == "input roots") problem = problem with { Residual = trial.Input("residual", residual), Slots = Slots, Stride = Stride };
        ArrayView<float> y = problem.Accumulate ? trial.Replaced("y", before, exact, plain) : trial.Output<float>("y", exact, plain);
        using DeviceBuffer<float> workspace = trial.Device.Allocate<float>(1 << 14);
        GradientProducts.Launch(trial.Stream, trial.Input("a", a), trial.Input("b", b), y, problem, workspace);
    }

    private static IEnumerable<KernelCase> Slices() =>
        from accumulate in new[] { false, true }
        select new KernelCase(GradientProducts.SumSlicesVariant(), $"accumulate={accumulate}", trial =>
        {
            const int Length = 301, Slices = 5;
            float[] partials = Numbers.Normal<float>(Slices * Length, "partials"), before = Numbers.Normal<float>(Length, "before");
            float[] sums = new float[Length];
            for (int at = 0; at < Length; at++)
            {
                // The order is part of the promise, so the bits are.
                for (int slice = 0; slice < Slices; slice++) sums[at] += partials[(slice * Length) + at];
                if (accumulate) sums[at] += before[at];
            }

            ArrayView<float> y = accumulate ? trial.Replaced("y", before, sums) : trial.Output("y", sums);
            GradientProducts.LaunchSumSlices(trial.Stream, new LaunchConfig(2), trial.Input("partials", partials), y, Length, Slices, accumulate);
        })
        { FitsScalarDevice = true };

    private static IEnumerable<KernelCase> Normalize<T>() where T : unmanaged =>
        from sizes in new[] { (Rows: 0, K: 8), (Rows: 5, K: 8), (Rows: 7, K: 100), (Rows: 3, K: 1536) }
        select new KernelCase(NormGradient.NormalizeVariant<T>(), $"rows={sizes.Rows}, k={sizes.K}", trial =>
        {
            (int rows, int k) = sizes;
            (T[] x, int[] valid) = Rows<T>(rows, k);
            float[] gain = Numbers.Normal<float>(k, "gain");
            double[] exact = Masked(RmsNormReference.Exact(Numbers.ToDouble(x), Numbers.ToDouble(gain), Epsilon), valid, k);
            double[] plain = Masked(RmsNormReference.Plain<float>(Numbers.ToDouble(x), Numbers.ToDouble(gain), Epsilon), valid, k);
            NormGradient.LaunchNormalize(trial.Stream, trial.Input("x", x), trial.Input("gain", gain), trial.Input("valid", valid), trial.Output<float>("y", exact, plain), rows, k, Epsilon);
        })
        { FitsScalarDevice = sizes.K < 20 };

    private static IEnumerable<KernelCase> Backward<T>() where T : unmanaged =>
        from sizes in new[] { (Rows: 0, K: 8), (Rows: 5, K: 8), (Rows: 6, K: 100), (Rows: 3, K: 264) }
        from accumulate in new[] { false, true }
        select new KernelCase(NormGradient.BackwardVariant<T>(), $"rows={sizes.Rows}, k={sizes.K}, accumulate={accumulate}", trial => RunBackward<T>(trial, sizes.Rows, sizes.K, accumulate))
        { FitsScalarDevice = sizes.K < 20 };

    private static void RunBackward<T>(KernelTrial trial, int rows, int k, bool accumulate) where T : unmanaged
    {
        (T[] x, int[] valid) = Rows<T>(rows, k);
        float[] gain = Numbers.Normal<float>(k, "gain"), dn = Numbers.Normal<float>(rows * k, "dn"), before = Numbers.Normal<float>(rows * k, "before");
        double[] terms = new double[rows * k], dx = new double[rows * k];
        for (int row = 0; row < rows; row++)
        {
            double[] values = Numbers.ToDouble(x[(row * k)..((row + 1) * k)]);
            double factor = 1 / Math.Sqrt(values.Average(value => value * value) + Epsilon);
            for (int i = 0; i < k; i++)
            {
                int at = (row * k) + i;
                if (valid[row] != 0)
                {
                    terms[at] = dn[at] * values[i] * factor;
                    // The Jacobian of the norm, entry by entry.
                    for (int l = 0; l < k; l++) dx[at] += dn[(row * k) + l] * gain[l] * (((l == i ? 1 : 0) * factor) - (values[l] * values[i] * factor * factor * factor / k));
                }

                if (accumulate) dx[at] += before[at];
            }
        }

        // Sums of k terms that cancel: a few roundings of the largest.
        double[] loose = Array.ConvertAll(dx, value => value + (3e-7 * Math.Sqrt(k)));
        ArrayView<float> dxView = accumulate ? trial.Replaced("dx", before, dx, loose) : trial.Output<float>("dx", dx, loose);
        NormGradient.LaunchBackward(
            trial.Stream, trial.Input("x", x), trial.Input("gain", gain), trial.Input("valid", valid), trial.Replaced("gradient", dn, terms, Array.ConvertAll(terms, value => value * (1 + 3e-7))),
            dxView, rows, k, Epsilon, accumulate);
    }

    // The second row of three is absent, whatever stands there.
    private static (T[] X, int[] Valid) Rows<T>(int rows, int k) where T : unmanaged
    {
        T[] x = Numbers.Normal<T>(rows * k, $"x {rows} {k}", 2);
        for (int row = 1; row < rows; row += 3) x[(row * k) + 1] = Numbers.Round<T>(double.NaN);
        return (x, [.. Enumerable.Range(0, rows).Select(row => row % 3 == 1 ? 0 : 1)]);
    }

    private static double[] Masked(double[] values, int[] valid, int k) => [.. values.Select((value, at) => valid[at / k] == 0 ? 0 : value)];
}
