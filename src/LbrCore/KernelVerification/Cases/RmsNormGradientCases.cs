using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Gradients of the norm's input: short and long rows, written and added to, with and without a rounded copy.</summary>
internal static class RmsNormGradientCases
{
    private const float Epsilon = 1e-6f;

    private static readonly (int Rows, int HiddenSize, bool Accumulate)[] s_shapes = [(0, 8, false), (1, 3, false), (3, 33, true), (2, 64, false), (5, 256, true), (2, 1000, false)];

    public static IEnumerable<KernelCase> All => [.. Backward<float, float>(), .. Backward<BFloat16, BFloat16>(), .. Backward<BFloat16, float>()];

    private static IEnumerable<KernelCase> Backward<T, TGrad>()
        where T : unmanaged
        where TGrad : unmanaged =>
        from shape in s_shapes
        select new KernelCase(RmsNorm.BackwardVariant<T, TGrad>(), shape.ToString(), trial => Run<T, TGrad>(trial, shape)) { FitsScalarDevice = shape.HiddenSize < 100 };

    private static void Run<T, TGrad>(KernelTrial trial, (int Rows, int HiddenSize, bool Accumulate) shape)
        where T : unmanaged
        where TGrad : unmanaged
    {
        (int rows, int size, bool accumulate) = shape;
        T[] x = Numbers.Normal<T>(rows * size, $"x {shape}"), weight = Numbers.Normal<T>(size, "weight");
        TGrad[] gradY = Numbers.Normal<TGrad>(rows * size, "gradY");
        float[] before = Numbers.Normal<float>(rows * size, "gradX");
        double[] factors = new double[rows];
        (double[] exact, double[] plain) = GradientReference.Both<float>(arithmetic =>
        {
            double[] gradients = accumulate ? Numbers.ToDouble(before) : new double[before.Length];
            for (int row = 0; row < rows; row++)
            {
                double[] values = Numbers.ToDouble(x[(row * size)..((row + 1) * size)]);
                double[] weighted = [.. Numbers.ToDouble(gradY[(row * size)..((row + 1) * size)]).Zip(Numbers.ToDouble(weight), (g, w) => arithmetic.Round(g * w))];
                double factor = arithmetic.ReciprocalRoot(arithmetic.Round(arithmetic.Dot(values, values) / size) + Epsilon);
                if (!arithmetic.Single) factors[row] = factor;
                double back = arithmetic.Round(arithmetic.Dot(values, weighted) * factor * factor * factor / size);
                for (int i = 0; i < size; i++)
                    gradients[(row * size) + i] = arithmetic.Round(gradients[(row * size) + i] + arithmetic.Round((factor * weighted[i]) - arithmetic.Round(values[i] * back)));
            }

            return gradients;
        });
        ArrayView<float> gradX = accumulate ? trial.Replaced("gradX", before, exact, plain) : trial.Output<float>("gradX", exact, plain);
        ArrayView<T> rounded = accumulate ? trial.Output<T>("rounded", exact, Array.ConvertAll(plain, Numbers.Rounded<T>)) : default;
        ArrayView<float> stored = trial.Output<float>("factors", factors, Array.ConvertAll(factors, factor => factor * (1 + 2e-7)));
        RmsNorm.LaunchBackward(trial.Stream, new LaunchConfig(rows), trial.Input("x", x), trial.Input("weight", weight), trial.Input("gradY", gradY), gradX, rounded, stored, rows, size, Epsilon, accumulate, size % 8 == 0);
    }
}
