namespace LbrCore.Tasks.Reachability;

/// <summary>A graph, a root, and two nodes of which one can be reached.</summary>
public sealed class ReachabilityProblem : Problem
{
    /// <summary>The graph.</summary>
    public required ReachabilityGraph Graph { get; init; }

    /// <summary>[nodes]: the label of each node, under which it is written.</summary>
    public required int[] Labels { get; init; }

    /// <summary>Where paths begin.</summary>
    public required int Root { get; init; }

    /// <summary>The node that can be reached.</summary>
    public required int Target { get; init; }

    /// <summary>The node that cannot be reached.</summary>
    public required int Decoy { get; init; }

    /// <summary>Edges of the shortest path to the target.</summary>
    public required int Hops { get; init; }

    /// <summary>The node with a label; -1 where there is none.</summary>
    public int NodeOf(int label) => Array.IndexOf(Labels, label);
}
