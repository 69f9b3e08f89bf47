namespace LbrCore.Evaluation;

/// <summary>One answer out of several samples of a problem: what plain decoding can do with the compute that a tree takes.</summary>
public static class Selection
{
    /// <summary>The answer that most samples give.</summary>
    /// <param name="answers">What each sample answers; null for none. None wins only where no sample has an answer.</param>
    /// <returns>The first sample with the most frequent answer; among equally frequent ones the answer that came first. -1 without samples.</returns>
    public static int Majority(IReadOnlyList<string?> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        int best = answers.Count > 0 ? 0 : -1, bestVotes = 0;
        var votes = new Dictionary<string, int>();
        foreach (string? answer in answers)
            if (answer is not null) votes[answer] = votes.GetValueOrDefault(answer) + 1;
        for (int i = 0; i < answers.Count; i++)
        {
            if (answers[i] is not { } answer || votes[answer] <= bestVotes) continue;
            (best, bestVotes) = (i, votes[answer]);
        }

        return best;
    }

    /// <summary>The sample with the greatest log-probability; of equal ones the first. Numbers that are none never win over others. -1 without samples.</summary>
    /// <param name="logProbabilities">Of each sample, summed over its tokens.</param>
    public static int Best(IReadOnlyList<double> logProbabilities)
    {
        ArgumentNullException.ThrowIfNull(logProbabilities);
        int best = logProbabilities.Count > 0 ? 0 : -1;
        for (int i = 1; i < logProbabilities.Count; i++)
            if (logProbabilities[i] > logProbabilities[best] || (double.IsNaN(logProbabilities[best]) && !double.IsNaN(logProbabilities[i]))) best = i;
        return best;
    }
}
