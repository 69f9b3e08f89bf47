using System.Numerics.Tensors;

namespace LbrCore.Evaluation.Probes;

/// <summary>A multinomial linear classifier on states of a model: what can be read off a state without further computation.</summary>
/// <remarks>
/// p(class | x) = softmax(W z + b) with z the features shifted and scaled to mean 0 and deviation 1 over the training examples. Fitted by L-BFGS on the mean negative
/// log-likelihood plus l2 / 2 |W|^2, which has one minimum.
/// </remarks>
public sealed class LinearProbe
{
    // Examples are summed in so many parts at a time, then the parts in their order: the result does not depend on how many cores there are.
    private const int Parts = 16;

    private readonly double[] _weights, _mean, _scale;
    private readonly int _features, _classes;

    private LinearProbe(double[] weights, double[] mean, double[] scale, int classes) =>
        (_weights, _mean, _scale, _features, _classes) = (weights, mean, scale, mean.Length, classes);

    /// <summary>Fits a classifier.</summary>
    /// <param name="states">[examples, features].</param>
    /// <param name="labels">[examples]: 0 to below <paramref name="classes"/>.</param>
    /// <param name="classes">Classes that there are.</param>
    /// <param name="l2">Weight of the penalty.</param>
    /// <param name="iterations">Most steps.</param>
    /// <exception cref="ArgumentException">Sizes do not fit, or a label is none.</exception>
    public static LinearProbe Fit(ReadOnlyMemory<float> states, ReadOnlyMemory<int> labels, int classes, double l2 = 1e-3, int iterations = 300)
    {
        int examples = labels.Length;
        if (examples == 0 || states.Length % examples != 0 || states.Length == 0)
            throw new ArgumentException($"{states.Length} numbers are no states of {examples} examples.", nameof(states));
        foreach (int label in labels.Span)
            if ((uint)label >= (uint)classes) throw new ArgumentException($"Label {label} is not 0 to {classes - 1}.", nameof(labels));

        int features = states.Length / examples, width = features + 1;
        (double[] mean, double[] scale) = Standardize(states.Span, features);
        double[] z = Normalize(states.Span, mean, scale);
        var weights = new double[classes * width];
        LimitedMemoryBfgs.Minimize((point, gradient) => Loss(point, gradient, z, labels, classes, l2), weights, iterations, tolerance: 1e-6);
        return new LinearProbe(weights, mean, scale, classes);
    }

    /// <summary>Logits of every class.</summary>
    /// <param name="state">[features].</param>
    /// <exception cref="ArgumentException">The state has another length.</exception>
    public double[] Score(ReadOnlySpan<float> state)
    {
        if (state.Length != _features) throw new ArgumentException($"The state has {state.Length} numbers; the probe was fitted to {_features}.", nameof(state));
        double[] z = Normalize(state, _mean, _scale);
        var scores = new double[_classes];
        for (int c = 0; c < _classes; c++) scores[c] = Logit(_weights, c, z);
        return scores;
    }

    /// <summary>The share of examples whose class has the greatest score.</summary>
    /// <param name="states">[examples, features].</param>
    /// <param name="labels">[examples].</param>
    public double Accuracy(ReadOnlySpan<float> states, ReadOnlySpan<int> labels)
    {
        int right = 0;
        for (int i = 0; i < labels.Length; i++)
            if (TensorPrimitives.IndexOfMax<double>(Score(states.Slice(i * _features, _features))) == labels[i]) right++;
        return labels.Length == 0 ? 0 : (double)right / labels.Length;
    }

    /// <summary>For each example 1 where its class has a greater score than one other class, 0 where it has less, a half where both are equal.</summary>
    /// <param name="states">[examples, features].</param>
    /// <param name="labels">[examples].</param>
    /// <param name="others">[examples]: the class that each is compared with.</param>
    public double[] Preferences(ReadOnlySpan<float> states, ReadOnlySpan<int> labels, ReadOnlySpan<int> others)
    {
        var preferences = new double[labels.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            double[] scores = Score(states.Slice(i * _features, _features));
            preferences[i] = (scores[labels[i]].CompareTo(scores[others[i]]) + 1) / 2.0;
        }

        return preferences;
    }

