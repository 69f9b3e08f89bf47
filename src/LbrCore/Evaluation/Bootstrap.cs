using LbrCore.Tasks;

namespace LbrCore.Evaluation;

/// <summary>Confidence intervals by drawing problems anew (Efron's percentile bootstrap).</summary>
public static class Bootstrap
{
    // Streams of random numbers of their own, apart from those of problems.
    private const uint Use = 0xB007;

    /// <summary>The interval of a mean over problems.</summary>
    /// <param name="values">One a problem, for instance its share of right samples.</param>
    /// <param name="seed">The same seed gives the same interval.</param>
    /// <param name="confidence">The share of draws within the interval.</param>
    /// <param name="draws">How often the problems are drawn anew.</param>
    /// <exception cref="ArgumentException">There are no problems, or a setting is out of range.</exception>
    public static Interval Mean(ReadOnlySpan<double> values, ulong seed = 0, double confidence = 0.95, int draws = 10_000)
    {
        if (values.IsEmpty) throw new ArgumentException("An interval needs at least one problem.", nameof(values));
        if (confidence is not (> 0 and < 1)) throw new ArgumentException(FormattableString.Invariant($"confidence is {confidence}; it must lie between 0 and 1."), nameof(confidence));
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        var means = new double[draws];
        var random = new TaskRandom(seed, Use, (ulong)values.Length);
        double sum = 0;
        foreach (double value in values) sum += value;
        for (int draw = 0; draw < draws; draw++)
        {
            double drawn = 0;
            for (int i = 0; i < values.Length; i++) drawn += values[random.Below(values.Length)];
            means[draw] = drawn / values.Length;
        }

        Array.Sort(means);
        double tail = (1 - confidence) / 2;
        return new Interval(sum / values.Length, Quantile(means, tail), Quantile(means, 1 - tail));
    }

    /// <summary>The interval of the difference of two methods on the same problems, of which each keeps its pair of results: what problems have in common cancels.</summary>
    /// <param name="first">One a problem.</param>
    /// <param name="second">One a problem, in the same order.</param>
    /// <param name="seed">The same seed gives the same interval.</param>
    /// <param name="confidence">The share of draws within the interval.</param>
    /// <param name="draws">How often the problems are drawn anew.</param>
    /// <returns>The mean of first minus second.</returns>
    /// <exception cref="ArgumentException">There are no problems, not equally many, or a setting is out of range.</exception>
    public static Interval PairedDifference(ReadOnlySpan<double> first, ReadOnlySpan<double> second, ulong seed = 0, double confidence = 0.95, int draws = 10_000)
    {
        if (first.Length != second.Length) throw new ArgumentException($"{first.Length} results cannot be paired with {second.Length}; use the same problems for both.", nameof(second));
        var differences = new double[first.Length];
        for (int i = 0; i < differences.Length; i++) differences[i] = first[i] - second[i];
        return Mean(differences, seed, confidence, draws);
    }

    /// <summary>A quantile, between neighbours in proportion.</summary>
    private static double Quantile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        return below + 1 < sorted.Length ? sorted[below] + ((at - below) * (sorted[below + 1] - sorted[below])) : sorted[below];
    }
}
