using System.Runtime.InteropServices;
using LbrCore.Kernels;

namespace LbrCore.Model;

/// <summary>Rows that the host puts together for a pass: pieces of texts and trees of any sequences, in any mixture.</summary>
/// <remarks>A row must come after those that it attends to, in this batch or an earlier one.</remarks>
public sealed class RowBatch
{
    private readonly List<int> _tokens = [];
    private readonly List<TokenRow> _rows = [];
    private readonly List<TreeParents> _trees = [];

    /// <summary>Number of rows.</summary>
    public int Count => _rows.Count;

    /// <summary>Token of each row.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Place of each row.</summary>
    public ReadOnlySpan<TokenRow> Rows => CollectionsMarshal.AsSpan(_rows);

    /// <summary>For each tree, what goes into the table of parents.</summary>
    internal IReadOnlyList<TreeParents> Trees => _trees;

    /// <summary>Slots of the parents of consecutive slots.</summary>
    internal sealed record TreeParents(int Sequence, int FirstSlot, int[] ParentSlots);

    /// <summary>Adds tokens of a text: each attends to all before it.</summary>
    /// <param name="sequence">Sequence in the cache.</param>
    /// <param name="start">Tokens of the sequence that come before.</param>
    /// <param name="tokens">The tokens.</param>
    /// <returns>This batch.</returns>
    public RowBatch AddText(int sequence, int start, ReadOnlySpan<int> tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        _tokens.AddRange(tokens);
        for (int i = 0; i < tokens.Length; i++) _rows.Add(TokenRow.InText(sequence, start + i));
        return this;
    }

    /// <summary>Adds a tree below the end of a text: each node attends to the text, to its ancestors and to itself.</summary>
    /// <param name="sequence">Sequence in the cache.</param>
    /// <param name="prefix">Tokens of the text. Node i takes the slot prefix + i.</param>
    /// <param name="tokens">Tokens of the nodes.</param>
    /// <param name="parents">Parent of each node, an earlier node, or -1 for a child of the text's last token.</param>
    /// <returns>This batch.</returns>
    /// <exception cref="ArgumentException">The lists differ in length, or a parent does not come before its child.</exception>
    public RowBatch AddTree(int sequence, int prefix, ReadOnlySpan<int> tokens, ReadOnlySpan<int> parents)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfNegative(prefix);
        if (parents.Length != tokens.Length) throw new ArgumentException($"There are {tokens.Length} nodes and {parents.Length} parents; every node needs one.", nameof(parents));
        var depths = new int[parents.Length];
        var parentSlots = new int[parents.Length];
        for (int node = 0; node < parents.Length; node++)
        {
            int parent = parents[node];
            if (parent < -1 || parent >= node)
                throw new ArgumentException($"The parent of node {node} is {parent}; it must be -1 or a node before it.", nameof(parents));
            depths[node] = parent < 0 ? 0 : depths[parent] + 1;
            parentSlots[node] = parent < 0 ? -1 : prefix + parent;
            _rows.Add(new TokenRow { Sequence = sequence, Position = prefix + depths[node], Prefix = prefix, Slot = prefix + node });
        }

        _tokens.AddRange(tokens);
        if (tokens.Length > 0) _trees.Add(new TreeParents(sequence, prefix, parentSlots));
        return this;
    }
}
