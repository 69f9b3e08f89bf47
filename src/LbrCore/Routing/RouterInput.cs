using LbrCore.Compute;
using LbrCore.Trees;

namespace LbrCore.Routing;

/// <summary>The trees of a batch as a router sees them. All views are device memory; nodes are numbered by <see cref="TreeShape"/>.</summary>
/// <typeparam name="T">Element type of states.</typeparam>
public readonly record struct RouterInput<T>
    where T : unmanaged
{
    /// <summary>Sequences of the batch. One that rests has no valid node; its scores are not read.</summary>
    public required int Sequences { get; init; }

    /// <summary>Width, depth and numbering.</summary>
    public required TreeShape Shape { get; init; }

    /// <summary>Width of a state, H.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>[sequences, nodes, H]: state of each node after the final norm, or of its parent with <see cref="Router.ReadsParents"/>. Undefined where the node is absent.</summary>
    public required ArrayView<T> NodeStates { get; init; }

    /// <summary>[sequences, nodes]: 1 where there is a node, 0 where it is absent: below a stop token, beyond the budget, or for want of different tokens.</summary>
    public required ArrayView<int> NodeValid { get; init; }

    /// <summary>[sequences, nodes]: log of the probability of the node's token under the distribution that it was drawn from.</summary>
    public required ArrayView<float> NodeLogProbabilities { get; init; }

    /// <summary>[sequences, nodes, H]: the model's embedding of each node's token. Empty unless <see cref="Router.ReadsParents"/>.</summary>
    public ArrayView<T> NodeEmbeddings { get; init; }

    /// <summary>[sequences, nodes]: entropy in nats of the model's next-token distribution after the node, at the sampling temperature, before filters. Empty unless <see cref="Router.NeedsEntropies"/>.</summary>
    public ArrayView<float> NodeEntropies { get; init; }
}
