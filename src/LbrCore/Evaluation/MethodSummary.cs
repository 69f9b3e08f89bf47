namespace LbrCore.Evaluation;

/// <summary>The figures of one method, and how it compares with another on the same problems.</summary>
/// <param name="Result">What they were made from.</param>
/// <param name="PassAt1">The share of right answers.</param>
/// <param name="PassAtK">Pass@k for k = 2, 4, 8, ... and the number of samples.</param>
/// <param name="Votes">How many samples vote in <paramref name="Majority"/> and <paramref name="Best"/>; 0 where there are too few samples.</param>
/// <param name="Majority">The share of problems that the majority of the samples answers right.</param>
/// <param name="Best">The share of problems that the most probable of the samples answers right.</param>
public sealed record MethodSummary(MethodResult Result, Interval PassAt1, IReadOnlyList<(int K, double Value)> PassAtK, int Votes, Interval? Majority, Interval? Best)
{
    /// <summary>Sums up a method.</summary>
    /// <param name="result">Its answers.</param>
    /// <param name="votes">Samples for majority and best; left out where there are fewer.</param>
    /// <param name="seed">Seed of the intervals.</param>
    public static MethodSummary Of(MethodResult result, int votes, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(result);
        var passes = new List<(int, double)>();
        for (int k = 2; k < result.Samples; k *= 2) passes.Add((k, result.PassAt(k).Average()));
        if (result.Samples > 1) passes.Add((result.Samples, result.PassAt(result.Samples).Average()));
        bool hasVotes = votes > 1 && result.Samples >= votes;
        return new MethodSummary(
            result, Bootstrap.Mean(result.PassAt(1), seed), passes, hasVotes ? votes : 0,
            hasVotes ? Bootstrap.Mean(result.MajorityOf(votes), seed) : null, hasVotes ? Bootstrap.Mean(result.BestOf(votes), seed) : null);
    }
}

/// <summary>Two ways to answer, on the same problems.</summary>
/// <param name="First">The one.</param>
/// <param name="Second">The other.</param>
/// <param name="Difference">First minus second, in shares of right answers.</param>
public sealed record MethodDifference(string First, string Second, Interval Difference);
