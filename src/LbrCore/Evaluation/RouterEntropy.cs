using LbrCore.Trees;

namespace LbrCore.Evaluation;

/// <summary>How undecided a router is: 1 where it takes any candidate alike, 0 where it is always sure.</summary>
public sealed class RouterEntropy
{
    private double _sum;
    private long _steps;

    /// <summary>The mean over the steps that had a choice; null where none had.</summary>
    public double? Mean => _steps == 0 ? null : _sum / _steps;

    /// <summary>Takes a step. Candidates with the same token count as one, and entropies are divided by the logarithm of how many are different.</summary>
    /// <param name="step">The step.</param>
    /// <param name="token">The token of a candidate, by the id of its node.</param>
    public void Add(TreeStep step, Func<int, int> token)
    {
        ArgumentNullException.ThrowIfNull(step);
        ArgumentNullException.ThrowIfNull(token);
        var shares = new Dictionary<int, double>();
        for (int slot = 0; slot < step.Slots.Count; slot++)
        {
            int candidate = token(step.Slots[slot]);
            shares[candidate] = shares.GetValueOrDefault(candidate) + Math.Exp(step.RouterLogProbabilities[slot]);
        }

        if (shares.Count < 2) return;
        _sum -= shares.Values.Sum(share => share > 0 ? share * Math.Log(share) : 0) / Math.Log(shares.Count);
        _steps++;
    }
}
