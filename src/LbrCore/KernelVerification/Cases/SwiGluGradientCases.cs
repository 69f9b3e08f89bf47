using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Gradients of the gated activation: widths with and without 16-byte pieces, and gates whose exponential overflows or vanishes.</summary>
internal static class SwiGluGradientCases
{
    private static readonly (int Rows, int Columns, int Offset)[] s_shapes = [(0, 8, 0), (1, 1, 0), (3, 8, 0), (2, 33, 0), (5, 64, 1), (4, 176, 0), (70, 24, 0)];

    private static readonly double[] s_gates = [0, -0.0, 20, -20, 90, -90, 3e3, -3e3];

    public static IEnumerable<KernelCase> All => [.. Backward<float>(), .. Backward<BFloat16>()];

    private static IEnumerable<KernelCase> Backward<T>() where T : unmanaged =>
        from shape in s_shapes
        select new KernelCase(SwiGlu.BackwardVariant<T>(), shape.ToString(), trial => Run<T>(trial, shape)) { FitsScalarDevice = shape.Columns <= 33 };

    private static void Run<T>(KernelTrial trial, (int Rows, int Columns, int Offset) shape) where T : unmanaged
    {
        (int rows, int columns, int offset) = shape;
        T[] x = Numbers.Normal<T>(rows * 2 * columns, $"swiglu {shape}", 2), gradY = Numbers.Normal<T>(rows * columns, "gradY");
        for (int i = 0; i < Math.Min(s_gates.Length, rows == 0 ? 0 : columns); i++) x[i] = Numbers.Round<T>(s_gates[i]);
        (double[] exact, double[] plain) = GradientReference.Both<T>(arithmetic =>
        {
            var gradients = new double[x.Length];
            for (int i = 0; i < gradY.Length; i++)
            {
                int at = (i / columns * 2 * columns) + (i % columns);
                double gate = Numbers.ToDouble(x[at]), up = Numbers.ToDouble(x[at + columns]), gradient = Numbers.ToDouble(gradY[i]);
                double on = arithmetic.Round(1 / (1 + arithmetic.Exp(-gate))), off = arithmetic.Round(1 / (1 + arithmetic.Exp(gate)));
                gradients[at] = arithmetic.Round(gradient * arithmetic.Round(arithmetic.Round(up * on) * arithmetic.Round(1 + arithmetic.Round(gate * off))));
                gradients[at + columns] = arithmetic.Round(gradient * arithmetic.Round(gate * on));
            }

            return gradients;
        });
        SwiGlu.LaunchBackward(trial.Stream, trial.Input("x", x, offset), trial.Input("gradY", gradY, offset), trial.Output<T>("gradX", exact, plain, offset), rows, columns);
    }
}