    private static double Logit(ReadOnlySpan<double> weights, int c, ReadOnlySpan<double> z)
    {
        ReadOnlySpan<double> row = weights.Slice(c * (z.Length + 1), z.Length + 1);
        return TensorPrimitives.Dot(row[..^1], z) + row[^1];
    }

    private static double Loss(ReadOnlySpan<double> weights, Span<double> gradient, double[] z, ReadOnlyMemory<int> labels, int classes, double l2)
    {
        int examples = labels.Length, features = z.Length / examples, width = features + 1;
        double[] point = weights.ToArray();
        var losses = new double[Parts];
        var gradients = new double[Parts][];
        Parallel.For(0, Parts, part =>
        {
            gradients[part] = new double[point.Length];
            int first = (int)((long)examples * part / Parts), last = (int)((long)examples * (part + 1) / Parts);
            losses[part] = LossOf(point, gradients[part], z, labels.Span, first, last, classes);
        });
        gradient.Clear();
        foreach (double[] part in gradients) TensorPrimitives.Add(gradient, part, gradient);
        double penalty = 0;
        for (int c = 0; c < classes; c++)
        {
            ReadOnlySpan<double> row = weights.Slice(c * width, features);
            Span<double> slope = gradient.Slice(c * width, features);
            penalty += TensorPrimitives.SumOfSquares(row);
            TensorPrimitives.MultiplyAdd(row, l2, slope, slope);
        }

        return losses.Sum() + (l2 / 2 * penalty);
    }

    /// <summary>What the examples from the first to before the last add to the mean.</summary>
    private static double LossOf(double[] weights, double[] gradient, double[] z, ReadOnlySpan<int> labels, int first, int last, int classes)
    {
        int examples = labels.Length, features = z.Length / examples, width = features + 1;
        double loss = 0;
        Span<double> p = new double[classes];
        for (int i = first; i < last; i++)
        {
            ReadOnlySpan<double> row = z.AsSpan(i * features, features);
            for (int c = 0; c < classes; c++) p[c] = Logit(weights, c, row);
            double truth = p[labels[i]], max = TensorPrimitives.Max<double>(p);
            TensorPrimitives.Subtract(p, max, p);
            TensorPrimitives.Exp<double>(p, p);
            double sum = TensorPrimitives.Sum<double>(p);
            loss += (Math.Log(sum) + max - truth) / examples;
            for (int c = 0; c < classes; c++)
            {
                double error = ((p[c] / sum) - (c == labels[i] ? 1 : 0)) / examples;
                Span<double> slope = gradient.AsSpan(c * width, width);
                TensorPrimitives.MultiplyAdd(row, error, slope[..^1], slope[..^1]);
                slope[^1] += error;
            }
        }

        return loss;
    }

    private static (double[] Mean, double[] Scale) Standardize(ReadOnlySpan<float> states, int features)
    {
        double[] mean = new double[features], scale = new double[features];
        int examples = states.Length / features;
        for (int i = 0; i < states.Length; i++) mean[i % features] += states[i] / (double)examples;
        for (int i = 0; i < states.Length; i++) scale[i % features] += Math.Pow(states[i] - mean[i % features], 2) / examples;
        // A feature that never changes says nothing; it is left at 0.
        for (int f = 0; f < features; f++) scale[f] = scale[f] > 0 ? 1 / Math.Sqrt(scale[f]) : 0;
        return (mean, scale);
    }

    private static double[] Normalize(ReadOnlySpan<float> states, double[] mean, double[] scale)
    {
        var z = new double[states.Length];
        for (int i = 0; i < z.Length; i++) z[i] = (states[i] - mean[i % mean.Length]) * scale[i % mean.Length];
        return z;
    }
}
