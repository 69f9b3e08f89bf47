using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Log-probabilities over a vocabulary in chunks: repeated targets, absent ones, a temperature, logits of -infinity.</summary>
internal static class LogProbsCases
{
    private sealed record Shape(int Rows, int Columns, int Stride, int First, int PerRow, float InverseTemperature);

    private static readonly Shape[] s_shapes =
    [
        new(1, 1, 8, 0, 1, 1f), new(5, 10, 16, 0, 3, 1f), new(6, 33, 40, 10, 2, 0.7f), new(9, 1000, 1000, 0, 4, 1f), new(3, 100, 104, 1000, 1, 2f),
    ];

    public static IEnumerable<KernelCase> All =>
    [
        .. s_shapes.Select(shape => new KernelCase(LogProbs.AccumulateVariant(), shape.ToString(), trial => RunAccumulate(trial, shape)) { FitsScalarDevice = shape.Columns < 40 }),
        .. s_shapes.Select(shape => new KernelCase(LogProbs.FinishVariant(), shape.ToString(), trial => RunFinish(trial, shape)) { FitsScalarDevice = shape.Columns < 40 }),
        .. Gradient<float>(),
        .. Gradient<BFloat16>(),
    ];

    private static IEnumerable<KernelCase> Gradient<T>() where T : unmanaged =>
        s_shapes.Select(shape => new KernelCase(LogProbs.GradientVariant<T>(), shape.ToString(), trial => RunGradient<T>(trial, shape)) { FitsScalarDevice = shape.Columns < 40 });

    private static void RunAccumulate(KernelTrial trial, Shape shape)
    {
        (float[] logits, int[] targets, double[] scaled) = Inputs(shape);
        float[] before = Sums(shape, "before"), targetLogits = Numbers.Normal<float>(targets.Length, "target logits"), targetAfter = [.. targetLogits];
        for (int i = 0; i < targets.Length; i++)
        {
            int column = targets[i] - shape.First;
            if (column >= 0 && column < shape.Columns) targetAfter[i] = logits[(i / shape.PerRow * shape.Columns) + column] * shape.InverseTemperature;
        }

        var exact = new double[shape.Rows * 3];
        for (int row = 0; row < shape.Rows; row++)
        {
            double[] z = scaled[(row * shape.Columns)..((row + 1) * shape.Columns)];
            double oldMax = shape.First > 0 ? before[row * 3] : double.NegativeInfinity, oldSum = shape.First > 0 ? before[(row * 3) + 1] : 0, oldWeighted = shape.First > 0 ? before[(row * 3) + 2] : 0;
            double max = Math.Max(oldMax, z.Max()), fade = oldSum > 0 ? Math.Exp(oldMax - max) : 0, distance = oldSum > 0 ? oldMax - max : 0;
            exact[row * 3] = max;
            exact[(row * 3) + 1] = (fade * oldSum) + z.Sum(value => Math.Exp(value - max));
            exact[(row * 3) + 2] = (fade * (oldWeighted + (distance * oldSum))) + z.Where(double.IsFinite).Sum(value => (value - max) * Math.Exp(value - max));
        }

        ArrayView<TokenSum> sums = trial.Replaced("sums", before, exact, Array.ConvertAll(exact, value => value * (1 + 1e-6))).Cast<TokenSum>();
        LogProbs.LaunchAccumulate(
            trial.Stream, trial.Input("logits", logits), trial.Input("targets", targets), sums, trial.Replaced("targetLogits", targetLogits, targetAfter),
            shape.Rows, shape.Columns, shape.First, shape.PerRow, shape.InverseTemperature);
    }

