namespace LbrCore.Trees;

/// <summary>The tokens that top-k, top-p and min-p left after a node; a trainer renormalises over the same ones.</summary>
/// <param name="Parent">Id of the node, or -1 for the end of the prefix.</param>
/// <param name="Tokens">Ids of the kept tokens, rising.</param>
public sealed record KeptSupport(int Parent, IReadOnlyList<int> Tokens);
