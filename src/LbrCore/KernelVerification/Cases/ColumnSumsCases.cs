using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Sums over rows: more rows than a part, columns that do not fill a warp, written and added to.</summary>
internal static class ColumnSumsCases
{
    private static readonly (int Rows, int Columns, int RowsPerPart, bool Accumulate)[] s_shapes = [(1, 1, 1, false), (9, 33, 9, true), (20, 5, 7, false), (300, 40, 256, false), (31, 64, 31, true)];

    public static IEnumerable<KernelCase> All =>
    [
        .. Sum<float>(), .. Sum<BFloat16>(), .. Products<float, float>(), .. Products<BFloat16, BFloat16>(), .. Products<BFloat16, float>(),
    ];

    private static IEnumerable<KernelCase> Sum<T>() where T : unmanaged =>
        from shape in s_shapes
        select new KernelCase(ColumnSums.SumVariant<T>(), shape.ToString(), trial =>
        {
            T[] x = Numbers.Normal<T>(shape.Rows * shape.Columns, $"x {shape}");
            Run(trial, shape, Numbers.ToDouble(x), (y, config) =>
                ColumnSums.LaunchSum(trial.Stream, config, trial.Input("x", x), y, shape.Rows, shape.Columns, shape.RowsPerPart, shape.Accumulate));
        })
        { FitsScalarDevice = shape.Rows < 40 };

    private static IEnumerable<KernelCase> Products<T, TOther>()
        where T : unmanaged
        where TOther : unmanaged =>
        from shape in s_shapes
        select new KernelCase(ColumnSums.ProductsVariant<T, TOther>(), shape.ToString(), trial =>
        {
            T[] x = Numbers.Normal<T>(shape.Rows * shape.Columns, $"x {shape}");
            TOther[] other = Numbers.Normal<TOther>(x.Length, "other");
            float[] factors = Numbers.Normal<float>(shape.Rows, "factors");
            double[] products = [.. x.Select((value, i) => Numbers.ToDouble(value) * factors[i / shape.Columns] * Numbers.ToDouble(other[i]))];
            Run(trial, shape, products, (y, config) => ColumnSums.LaunchProducts(
                trial.Stream, config, trial.Input("x", x), trial.Input("other", other), trial.Input("factors", factors), y, shape.Rows, shape.Columns, shape.RowsPerPart, shape.Accumulate));
        })
        { FitsScalarDevice = shape.Rows < 40 };

    private static void Run(KernelTrial trial, (int Rows, int Columns, int RowsPerPart, bool Accumulate) shape, double[] terms, Action<ArrayView<float>, LaunchConfig> launch)
    {
        int parts = (shape.Rows + shape.RowsPerPart - 1) / shape.RowsPerPart;
        float[] before = Numbers.Normal<float>(parts * shape.Columns, "y");
        (double[] exact, double[] plain) = GradientReference.Both<float>(arithmetic =>
        {
            double[] sums = shape.Accumulate ? Numbers.ToDouble(before) : new double[before.Length];
            for (int i = 0; i < terms.Length; i++)
            {
                int at = (i / shape.Columns / shape.RowsPerPart * shape.Columns) + (i % shape.Columns);
                sums[at] = arithmetic.Round(sums[at] + arithmetic.Round(terms[i]));
            }

            return sums;
        });
        ArrayView<float> y = shape.Accumulate ? trial.Replaced("y", before, exact, plain) : trial.Output<float>("y", exact, plain);
        launch(y, new LaunchConfig(((shape.Columns + 31) / 32, parts)));
    }
}
