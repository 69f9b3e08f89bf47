namespace LbrCore.Kernels;

/// <summary>
/// Nodes of a K-ary tree in breadth-first order: depth 1 has the nodes 0..K-1, depth d follows after K + ... + K^(d-1) nodes, and the subtree of a depth-1 node k is a stretch of
/// K^(d-1) nodes of each depth.
/// </summary>
internal static class SubtreeOrder
{
    /// <summary>Index in the tree of node t of subtree k, breadth first in the subtree; node 0 is its root.</summary>
    public static int NodeOf(int k, int t, int width)
    {
        int span = 1, start = 0;
        while (t >= span)
        {
            t -= span;
            span *= width;
            start += span;
        }

        return start + (k * span) + t;
    }

    /// <summary>The subtree that a node belongs to: its ancestor at depth 1.</summary>
    public static int RootOf(int node, int width)
    {
        while (node >= width) node = (node / width) - 1;
        return node;
    }
}
