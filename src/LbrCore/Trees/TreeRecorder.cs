namespace LbrCore.Trees;

/// <summary>
/// Follows the tree of one sequence on the host. The device reports what was grown and which subtree was chosen; everything else follows, so the recorder gives nodes their ids and
/// makes the steps of the trace.
/// </summary>
public sealed class TreeRecorder
{
    private readonly TreeShape _shape;
    private readonly Node?[] _nodes;
    private int _prefixLength;
    private int _nextId;
    private int _steps;

    /// <summary>A recorder at the start of a text.</summary>
    /// <param name="shape">The tree.</param>
    /// <param name="promptLength">Tokens of the prompt.</param>
    public TreeRecorder(TreeShape shape, int promptLength)
    {
        _shape = shape;
        _nodes = new Node?[shape.Nodes];
        _prefixLength = promptLength;
    }

    private sealed record Node(int Id, int Token, float LogProbability);

    /// <summary>Log of the probability of the token that was committed last, under the distribution that it was drawn from.</summary>
    public float CommittedLogProbability { get; private set; }

    /// <summary>Takes one step.</summary>
    /// <param name="grown">[nodes]: what was drawn at each place. The first step reads all levels, later steps only the deepest: what lies above it was grown before.</param>
    /// <param name="logRho">[width].</param>
    /// <param name="chosen">Number of the committed root.</param>
    public TreeStep Record(GrownLevel grown, ReadOnlySpan<float> logRho, int chosen)
    {
        var fresh = new List<GrownNode>();
        for (int node = _steps == 0 ? 0 : _shape.Offset(_shape.Depth); node < _shape.Nodes; node++) Grow(grown, node, fresh);
        IReadOnlyList<KeptSupport> supports = grown.KeptCounts.IsEmpty ? [] : Supports(grown);
        int present = 0;
        while (present < _shape.Width && _nodes[present] is not null) present++;
        Node committed = chosen >= 0 && chosen < present ? _nodes[chosen]! : throw new InvalidOperationException($"Subtree {chosen} was chosen of {present}.");
        CommittedLogProbability = committed.LogProbability;
        var step = new TreeStep
        {
            Step = ++_steps,
            PrefixLength = _prefixLength++,
            Grown = fresh,
            Slots = [.. _nodes[..present].Select(node => node!.Id)],
            RouterLogProbabilities = logRho[..present].ToArray(),
            Chosen = chosen,
            Committed = committed.Token,
            Supports = supports,
        };
        Shift(chosen);
        return step;
    }

    private void Grow(GrownLevel grown, int node, List<GrownNode> fresh)
    {
        _nodes[node] = null;
        int token = grown.Tokens[node], parent = _shape.Parent(node);
        if (token < 0) return;
        float logProbability = grown.LogProbabilities[node];
        _nodes[node] = new Node(_nextId++, token, logProbability);
        fresh.Add(new GrownNode(_nodes[node]!.Id, parent < 0 ? -1 : _nodes[parent]!.Id, _shape.DepthOf(node), token, logProbability)
        {
            DrawLogProbability = grown.DrawLogProbabilities.IsEmpty ? null : grown.DrawLogProbabilities[node],
        });
    }

    // Of the parents that have grown in this step: place 0 is the end of the prefix, place i + 1 is node i.
    private List<KeptSupport> Supports(GrownLevel grown)
    {
        var supports = new List<KeptSupport>();
        int firstParent = _shape.Depth == 1 ? 0 : _shape.Offset(_shape.Depth - 1) + 1;
        for (int place = _steps == 0 ? 0 : firstParent; place < grown.KeptCounts.Length; place++)
        {
            int count = grown.KeptCounts[place];
            if (count == 0 || (place > 0 && _nodes[place - 1] is null)) continue;
            int[] tokens = count <= grown.KeptCapacity ? grown.KeptTokens.Slice(place * grown.KeptCapacity, count).ToArray() : [];
            supports.Add(new KeptSupport(place == 0 ? -1 : _nodes[place - 1]!.Id, count, tokens));
        }

        return supports;
    }

    private void Shift(int chosen)
    {
        int to = -1;
        foreach (int from in _shape.Subtree(chosen))
        {
            if (to >= 0) _nodes[to] = _nodes[from];
            to++;
        }

        for (int node = _shape.Offset(_shape.Depth); node < _shape.Nodes; node++) _nodes[node] = null;
    }
}
