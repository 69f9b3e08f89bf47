namespace LbrCore.KernelVerification;

/// <summary>What a run of a <see cref="KernelCase"/> showed.</summary>
/// <param name="Case">The case.</param>
/// <param name="Failure">What is wrong, in one sentence; null if nothing is.</param>
/// <param name="Error">The largest error over the outputs in units of their bound: up to 1 is right. 0 for outputs compared bit by bit.</param>
/// <param name="RelativeError">The largest relative error of an output in the Euclidean norm.</param>
/// <param name="MaximumError">The largest absolute error of an element.</param>
public sealed record KernelCaseResult(KernelCase Case, string? Failure, double Error, double RelativeError, double MaximumError)
{
    /// <summary>Whether the outputs are right and complete, and nothing else was touched.</summary>
    public bool Passed => Failure is null;

    /// <summary>The case and what it showed, in one line.</summary>
    public override string ToString() => Passed ? $"{Case}: right, error {RelativeError:e1} ({Error:p0} of the bound)" : $"{Case}: {Failure}";
}
