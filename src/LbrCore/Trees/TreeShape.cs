namespace LbrCore.Trees;

/// <summary>
/// Width K and depth L of the tree of a sequence, and the numbering of its nodes: the full K-ary tree in breadth-first order. Depths count from 1; depth d has K^d places from
/// <see cref="Offset"/>(d) = K + ... + K^(d-1) on, and the node of path (a1, ..., ad) is number Offset(d) + a1 K^(d-1) + ... + ad. So the root of subtree k is node k.
/// </summary>
public readonly record struct TreeShape
{
    /// <summary>Most nodes of one sequence.</summary>
    public const int MaximumNodes = 64;

    /// <summary>A shape.</summary>
    /// <param name="width">Candidates at every place, K.</param>
    /// <param name="depth">Tokens of a path, L.</param>
    /// <exception cref="ArgumentException">A size is below 1, or there are more than <see cref="MaximumNodes"/> nodes.</exception>
    public TreeShape(int width, int depth)
    {
        if (width < 1) throw new ArgumentException($"The width is {width}; a tree needs at least one candidate.", nameof(width));
        if (depth < 1) throw new ArgumentException($"The depth is {depth}; a tree needs at least one level.", nameof(depth));
        (Width, Depth) = (width, depth);
        long nodes = 0, level = 1;
        for (int d = 1; d <= depth && nodes <= MaximumNodes; d++) nodes += level = Math.Min(level * width, MaximumNodes + 1);
        if (nodes > MaximumNodes)
            throw new ArgumentException($"A tree of width {width} and depth {depth} has more than {MaximumNodes} nodes; choose a smaller width or depth.", nameof(width));
        Nodes = (int)nodes;
    }

    /// <summary>Candidates at every place, K.</summary>
    public int Width { get; }

    /// <summary>Tokens of a path, L.</summary>
    public int Depth { get; }

    /// <summary>Places for nodes, K + ... + K^L.</summary>
    public int Nodes { get; }

    /// <summary>Places at the deepest level, K^L.</summary>
    public int Leaves => Count(Depth);

    /// <summary>Places at a depth, K^depth; 1 at depth 0, which is the end of the prefix.</summary>
    /// <param name="depth">0 to <see cref="Depth"/>.</param>
    public int Count(int depth)
    {
        int count = 1;
        for (int d = 0; d < depth; d++) count *= Width;
        return count;
    }

    /// <summary>First node of a depth.</summary>
    /// <param name="depth">1 to <see cref="Depth"/> + 1.</param>
    public int Offset(int depth)
    {
        int offset = 0;
        for (int d = 1; d < depth; d++) offset += Count(d);
        return offset;
    }

    /// <summary>Depth of a node, from 1.</summary>
    /// <param name="node">The node.</param>
    public int DepthOf(int node)
    {
        int depth = 1;
        while (Offset(depth + 1) <= node) depth++;
        return depth;
    }

    /// <summary>Parent of a node, or -1 for a child of the prefix.</summary>
    /// <param name="node">The node.</param>
    public int Parent(int node)
    {
        int depth = DepthOf(node);
        return depth == 1 ? -1 : Offset(depth - 1) + ((node - Offset(depth)) / Width);
    }

    /// <summary>Nodes of subtree k, root first and then in breadth-first order. In the tree that is left when k is committed and the tree shifts, entry i + 1 is node i.</summary>
    /// <param name="k">Number of the subtree.</param>
    public IEnumerable<int> Subtree(int k)
    {
        for (int depth = 1; depth <= Depth; depth++)
        {
            int count = Count(depth - 1);
            for (int i = 0; i < count; i++) yield return Offset(depth) + (k * count) + i;
        }
    }
}
