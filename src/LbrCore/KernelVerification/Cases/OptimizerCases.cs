using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Steps of AdamW: clipped, unclipped and skipped; lengths that do not fill a group.</summary>
internal static class OptimizerCases
{
    private static readonly AdamOptions s_options = new() { LearningRate = 1e-2f, WeightDecay = 0.1f, Beta1 = 0.9f, Beta2 = 0.98f, Epsilon = 1e-8f };

    public static IEnumerable<KernelCase> All =>
    [
        .. new[] { 0, 1, 300, Optimizer.PartLength + 5 }.Select(length => new KernelCase(Optimizer.SquaresVariant(), $"length={length}", trial => RunSquares(trial, length)) { FitsScalarDevice = length < 400 }),
        .. new[] { (1, 0), (3, 2), (700, 1) }.SelectMany(parts => new[] { false, true }.Select(infinite =>
            new KernelCase(Optimizer.DecideVariant(), $"parts={parts}, infinite={infinite}", trial => RunDecide(trial, parts.Item1, parts.Item2, infinite)) { FitsScalarDevice = parts.Item1 < 10 })),
        .. Update<float>(),
        .. Update<BFloat16>(),
    ];

    private static IEnumerable<KernelCase> Update<T>() where T : unmanaged =>
        new[] { (1, 1f, 1), (300, 0.25f, 7), (513, 0f, 3), (600, 1f, 2000) }.Select(shape =>
            new KernelCase(Optimizer.UpdateVariant<T>(), $"length={shape.Item1}, scale={shape.Item2}, step={shape.Item3}", trial => RunUpdate<T>(trial, shape.Item1, shape.Item2, shape.Item3))
            { FitsScalarDevice = shape.Item1 < 400 });

    private static void RunSquares(KernelTrial trial, int length)
    {
        float[] gradient = Numbers.Normal<float>(length, "gradient");
        double[] exact = [.. gradient.Chunk(Optimizer.PartLength).Select(part => part.Sum(g => (double)g * g))];
        double[] plain = [.. gradient.Chunk(Optimizer.PartLength).Select(part => (double)part.Aggregate(0f, (sum, g) => sum + (g * g)))];
        Optimizer.LaunchSquares(trial.Stream, trial.Input("gradient", gradient), trial.Output<float>("parts", exact, plain));
    }

    private static void RunDecide(KernelTrial trial, int firstCount, int secondCount, bool infinite)
    {
        const float Clip = 1f;
        float[] first = [.. Numbers.Normal<float>(firstCount, "first").Select(MathF.Abs)], second = [.. Numbers.Normal<float>(secondCount, "second", 1e-3).Select(MathF.Abs)];
        if (infinite) first[^1] = float.PositiveInfinity;
        // The numbers of a state, as the kernel's structure has them; counters are compared by their bits.
        OptimizerState[] before = [new() { Steps = 4, Skipped = 1 }, new() { Steps = 4, Skipped = 1 }];
        float firstNorm = (float)Math.Sqrt(first.Sum(part => (double)part)), secondNorm = (float)Math.Sqrt(second.Sum(part => (double)part));
        ArrayView<OptimizerState> states = trial.Keep(trial.Device.Allocate<OptimizerState>(before)).View;
        Optimizer.LaunchDecide(trial.Stream, trial.Input("first", first), secondCount == 0 ? default : trial.Input("second", second), states, Clip, 0f);
        var after = new OptimizerState[2];
        trial.Stream.CopyToHost(states, after);
        double[] exact = infinite ? [0, 5, 2] : [Math.Min(1, Clip / firstNorm), 5, 1];
        if (infinite) exact[1] = 4;
        float[] found = [after[0].Scale, after[0].Steps, after[0].Skipped, infinite ? 0 : after[0].Norm, after[1].Scale, after[1].Norm, after[1].Steps];
        double[] wanted = [exact[0], exact[1], exact[2], infinite ? 0 : firstNorm, infinite ? 0 : 1, secondNorm, exact[1]];
        trial.Replaced("states", found, wanted, Array.ConvertAll(wanted, value => value * (1 + 1e-6)));
    }

    private static void RunUpdate<T>(KernelTrial trial, int length, float scale, int step) where T : unmanaged
    {
        AdamOptions o = s_options;
        float[] gradient = Numbers.Normal<float>(length, "gradient"), master = Numbers.Normal<float>(length, "master"), mean = Numbers.Normal<float>(length, "mean");
        float[] square = [.. Numbers.Normal<float>(length, "square").Select(MathF.Abs)];
        T[] weights = Numbers.Round<T>(Numbers.ToDouble(master));
        double[] means = Numbers.ToDouble(mean), squares = Numbers.ToDouble(square), masters = Numbers.ToDouble(master);
        if (scale != 0)
        {
            for (int i = 0; i < length; i++)
            {
                double g = (double)gradient[i] * scale;
                means[i] = (o.Beta1 * means[i]) + ((1.0 - o.Beta1) * g);
                squares[i] = (o.Beta2 * squares[i]) + ((1.0 - o.Beta2) * g * g);
                double m = means[i] / (1 - Math.Pow(o.Beta1, step)), v = squares[i] / (1 - Math.Pow(o.Beta2, step));
                masters[i] -= o.LearningRate * ((o.WeightDecay * masters[i]) + (m / (Math.Sqrt(v) + o.Epsilon)));
            }
        }

        OptimizerState[] states = [new() { Scale = scale, Steps = step }, default];
        double[] loose = Array.ConvertAll(masters, value => value + 1e-7);
        Optimizer.LaunchUpdate(
            trial.Stream, trial.Input("gradient", gradient), trial.Replaced("master", master, masters, loose), trial.Replaced("mean", mean, means, Loose(means)),
            trial.Replaced("square", square, squares, Loose(squares)), trial.Replaced("weights", weights, masters, Array.ConvertAll(loose, Numbers.Rounded<T>)),
            trial.Input("states", states), 0, o);
    }

    private static double[] Loose(double[] values) => Array.ConvertAll(values, value => value * (1 + 5e-7));
}
