namespace LbrCore.Tasks.Arithmetic;

/// <summary>An expression to be worked out.</summary>
public sealed class ArithmeticProblem : Problem
{
    /// <summary>The expression.</summary>
    public required ModularExpression Expression { get; init; }
}
