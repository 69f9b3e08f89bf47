namespace LbrCore.Cli.Bench;

/// <summary>Times of one thing measured several times, in milliseconds.</summary>
/// <param name="Median">The middle one.</param>
/// <param name="Spread">90th minus 10th percentile, over the median.</param>
/// <param name="Samples">How many.</param>
internal readonly record struct Timing(double Median, double Spread, int Samples)
{
    /// <summary>The summary of some times, each divided by the calls that it took.</summary>
    public static Timing Of(double[] times, int calls)
    {
        Array.Sort(times);
        double median = At(times, 0.5);
        return new Timing(median / calls, (At(times, 0.9) - At(times, 0.1)) / median, times.Length);
    }

    private static double At(double[] sorted, double quantile) => sorted[(int)Math.Round(quantile * (sorted.Length - 1))];
}
