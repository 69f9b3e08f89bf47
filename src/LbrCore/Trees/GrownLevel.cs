namespace LbrCore.Trees;

/// <summary>Draws of one step as the device reports them, by the numbering of <see cref="TreeShape"/>.</summary>
public readonly ref struct GrownLevel
{
    /// <summary>[nodes]: tokens; negative where nothing was grown.</summary>
    public required ReadOnlySpan<int> Tokens { get; init; }

    /// <summary>[nodes]: log pi~ of the tokens.</summary>
    public required ReadOnlySpan<float> LogProbabilities { get; init; }

    /// <summary>[nodes]: for siblings without replacement, the terms of the ordered likelihood; else empty.</summary>
    public ReadOnlySpan<float> DrawLogProbabilities { get; init; }
}
