namespace LbrCore.Checks;

/// <summary>What a check measured.</summary>
/// <param name="Value">The figure; 0 is perfect unless the statement says otherwise.</param>
/// <param name="Bound">What it may be at most.</param>
/// <param name="Note">What was looked at, in numbers.</param>
public readonly record struct CheckFigure(double Value, double Bound, string Note);

/// <summary>A check that ran.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Statement">What must hold.</param>
/// <param name="Figure">What was measured; NaN where it could not be.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Failure">Why it could not be measured, or null.</param>
public sealed record CheckResult(string Name, string Statement, CheckFigure Figure, TimeSpan Elapsed, string? Failure = null)
{
    /// <summary>Whether the property holds: a figure that is no number does not.</summary>
    public bool Passed => Failure is null && Figure.Value <= Figure.Bound;
}
