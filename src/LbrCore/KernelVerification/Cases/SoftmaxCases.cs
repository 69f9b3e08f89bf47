using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Softmax: short and long rows, unaligned ones, large logits, and rows for which there is no softmax.</summary>
internal static class SoftmaxCases
{
    private static readonly (int Rows, int Columns, int Offset)[] s_shapes =
    [
        (0, 64, 0), (1, 1, 0), (3, 8, 0), (2, 31, 0), (2, 32, 0), (9, 33, 0), (9, 64, 1), (33, 96, 0), (9, 1000, 0), (9, 1280, 0),
        (2, 4096, 0), (1, 5000, 0), (9, 20000, 0), (2, 20001, 0), (1, 151936, 0),
    ];

    // Parts of a row: some of them empty, more than threads in a group, more rows than one.
    private static readonly (int Rows, int Columns, int Parts)[] s_splits = [(0, 64, 3), (1, 8, 3), (9, 1000, 7), (2, 20000, 300), (1, 151936, 5)];

    public static IEnumerable<KernelCase> All => [.. Forward<float>(), .. Forward<BFloat16>(), .. Forward<Half>(), .. Split<float>(), .. Split<BFloat16>(), .. Split<Half>()];

    private static IEnumerable<KernelCase> Forward<T>() where T : unmanaged =>
        from shape in s_shapes
        from inPlace in new[] { false, true }
        let kernel = Softmax.ShapeFor<T>(shape.Columns)
        let name = $"rows={shape.Rows}, columns={shape.Columns}, offset={shape.Offset}{(inPlace ? ", in place" : "")}"
        select new KernelCase(Softmax.ForwardVariant<T>(kernel.Threads, kernel.Pieces), name, trial => Run<T>(trial, shape, inPlace, 1))
        {
            FitsScalarDevice = shape.Columns <= 20000 && shape.Rows < 9,
        };

    // The second kernel is right only if the first is; what both are judged by is the second one's output.
    private static IEnumerable<KernelCase> Split<T>() where T : unmanaged =>
        from shape in s_splits
        from variant in new[] { Softmax.SumPartsVariant<T>(), Softmax.ScalePartsVariant<T>() }
        select new KernelCase(variant, $"rows={shape.Rows}, columns={shape.Columns}, parts={shape.Parts}", trial => Run<T>(trial, (shape.Rows, shape.Columns, 0), false, shape.Parts))
        {
            FitsScalarDevice = shape.Columns <= 1000,
        };

    private static void Run<T>(KernelTrial trial, (int Rows, int Columns, int Offset) shape, bool inPlace, int parts) where T : unmanaged
    {
        T[] x = Logits<T>(shape);
        double[] values = Numbers.ToDouble(x), exact = SoftmaxReference.Exact(values, shape.Columns), plain = SoftmaxReference.Plain<T>(values, shape.Columns);
        ArrayView<T> from = inPlace ? trial.Replaced("x", x, exact, plain, shape.Offset) : trial.Input("x", x, shape.Offset);
        ArrayView<T> to = inPlace ? from : trial.Output<T>("y", exact, plain, shape.Offset);
        if (parts == 1)
        {
            Softmax.LaunchForward(trial.Stream, from, to, shape.Rows, shape.Columns);
            return;
        }

        ArrayView<Float2> sums = trial.Keep(trial.Device.Allocate<Float2>(shape.Rows * parts));
        var config = new LaunchConfig((parts, shape.Rows));
        Softmax.LaunchSumParts(trial.Stream, config, from, sums, shape.Rows, shape.Columns);
        Softmax.LaunchScaleParts(trial.Stream, config, from, sums, to, shape.Rows, shape.Columns);
    }

    // With nine rows or more: every second entry -inf; all -inf; one +inf; one NaN; huge logits; nearly the largest numbers of both signs; all alike; one finite entry.
    private static T[] Logits<T>((int Rows, int Columns, int Offset) shape) where T : unmanaged
    {
        T[] x = Numbers.Normal<T>(shape.Rows * shape.Columns, $"logits {shape}", 4);
        if (shape.Rows < 9) return x;
        double most = typeof(T) == typeof(Half) ? 60000 : 3e38, huge = typeof(T) == typeof(Half) ? 3000 : 1e5;
        for (int i = 0; i < shape.Columns; i++)
        {
            if (i % 2 == 1) Set(0, i, double.NegativeInfinity);
            Set(1, i, double.NegativeInfinity);
            if (i == shape.Columns / 2) Set(2, i, double.PositiveInfinity);
            if (i == shape.Columns / 2) Set(3, i, double.NaN);
            Set(4, i, huge + Numbers.ToDouble(x[(4 * shape.Columns) + i]));
            Set(5, i, i % 3 == 0 ? most : -most);
            Set(6, i, -1000);
            if (i != shape.Columns - 1) Set(7, i, double.NegativeInfinity);
        }

        return x;

        void Set(int row, int column, double value) => x[(row * shape.Columns) + column] = Numbers.Round<T>(value);
    }
}
