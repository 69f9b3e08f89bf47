namespace LbrCore.Kernels;

// TokenTree
// purpose   The trees of Local Branch Routing on the device: grow a level, choose a depth-1 subtree, shift it to the front. Sizes and decisions stay in device memory, so that one
//           captured graph is a whole step.
// numbering The full K-ary tree in breadth-first order: K roots, their K^2 children, ... The node of path (a1, ..., ad) is number K + ... + K^(d-1) + a1 K^(d-1) + ... + ad. A place
//           whose node is absent is not valid; its row is padding.
// slots     node j of a sequence with a prefix of n tokens has slot n + j of the cache and, at depth d, position n + d - 1
// step      Frontier -> logits -> draws -> Place -> forward pass -> Keep -> router -> Choose -> KeyValueCache.Compact -> Shift
//           or, where the router reads parents: Frontier -> logits -> draws -> Place -> router -> Choose -> Commit -> Shift -> forward pass of the committed token
// shapes    node arrays [sequences, nodeStride], nodeStride >= K + ... + K^L
/// <summary>Growing, choosing and shifting token trees.</summary>
public static partial class TokenTree
{
    /// <summary>Most nodes of a sequence.</summary>
    public const int MaximumNodes = 64;

    /// <summary>Largest width for which the bias of siblings without replacement is computed: it sums over all subsets of the siblings.</summary>
    public const int MaximumBiasedWidth = 8;

    // Number of the node's parent, -1 for a root.
    private static int Parent(int node, int width)
    {
        int first = 0, count = width, above = 0;
        while (node >= first + count)
        {
            above = first;
            first += count;
            count *= width;
        }

        return first == 0 ? -1 : above + ((node - first) / width);
    }

    // Entry i of subtree k in breadth-first order, its root first. After the shift it is node i - 1.
    private static int InSubtree(int entry, int subtree, int width)
    {
        int first = 0, count = 1, level = 0;
        while (entry >= first + count)
        {
            first += count;
            count *= width;
            level += count;
        }

        return level + (subtree * count) + entry - first;
    }

    private static bool IsStop(int token, ArrayView<int> stops, int stopCount)
    {
        bool stop = false;
        for (int i = 0; i < stopCount; i++) stop |= stops[i] == token;
        return stop;
    }

    private static void CheckTree(LaunchContract contract, int sequences, int width, int nodeStride)
    {
        contract.NonNegative(sequences);
        contract.InRange(width, 1, MaximumNodes);
        contract.InRange(nodeStride, width, MaximumNodes);
    }
}
