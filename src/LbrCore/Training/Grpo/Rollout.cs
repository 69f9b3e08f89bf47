using LbrCore.Tasks;
using LbrCore.Trees;

namespace LbrCore.Training.Grpo;

/// <summary>One answer with the trees that led to it.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="Steps">One a committed token.</param>
/// <param name="Ended">Whether the answer ended by itself.</param>
/// <param name="Reward">What the verifier says.</param>
public sealed record Rollout(Problem Problem, IReadOnlyList<TreeStep> Steps, bool Ended, double Reward)
{
    /// <summary>The committed tokens.</summary>
    public int[] Output => [.. Steps.Select(step => step.Committed)];
}
