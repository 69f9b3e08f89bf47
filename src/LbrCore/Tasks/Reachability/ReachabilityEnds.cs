using System.Numerics;

namespace LbrCore.Tasks.Reachability;

/// <summary>What a question about a graph names.</summary>
/// <param name="Root">Where paths begin.</param>
/// <param name="Target">The node that can be reached.</param>
/// <param name="Decoy">A node that an edge leads to, but no path from the root.</param>
internal readonly record struct ReachabilityEnds(int Root, int Target, int Decoy)
{
    /// <summary>Draws a root and a target at a distance, each such pair alike, and a decoy. False where the graph has no such pair.</summary>
    public static bool TryDraw(ReachabilityGraph graph, int hops, TaskRandom random, out ReachabilityEnds ends)
    {
        int n = graph.Nodes, pairs = 0;
        Span<ulong> levels = stackalloc ulong[n], targets = stackalloc ulong[n], decoys = stackalloc ulong[n];
        ulong entered = graph.Targets();
        for (int node = 0; node < n; node++)
        {
            decoys[node] = entered & ~graph.Search(node, levels);
            targets[node] = decoys[node] == 0 ? 0 : levels[hops];
            pairs += BitOperations.PopCount(targets[node]);
        }

        ends = default;
        if (pairs == 0) return false;
        int chosen = random.Below(pairs), root = 0;
        for (; chosen >= BitOperations.PopCount(targets[root]); root++) chosen -= BitOperations.PopCount(targets[root]);
        ends = new ReachabilityEnds(root, random.SetBit(targets[root]), random.SetBit(decoys[root]));
        return true;
    }
}
