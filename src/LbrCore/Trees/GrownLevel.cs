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

    /// <summary>[1 + nodes above the last level]: how many tokens the filters kept after the prefix and after each node; empty where it was not recorded.</summary>
    public ReadOnlySpan<int> KeptCounts { get; init; }

    /// <summary>[1 + nodes above the last level, <see cref="KeptCapacity"/>]: their ids.</summary>
    public ReadOnlySpan<int> KeptTokens { get; init; }

    /// <summary>Ids that are recorded after a node.</summary>
    public int KeptCapacity { get; init; }
}
