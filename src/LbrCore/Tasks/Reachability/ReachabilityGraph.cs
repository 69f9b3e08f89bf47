using System.Numerics;

namespace LbrCore.Tasks.Reachability;

/// <summary>A directed graph of up to 64 nodes. Sets of nodes are the bits of a word.</summary>
public sealed partial class ReachabilityGraph
{
    private readonly ulong[] _successors;

    private ReachabilityGraph(int nodes) => _successors = new ulong[nodes];

    /// <summary>Nodes.</summary>
    public int Nodes => _successors.Length;

    /// <summary>Edges.</summary>
    public int Edges => _successors.Sum(BitOperations.PopCount);

    /// <summary>A graph from its edges.</summary>
    /// <param name="nodes">Nodes, at most 64.</param>
    /// <param name="edges">The edges; one that is given twice counts once.</param>
    /// <exception cref="ArgumentOutOfRangeException">A node does not exist.</exception>
    public static ReachabilityGraph FromEdges(int nodes, IEnumerable<(int From, int To)> edges)
    {
        ArgumentNullException.ThrowIfNull(edges);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodes, ReachabilityOptions.MaximumNodes);
        var graph = new ReachabilityGraph(nodes);
        foreach ((int from, int to) in edges)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)from, (uint)nodes, nameof(edges));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)to, (uint)nodes, nameof(edges));
            graph._successors[from] |= 1UL << to;
        }

        return graph;
    }

    /// <summary>Draws a graph: pairs in random order, each an edge while its source has not too many. Without cycles edges go from lower to higher nodes only.</summary>
    internal static ReachabilityGraph Draw(ReachabilityOptions options, TaskRandom random)
    {
        int n = options.Nodes, pairs = 0;
        Span<(byte From, byte To)> order = stackalloc (byte, byte)[n * (n - 1)];
        for (int from = 0; from < n; from++)
            for (int to = options.Acyclic ? from + 1 : 0; to < n; to++)
                if (to != from) order[pairs++] = ((byte)from, (byte)to);

        var graph = new ReachabilityGraph(n);
        for (int taken = 0, edges = 0; edges < options.Edges; taken++)
        {
            // A shuffle that is carried out only as far as it is read.
            int at = taken + random.Below(pairs - taken);
            (order[taken], order[at]) = (order[at], order[taken]);
            (byte from, byte to) = order[taken];
            if (BitOperations.PopCount(graph._successors[from]) >= options.MaxOutDegree) continue;
            graph._successors[from] |= 1UL << to;
            edges++;
        }

        return graph;
    }

    /// <summary>Whether there is an edge.</summary>
    public bool HasEdge(int from, int to) => (_successors[from] >> to & 1) != 0;

    /// <summary>The nodes that edges lead to from a node.</summary>
    public ulong Successors(int node) => _successors[node];

    /// <summary>The nodes that any edge leads to.</summary>
    public ulong Targets()
    {
        ulong targets = 0;
        foreach (ulong successors in _successors) targets |= successors;
        return targets;
    }

    /// <summary>The edges, in the order of their nodes.</summary>
    public IEnumerable<(int From, int To)> EnumerateEdges()
    {
        for (int from = 0; from < Nodes; from++)
            for (ulong left = _successors[from]; left != 0; left &= left - 1) yield return (from, BitOperations.TrailingZeroCount(left));
    }

    /// <summary>Breadth-first search.</summary>
    /// <param name="root">Where it begins.</param>
    /// <param name="levels">[<see cref="Nodes"/>]: level d receives the nodes whose shortest path from the root has d edges; the root is level 0.</param>
    /// <returns>All reachable nodes, the root included.</returns>
    public ulong Search(int root, Span<ulong> levels)
    {
        levels.Clear();
        ulong seen = 0, frontier = 1UL << root;
        for (int depth = 0; frontier != 0 && depth < levels.Length; depth++)
        {
            levels[depth] = frontier;
            seen |= frontier;
            ulong next = 0;
            for (ulong left = frontier; left != 0; left &= left - 1) next |= _successors[BitOperations.TrailingZeroCount(left)];
            frontier = next & ~seen;
        }

        return seen;
    }

    /// <summary>The same graph with its nodes renamed.</summary>
    /// <param name="labels">[<see cref="Nodes"/>]: the new name of each, all different.</param>
    /// <param name="hash">Receives what the edges under their new names are.</param>
    internal void HashAs(ReadOnlySpan<int> labels, ref StableHash hash)
    {
        // In the order of the labels, so that the order in which nodes were drawn does not matter.
        Span<int> nodes = stackalloc int[Nodes];
        for (int i = 0; i < nodes.Length; i++) nodes[i] = i;
        Span<int> keys = stackalloc int[Nodes];
        labels.CopyTo(keys);
        keys.Sort(nodes);
        Span<int> successors = stackalloc int[Nodes];
        for (int i = 0; i < nodes.Length; i++)
        {
            int count = 0;
            for (ulong left = _successors[nodes[i]]; left != 0; left &= left - 1) successors[count++] = labels[BitOperations.TrailingZeroCount(left)];
            successors[..count].Sort();
            hash.Add((ulong)keys[i]);
            foreach (int successor in successors[..count]) hash.Add((ulong)successor);
            hash.Add(ulong.MaxValue);
        }
    }
}
