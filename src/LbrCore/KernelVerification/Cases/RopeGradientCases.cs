using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Gradients through rotation and head norms: head sizes up to 256, with and without norms, more heads than warps.</summary>
internal static class RopeGradientCases
{
    private const float Epsilon = 1e-6f;

    private const int Warps = 4;

    private sealed record Shape(int Rows, int QueryHeads, int KeyValueHeads, int HeadDim, bool Norm, int Groups);

    private static readonly Shape[] s_shapes =
    [
        new(1, 1, 1, 2, false, 1), new(2, 2, 1, 16, true, 1), new(5, 4, 2, 64, false, 3), new(7, 3, 1, 80, true, 2), new(3, 2, 2, 256, true, 3), new(1, 1, 1, 30, true, 2),
    ];

    public static IEnumerable<KernelCase> All => [.. Backward<float>(), .. Backward<BFloat16>()];

    private static IEnumerable<KernelCase> Backward<T>() where T : unmanaged =>
        from shape in s_shapes
        select new KernelCase(Rope.BackwardVariant<T>(), shape.ToString(), trial => Run<T>(trial, shape)) { FitsScalarDevice = shape.HeadDim <= 64 };

    private static void Run<T>(KernelTrial trial, Shape shape) where T : unmanaged
    {
        (int rows, int d, int heads, int half) = (shape.Rows, shape.HeadDim, shape.QueryHeads + shape.KeyValueHeads, shape.HeadDim / 2);
        int width = (heads + shape.KeyValueHeads) * d, warps = shape.Groups * Warps;
        T[] qkv = Numbers.Normal<T>(rows * width, $"qkv {shape}"), gradient = Numbers.Normal<T>(qkv.Length, "gradient");
        T[] queryNorm = Numbers.Normal<T>(d, "query norm"), keyNorm = Numbers.Normal<T>(d, "key norm");
        Float2[] rotations = [.. Numbers.Normal<float>(rows * half, "angles", 3).Select(a => new Float2(MathF.Cos(a), MathF.Sin(a)))];
        double[] exactSums = new double[2 * warps * d], plainSums = new double[exactSums.Length];
        (double[] exact, double[] plain) = GradientReference.Both<T>(arithmetic =>
        {
            double[] result = Numbers.ToDouble(gradient), sums = arithmetic.Single ? plainSums : exactSums;
            for (int item = 0; item < rows * heads; item++)
            {
                (int row, int head) = (item / heads, item % heads);
                int at = (row * width) + (head * d);
                bool query = head < shape.QueryHeads;
                double[] back = TurnBack(result[at..(at + d)], rotations[(row * half)..((row + 1) * half)], arithmetic);
                if (shape.Norm)
                {
                    double[] x = Numbers.ToDouble(qkv[at..(at + d)]), weight = Numbers.ToDouble(query ? queryNorm : keyNorm);
                    double[] weighted = [.. back.Zip(weight, (b, w) => arithmetic.Round(b * w))];
                    double factor = arithmetic.ReciprocalRoot(arithmetic.Round(arithmetic.Dot(x, x) / d) + Epsilon);
                    double share = arithmetic.Round(arithmetic.Dot(x, weighted) * factor * factor * factor / d);
                    int sumAt = ((query ? 0 : warps) + (item % warps)) * d;
                    for (int i = 0; i < d; i++)
                    {
                        sums[sumAt + i] = arithmetic.Round(sums[sumAt + i] + arithmetic.Round(back[i] * x[i] * factor));
                        back[i] = arithmetic.Round((factor * weighted[i]) - arithmetic.Round(x[i] * share));
                    }
                }

                back.CopyTo(result, at);
            }

            return result;
        });
        Rope.LaunchBackward(
            trial.Stream, new LaunchConfig(shape.Groups), trial.Replaced("gradQkv", gradient, exact, plain), shape.Norm ? trial.Input("qkv", qkv) : default, trial.Input("rotations", rotations),
            shape.Norm ? trial.Input("queryNorm", queryNorm) : default, shape.Norm ? trial.Input("keyNorm", keyNorm) : default,
            shape.Norm ? trial.Output<float>("sums", exactSums, Array.ConvertAll(plainSums, sum => sum * (1 + 4e-7))) : default,
            rows, shape.QueryHeads, shape.KeyValueHeads, d, Epsilon);
    }

    private static double[] TurnBack(double[] y, Float2[] turns, GradientReference arithmetic)
    {
        int half = y.Length / 2;
        var x = new double[y.Length];
        for (int i = 0; i < half; i++)
        {
            x[i] = arithmetic.Round(arithmetic.Round(y[i] * turns[i].X) + arithmetic.Round(y[i + half] * turns[i].Y));
            x[i + half] = arithmetic.Round(arithmetic.Round(y[i + half] * turns[i].X) - arithmetic.Round(y[i] * turns[i].Y));
        }

        return x;
    }
}
