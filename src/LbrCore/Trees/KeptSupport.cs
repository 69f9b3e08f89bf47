namespace LbrCore.Trees;

/// <summary>The tokens that top-k, top-p and min-p left after a node; a trainer renormalises over the same ones.</summary>
/// <param name="Parent">Id of the node, or -1 for the end of the prefix.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Tokens">Their ids, rising; empty where there are more than are recorded.</param>
public sealed record KeptSupport(int Parent, int Count, IReadOnlyList<int> Tokens);
