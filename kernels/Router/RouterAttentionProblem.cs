namespace LbrCore.Kernels;

/// <summary>What a slot of the router attends to.</summary>
public enum AttentionScope
{
    /// <summary>Every slot of the tree.</summary>
    Slots,

    /// <summary>Itself alone: the ablation without attention across subtrees.</summary>
    Self,

    /// <summary>The nodes of its own subtree.</summary>
    Subtree,
}

/// <summary>Sizes of a <see cref="RouterAttention"/>.</summary>
/// <param name="Routes">Trees.</param>
/// <param name="Slots">Depth-1 nodes of a tree, K.</param>
/// <param name="NodeStride">Nodes of a tree, K + ... + K^L.</param>
/// <param name="Heads">Heads.</param>
/// <param name="HeadDim">Elements of a head.</param>
/// <param name="Scope">What a slot sees.</param>
public readonly record struct RouterAttentionProblem(int Routes, int Slots, int NodeStride, int Heads, int HeadDim, AttentionScope Scope)
{
    /// <summary>Keys of a query, absent ones included.</summary>
    public int Keys => Scope == AttentionScope.Subtree ? NodeStride / Slots : Slots;

    /// <summary>Rows of query, key and value: nodes, or slots.</summary>
    public long Rows => (long)Routes * (Scope == AttentionScope.Subtree ? NodeStride : Slots);

    /// <summary>Elements of a head that a lane owns.</summary>
    public int PerLane => HeadDim <= 64 ? 2 : 8;
}