    private static void RunFinish(KernelTrial trial, Shape shape)
    {
        (float[] _, int[] targets, double[] _) = Inputs(shape);
        float[] sums = Sums(shape, "sums"), logProbs = Numbers.Normal<float>(targets.Length, "target logits");
        double[] exact = [.. logProbs.Select((logit, i) => targets[i] < 0 ? 0 : logit - (sums[i / shape.PerRow * 3] + Math.Log(sums[(i / shape.PerRow * 3) + 1])))];
        double[] entropies = [.. Enumerable.Range(0, shape.Rows).Select(row => Math.Log(sums[(row * 3) + 1]) - ((double)sums[(row * 3) + 2] / sums[(row * 3) + 1]))];
        LogProbs.LaunchFinish(
            trial.Stream, trial.Input("sums", sums).Cast<TokenSum>(), trial.Input("targets", targets), trial.Replaced("logProbs", logProbs, exact, Loose(exact)),
            trial.Output<float>("entropies", entropies, Loose(entropies)), shape.Rows, shape.PerRow);
    }

    private static void RunGradient<T>(KernelTrial trial, Shape shape) where T : unmanaged
    {
        (float[] logits, int[] targets, double[] scaled) = Inputs(shape);
        float[] sums = Sums(shape, "sums"), gradLogProbs = Numbers.Normal<float>(targets.Length, "gradients");
        (double[] exact, double[] plain) = GradientReference.Both<T>(arithmetic =>
        {
            var gradients = new double[shape.Rows * shape.Stride];
            for (int row = 0; row < shape.Rows; row++)
            {
                double total = 0;
                for (int j = 0; j < shape.PerRow; j++)
                    if (targets[(row * shape.PerRow) + j] >= 0) total += gradLogProbs[(row * shape.PerRow) + j];
                for (int i = 0; i < shape.Columns; i++)
                {
                    double gradient = -total * arithmetic.Exp(scaled[(row * shape.Columns) + i] - sums[row * 3]) / sums[(row * 3) + 1];
                    for (int j = 0; j < shape.PerRow; j++)
                        if (targets[(row * shape.PerRow) + j] == shape.First + i) gradient += gradLogProbs[(row * shape.PerRow) + j];
                    gradients[(row * shape.Stride) + i] = arithmetic.Round(gradient * shape.InverseTemperature);
                }
            }

            return gradients;
        });
        LogProbs.LaunchGradient(
            trial.Stream, trial.Input("logits", logits), trial.Input("sums", sums).Cast<TokenSum>(), trial.Input("targets", targets), trial.Input("gradLogProbs", gradLogProbs),
            trial.Output<T>("gradLogits", exact, plain), shape.Rows, shape.Columns, shape.Stride, shape.First, shape.PerRow, shape.InverseTemperature);
    }

    // The first targets of a row are equal, the last of every other row is absent, some lie outside the chunk.
    private static (float[] Logits, int[] Targets, double[] Scaled) Inputs(Shape shape)
    {
        float[] logits = Numbers.Normal<float>(shape.Rows * shape.Columns, $"logits {shape}", 3);
        if (shape.Columns > 20) logits[7] = float.NegativeInfinity;
        var targets = new int[shape.Rows * shape.PerRow];
        for (int i = 0; i < targets.Length; i++)
        {
            (int row, int j) = (i / shape.PerRow, i % shape.PerRow);
            targets[i] = j == shape.PerRow - 1 && row % 2 == 1 ? -1 : shape.First + (row * 3 % shape.Columns) + (j < 2 ? 0 : 5 * j);
        }

        return (logits, targets, [.. logits.Select(logit => (double)(logit * shape.InverseTemperature))]);
    }

    // Largest logit, sum, weighted sum of each row.
    private static float[] Sums(Shape shape, string seed) =>
        [.. Numbers.Normal<float>(shape.Rows * 3, $"{seed} {shape}").Select((value, i) => i % 3 == 0 ? 9 + value : i % 3 == 1 ? 1 + MathF.Abs(value) : -MathF.Abs(value))];

    private static double[] Loose(double[] values) => Array.ConvertAll(values, value => value + 1e-6);
}
