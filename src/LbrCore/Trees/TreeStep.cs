namespace LbrCore.Trees;

/// <summary>One committed token with everything random that led to it.</summary>
/// <remarks>
/// The log-likelihood of a trajectory is the sum over its steps of the terms of the nodes grown (<see cref="GrownNode.DrawLogProbability"/>, else
/// <see cref="GrownNode.LogProbability"/>) and of <c>RouterLogProbabilities[Chosen]</c>; pruning, shifting and reuse are deterministic.
/// </remarks>
public sealed record TreeStep
{
    /// <summary>Number of the step, t, from 1.</summary>
    public required int Step { get; init; }

    /// <summary>Tokens before the committed one, prompt included.</summary>
    public required int PrefixLength { get; init; }

    /// <summary>G_t: nodes drawn and forwarded in this step, parents before children.</summary>
    public required IReadOnlyList<GrownNode> Grown { get; init; }

    /// <summary>Ids of the depth-1 candidates, grown now or earlier.</summary>
    public required IReadOnlyList<int> Slots { get; init; }

    /// <summary>log rho of each slot.</summary>
    public required IReadOnlyList<float> RouterLogProbabilities { get; init; }

    /// <summary>Index into <see cref="Slots"/> of the subtree that was committed.</summary>
    public required int Chosen { get; init; }

    /// <summary>Its token.</summary>
    public required int Committed { get; init; }

    /// <summary>
    /// Multiplex Thinking: the share of each of <see cref="Grown"/> in the mixture of embeddings that was fed in place of the committed token's. Empty where that token itself was fed.
    /// </summary>
    public IReadOnlyList<float> Mixture { get; init; } = [];

    /// <summary>Kept supports of the parents of <see cref="Grown"/>, where a filter is on and they were asked for; empty otherwise.</summary>
    public IReadOnlyList<KeptSupport> Supports { get; init; } = [];
}
