using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Softmax: short and long rows, unaligned ones, large logits, and rows for which there is no softmax.</summary>
internal static class SoftmaxCases
{
    private static readonly (int Rows, int Columns, int Offset)[] s_shapes =
    [
        (0, 64, 0), (1, 1, 0), (3, 8, 0), (2, 31, 0), (2, 32, 0), (9, 33, 0), (9, 64, 1), (33, 96, 0), (9, 1000, 0), (1, 5000, 0), (2, 4096, 0), (2, 20001, 0), (1, 151936, 0),
    ];

    public static IEnumerable<KernelCase> All => [.. Forward<float>(), .. Forward<BFloat16>(), .. Forward<Half>()];

    private static IEnumerable<KernelCase> Forward<T>() where T : unmanaged =>
        s_shapes.SelectMany(shape => new[] { false, true }.Select(inPlace =>
            new KernelCase(Softmax.ForwardVariant<T>(Softmax.ThreadsFor<T>(shape.Columns)), $"rows={shape.Rows}, columns={shape.Columns}, offset={shape.Offset}{(inPlace ? ", in place" : "")}", trial => Run<T>(trial, shape, inPlace))
            {
                FitsScalarDevice = shape.Columns is <= 64 or 5000 && shape.Rows < 10,
            }));

    private static void Run<T>(KernelTrial trial, (int Rows, int Columns, int Offset) shape, bool inPlace) where T : unmanaged
    {
        T[] x = Logits<T>(shape);
        double[] values = Numbers.ToDouble(x), exact = SoftmaxReference.Exact(values, shape.Columns), plain = SoftmaxReference.Plain<T>(values, shape.Columns);
        ArrayView<T> from = inPlace ? trial.Replaced("x", x, exact, plain, shape.Offset) : trial.Input("x", x, shape.Offset);
        ArrayView<T> to = inPlace ? from : trial.Output<T>("y", exact, plain, shape.Offset);
        Softmax.LaunchForward(trial.Stream, from, to, shape.Rows, shape.Columns);
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
