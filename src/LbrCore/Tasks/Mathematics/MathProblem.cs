namespace LbrCore.Tasks.Mathematics;

/// <summary>A problem of a set, as text.</summary>
/// <param name="Text">The problem.</param>
/// <param name="Answer">The right answer.</param>
/// <param name="Solution">A worked solution; null where the set has none.</param>
public sealed record MathProblemText(string Text, string Answer, string? Solution);

/// <summary>A problem of a set, as tokens.</summary>
public sealed class MathProblem : Problem
{
    /// <summary>The problem as text.</summary>
    public required MathProblemText Source { get; init; }
}
