using System.Runtime.InteropServices;
using LbrCore.Kernels;

namespace LbrCore.Training;

/// <summary>Sequences and trees of tokens, packed one behind the other without padding, and the tokens whose log-probabilities are wanted.</summary>
/// <remarks>
/// A sequence is a tree in preorder: a row comes right after its parent's other descendants, so that the descendants of a row are the rows behind it up to one last row. A text is a tree
/// without branches; rollouts of one prompt are branches below the prompt's last token, which so is forwarded once.
/// </remarks>
public sealed class PackedBatch
{
    private readonly List<int> _tokens = [];
    private readonly List<int> _positions = [];
    private readonly List<int> _starts = [];
    private readonly List<int> _parents = [];
    private readonly List<PackedTarget> _targets = [];
    private readonly Dictionary<int, (int[] Tokens, float[] Weights)> _mixtures = [];

    // Rows from the root of the sequence to the row that was added last.
    private readonly List<int> _path = [];

    /// <summary>Rows.</summary>
    public int Count => _tokens.Count;

    /// <summary>Tokens that log-probabilities are wanted of.</summary>
    public int TargetCount => _targets.Count;

    /// <summary>Token of each row; of a mixture the first.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_tokens);

    /// <summary>Tokens before each row on its own path.</summary>
    public ReadOnlySpan<int> Positions => CollectionsMarshal.AsSpan(_positions);

    /// <summary>Rows whose input is a mixture, with what they mix.</summary>
    internal IReadOnlyDictionary<int, (int[] Tokens, float[] Weights)> Mixtures => _mixtures;

    /// <summary>Parent of each row, -1 at the start of a sequence.</summary>
    public ReadOnlySpan<int> Parents => CollectionsMarshal.AsSpan(_parents);

    /// <summary>First row of each row's sequence.</summary>
    internal ReadOnlySpan<int> Starts => CollectionsMarshal.AsSpan(_starts);

    /// <summary>The targets in the order in which they were added.</summary>
    public ReadOnlySpan<PackedTarget> Targets => CollectionsMarshal.AsSpan(_targets);

    /// <summary>Adds a row.</summary>
    /// <param name="token">Its token.</param>
    /// <param name="parent">The row that it follows, or -1 to start a sequence.</param>
    /// <returns>The row.</returns>
    /// <exception cref="ArgumentException">The parent is no ancestor of the row that was added last, nor that row: rows must come in preorder.</exception>
    public int AddRow(int token, int parent)
    {
        int row = _tokens.Count;
        if (parent < 0)
        {
            _path.Clear();
        }
        else
        {
            int depth = _path.Count;
            while (depth > 0 && _path[depth - 1] > parent) depth--;
            if (depth == 0 || _path[depth - 1] != parent)
                throw new ArgumentException($"Row {row} cannot follow row {parent}: rows come in preorder, so its parent must be row {row - 1} or an ancestor of that.", nameof(parent));
            _path.RemoveRange(depth, _path.Count - depth);
        }

        _starts.Add(parent < 0 ? row : _starts[parent]);
        _positions.Add(parent < 0 ? 0 : _positions[parent] + 1);
        _parents.Add(Math.Max(parent, -1));
        _tokens.Add(token);
        _path.Add(row);
        return row;
    }

    /// <summary>Adds a row whose input is a mixture of embeddings. The weights are numbers that were fed, as the tokens are: nothing learns through them.</summary>
    /// <param name="tokens">What is mixed; the same token may come several times.</param>
    /// <param name="weights">Share of each.</param>
    /// <param name="parent">As in <see cref="AddRow"/>.</param>
    /// <returns>The row.</returns>
    /// <exception cref="ArgumentException">There are no tokens, not as many weights, or the parent is no ancestor of the row that was added last.</exception>
    public int AddMixture(ReadOnlySpan<int> tokens, ReadOnlySpan<float> weights, int parent)
    {
        if (tokens.IsEmpty || tokens.Length != weights.Length) throw new ArgumentException($"A mixture of {tokens.Length} tokens has {weights.Length} weights; give at least one token, and a weight for each.", nameof(weights));
        int row = AddRow(tokens[0], parent);
        _mixtures.Add(row, (tokens.ToArray(), weights.ToArray()));
        return row;
    }

    /// <summary>Adds rows that follow one another.</summary>
    /// <param name="tokens">Their tokens, at least one.</param>
    /// <param name="parent">The row that the first follows, or -1 to start a sequence.</param>
    /// <returns>The last row.</returns>
    public int AddText(ReadOnlySpan<int> tokens, int parent = -1)
    {
        if (tokens.IsEmpty) throw new ArgumentException("A text needs at least one token.", nameof(tokens));
        foreach (int token in tokens) parent = AddRow(token, parent);
        return parent;
    }

    /// <summary>Asks for the log-probability of a token right after a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="token">The token; the same may be asked for several times.</param>
    /// <returns>Number of the target.</returns>
    public int AddTarget(int row, int token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Count);
        _targets.Add(new PackedTarget(row, token));
        return _targets.Count - 1;
    }

    /// <summary>Removes everything.</summary>
    public void Clear()
    {
        _tokens.Clear();
        _positions.Clear();
        _starts.Clear();
        _parents.Clear();
        _targets.Clear();
        _mixtures.Clear();
        _path.Clear();
    }

    /// <summary>Each row's last descendant.</summary>
    internal int[] LastDescendants()
    {
        var last = new int[Count];
        for (int row = Count - 1; row >= 0; row--)
        {
            last[row] = Math.Max(last[row], row);
            int parent = _parents[row];
            if (parent >= 0) last[parent] = Math.Max(last[parent], last[row]);
        }

        return last;
    }

    /// <summary>The rows in tiles of one sequence each, as even as they can be, those first that see most: what takes longest must not begin last.</summary>
    /// <param name="last">Of <see cref="LastDescendants"/>.</param>
    /// <param name="most">Most rows of a tile.</param>
    internal List<AttentionTile> Tiles(int[] last, int most)
    {
        var tiles = new List<AttentionTile>();
        for (int start = 0; start < Count;)
        {
            int end = start + 1;
            while (end < Count && _starts[end] == start) end++;
            int count = (end - start + most - 1) / most;
            for (int i = 0; i < count; i++)
            {
                int first = start + (int)((long)(end - start) * i / count), next = start + (int)((long)(end - start) * (i + 1) / count);
                int seer = 0;
                for (int row = first; row < next; row++) seer = Math.Max(seer, last[row]);
                tiles.Add(new AttentionTile { FirstRow = first, RowCount = next - first, SequenceStart = start, LastSeer = seer });
            }

            start = end;
        }

        return [.. tiles.OrderByDescending(tile => tile.FirstRow - tile.SequenceStart)];
    }
}

/// <summary>A token whose log-probability right after a row is wanted.</summary>
/// <param name="Row">The row.</param>
/// <param name="Token">The token.</param>
public readonly record struct PackedTarget(int Row, int Token);
