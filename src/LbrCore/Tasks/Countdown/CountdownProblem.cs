namespace LbrCore.Tasks.Countdown;

/// <summary>Numbers that are to be combined into a target.</summary>
public sealed class CountdownProblem : Problem
{
    /// <summary>The numbers, each to be used once.</summary>
    public required int[] Numbers { get; init; }

    /// <summary>What they are to make.</summary>
    public required int Target { get; init; }
}
