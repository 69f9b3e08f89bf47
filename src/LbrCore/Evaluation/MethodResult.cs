namespace LbrCore.Evaluation;

/// <summary>What one way of decoding made of a set of problems.</summary>
/// <param name="Method">Its name.</param>
/// <param name="Answers">[problems][samples]: the answers; the same number of samples for each problem.</param>
/// <param name="Cost">What they took.</param>
public sealed record MethodResult(string Method, IReadOnlyList<IReadOnlyList<SampledAnswer>> Answers, DecodingCost Cost)
{
    /// <summary>How undecided the router was, from 0 to 1; null where it had no choice.</summary>
    public double? RouterEntropy { get; init; }

    /// <summary>Samples of each problem.</summary>
    public int Samples => Answers.Count == 0 ? 0 : Answers[0].Count;

    /// <summary>Pass@k of each problem.</summary>
    /// <param name="k">At most <see cref="Samples"/>.</param>
    public double[] PassAt(int k) => [.. Answers.Select(samples => PassAtK.Estimate(samples.Count, samples.Count(answer => answer.Verdict.IsCorrect), k))];

    /// <summary>For each problem 1 where the answer of most of the first n samples is right.</summary>
    /// <param name="n">Samples that vote.</param>
    public double[] MajorityOf(int n) => Select(n, samples => Selection.Majority([.. samples.Select(answer => answer.Vote)]));

    /// <summary>For each problem 1 where the most probable of the first n samples is right.</summary>
    /// <param name="n">Samples to choose from.</param>
    public double[] BestOf(int n) => Select(n, samples => Selection.Best([.. samples.Select(answer => answer.LogProbability)]));

    /// <summary>How often the verifier gave each reason, the most frequent first.</summary>
    public IReadOnlyList<(string Reason, int Count)> Reasons() =>
        [.. Answers.SelectMany(samples => samples).GroupBy(answer => answer.Verdict.Reason).Select(group => (group.Key, group.Count())).OrderByDescending(reason => reason.Item2).ThenBy(reason => reason.Key, StringComparer.Ordinal)];

    private double[] Select(int n, Func<IReadOnlyList<SampledAnswer>, int> choose)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(n, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(n, Samples);
        return [.. Answers.Select(samples =>
        {
            SampledAnswer[] first = [.. samples.Take(n)];
            return first[choose(first)].Verdict.IsCorrect ? 1.0 : 0.0;
        })];
    }
}
