using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Matrices turned over: tiles that are full and that are not, rows filled up with zeros.</summary>
internal static class TransposeCases
{
    private static readonly (int Rows, int Columns, int Stride)[] s_shapes = [(0, 3, 0), (0, 3, 8), (1, 1, 1), (5, 33, 8), (32, 32, 32), (70, 10, 72), (33, 65, 40)];

    public static IEnumerable<KernelCase> All => [.. Forward<float>(), .. Forward<BFloat16>()];

    private static IEnumerable<KernelCase> Forward<T>() where T : unmanaged =>
        from shape in s_shapes
        select new KernelCase(Transpose.ForwardVariant<T>(), shape.ToString(), trial =>
        {
            (int rows, int columns, int stride) = shape;
            T[] x = Numbers.Normal<T>(rows * columns, $"x {shape}"), y = new T[columns * stride];
            for (int i = 0; i < x.Length; i++) y[(i % columns * stride) + (i / columns)] = x[i];
            Transpose.LaunchForward(trial.Stream, trial.Input("x", x), trial.Output("y", y), rows, columns, stride);
        })
        { FitsScalarDevice = shape.Rows < 6 };
}
