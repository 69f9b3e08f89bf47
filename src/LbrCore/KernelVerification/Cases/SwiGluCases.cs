using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>The gated activation: widths with and without 16-byte pieces, and gates whose exponential overflows or vanishes.</summary>
internal static class SwiGluCases
{
    private static readonly (int Rows, int Columns, int Offset)[] s_shapes = [(0, 8, 0), (1, 1, 0), (3, 8, 0), (2, 33, 0), (5, 64, 1), (4, 176, 0), (3, 8960, 0), (300, 24, 0)];

    private static readonly double[] s_gates = [0, -0.0, 20, -20, 90, -90, 3e3, -3e3];

    public static IEnumerable<KernelCase> All => [.. Forward<float>(), .. Forward<BFloat16>(), .. Forward<Half>()];

    private static IEnumerable<KernelCase> Forward<T>() where T : unmanaged =>
        from shape in s_shapes
        select new KernelCase(SwiGlu.ForwardVariant<T>(), $"rows={shape.Rows}, columns={shape.Columns}, offset={shape.Offset}", trial => Run<T>(trial, shape))
        { FitsScalarDevice = shape.Columns <= 33 };

    private static void Run<T>(KernelTrial trial, (int Rows, int Columns, int Offset) shape) where T : unmanaged
    {
        (int rows, int columns, int offset) = shape;
        T[] x = Numbers.Normal<T>(rows * 2 * columns, $"swiglu {shape}", 2);
        for (int i = 0; i < Math.Min(s_gates.Length, rows == 0 ? 0 : columns); i++) x[i] = Numbers.Round<T>(s_gates[i]);
        double[] values = Numbers.ToDouble(x), exact = new double[rows * columns], plain = new double[rows * columns];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < columns; i++)
            {
                double gate = values[(row * 2 * columns) + i], up = values[(row * 2 * columns) + columns + i];
                exact[(row * columns) + i] = gate / (1 + Math.Exp(-gate)) * up;
                // As transformers: the activation is rounded before it multiplies.
                plain[(row * columns) + i] = Numbers.Rounded<T>(Numbers.Rounded<T>((float)gate / (1f + MathF.Exp((float)-gate))) * up);
            }
        }

        SwiGlu.LaunchForward(trial.Stream, trial.Input("x", x, offset), trial.Output<T>("y", exact, plain, offset), rows, columns);
    }
}
