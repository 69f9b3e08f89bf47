namespace LbrCore.Trees;

/// <summary>A node at its birth.</summary>
/// <param name="Id">Unique in the trace; the node keeps it while the tree shifts.</param>
/// <param name="Parent">Id of the parent, or -1 for the end of the prefix.</param>
/// <param name="Depth">Depth at birth, from 1.</param>
/// <param name="Token">The token.</param>
/// <param name="LogProbability">log pi~(token): under the filtered, renormalised distribution after the parent.</param>
public sealed record GrownNode(int Id, int Parent, int Depth, int Token, float LogProbability)
{
    /// <summary>
    /// For siblings drawn without replacement, log pi~(token) - log(1 - the sum of pi~ over the siblings drawn before it): the term of the exact ordered likelihood. Null for independent
    /// siblings, whose term is <see cref="LogProbability"/>.
    /// </summary>
    public float? DrawLogProbability { get; init; }
}
