namespace LbrCore.Tasks.Reachability;

/// <content>Random ways through a graph.</content>
public sealed partial class ReachabilityGraph
{
    /// <summary>Draws a shortest path: at each node one of the edges that lead on to the target in the steps that are left, each alike.</summary>
    /// <param name="root">Where it begins.</param>
    /// <param name="target">Where it ends.</param>
    /// <param name="hops">Its length in edges; the shortest there is.</param>
    /// <param name="random">What draws.</param>
    /// <returns>The nodes, both ends included.</returns>
    internal List<int> DrawShortestPath(int root, int target, int hops, TaskRandom random)
    {
        // near[d]: nodes from which a path of exactly d edges leads to the target.
        Span<ulong> near = stackalloc ulong[hops + 1];
        near[0] = 1UL << target;
        for (int d = 1; d <= hops; d++)
            for (int node = 0; node < Nodes; node++)
                if ((Successors(node) & near[d - 1]) != 0) near[d] |= 1UL << node;

        var path = new List<int>(hops + 1) { root };
        for (int left = hops - 1; left >= 0; left--) path.Add(random.SetBit(Successors(path[^1]) & near[left]));
        return path;
    }

    /// <summary>Draws a walk that takes every edge of a node alike, until none leads on.</summary>
    /// <param name="root">Where it begins.</param>
    /// <param name="longest">Most edges.</param>
    /// <param name="random">What draws.</param>
    /// <returns>The nodes, the root included.</returns>
    internal List<int> DrawWalk(int root, int longest, TaskRandom random)
    {
        var walk = new List<int>(longest + 1) { root };
        while (walk.Count <= longest && Successors(walk[^1]) != 0) walk.Add(random.SetBit(Successors(walk[^1])));
        return walk;
    }
}
