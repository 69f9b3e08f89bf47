using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Trees;

namespace LbrCore.Decoding;

/// <summary>A replay in one element type.</summary>
/// <typeparam name="T">Element type.</typeparam>
internal sealed class TraceReplay<T> : IDisposable
    where T : unmanaged
{
    private readonly Transformer<T> _model;
    private readonly TraceHeader _header;
    private readonly TreeShape _shape;
    private readonly Router _router;
    private readonly InferenceSession<T> _session;
    private readonly RouterSession<T> _routerSession;
    private readonly DeviceBuffer<T> _states;
    private readonly DeviceBuffer<T> _embeddings;
    private readonly DeviceBuffer<int> _tokens;
    private readonly DeviceBuffer<T> _prefixState;
    private readonly DeviceBuffer<int> _valid;
    private readonly DeviceBuffer<float> _logProbabilities;
    private readonly DeviceBuffer<float> _entropies;
    private readonly DeviceBuffer<float> _scores;
    private readonly float[] _afterPrefix;
    private readonly Dictionary<int, Node> _nodes = [];
    private Dictionary<int, IReadOnlyList<int>> _supports = [];
    private int _prefixLength;
    private int _steps;
    private int _count;
    private ReplayDifference? _node;
    private ReplayDifference? _draw;
    private ReplayDifference? _route;
    private double _logLikelihood;

    public TraceReplay(Transformer<T> model, TraceHeader header, Router router, int steps)
    {
        (_model, _header, _router) = (model, header, router);
        ModelConfig config = model.Config;
        _shape = new TreeShape(header.Width, header.Depth);
        header.Sampling.Validate();
        router.Check(config, _shape);
        int prompt = header.PromptIds.Count;
        if (prompt == 0) throw new ArgumentException("The trace has an empty prompt.", nameof(header));
        if (prompt + (long)steps > config.MaxPositionEmbeddings + 1L)
            throw new ArgumentException($"The trace has {prompt} tokens of prompt and {steps} steps; the model has {config.MaxPositionEmbeddings} positions.", nameof(header));
        _session = new InferenceSession<T>(model, new SessionOptions
        {
            ContextLength = Math.Min(prompt + steps, config.MaxPositionEmbeddings),
            TreeNodes = _shape.Depth + 1,
            MaxRows = Math.Clamp(prompt, _shape.Depth, 512),
        });
        Device device = model.Device;
        _routerSession = router.CreateSession<T>(device, 1, _shape, config.HiddenSize);
        _states = device.Allocate<T>((long)_shape.Nodes * config.HiddenSize);
        _embeddings = device.Allocate<T>(router.ReadsParents ? (long)_shape.Nodes * config.HiddenSize : 1);
        _tokens = device.Allocate<int>(_shape.Nodes);
        _prefixState = device.Allocate<T>(config.HiddenSize);
        _valid = device.Allocate<int>(_shape.Nodes);
        _logProbabilities = device.Allocate<float>(_shape.Nodes);
        _entropies = device.Allocate<float>(_shape.Nodes);
        _scores = device.Allocate<float>(_shape.Width);
        _states.Clear();
        device.DefaultStream.Synchronize();
        _afterPrefix = new float[config.VocabSize];
        Append([.. header.PromptIds]);
    }

    // A live node: where it hangs and what was computed anew.
    private sealed class Node(GrownNode grown)
    {
        public GrownNode Grown => grown;

        public List<Node> Children { get; } = [];

        public double LogProbability { get; set; }

        // Probability outside the siblings.
        public double Rest { get; set; }
    }

    public ReplayReport Report => new(_steps, _count, _node, _draw, _route) { LogLikelihood = _logLikelihood };

    private ComputeStream Stream => _model.Device.DefaultStream;

    /// <summary>Replays a step: checks its nodes and its choice, then commits its token.</summary>
    public void Take(TreeStep step)
    {
        if (step.PrefixLength != _prefixLength) throw new InvalidDataException($"Step {step.Step} has a prefix of {step.PrefixLength} tokens; by the steps before it there are {_prefixLength}.");
        _steps++;
        _supports = step.Supports.Where(support => support.Tokens.Count > 0).ToDictionary(support => support.Parent, support => support.Tokens);
        Node[] slots = Hang(step);
        var grown = step.Grown.Select(node => node.Id).ToHashSet();
        Node[] roots = [.. slots.Where(slot => grown.Contains(slot.Grown.Id))];
        if (roots.Length > 0) CheckSiblings(step, roots, new TokenDistribution(_afterPrefix, _header.Sampling, _supports.GetValueOrDefault(-1)));
        int[] valid = new int[_shape.Nodes];
        float[] logProbabilities = new float[_shape.Nodes], entropies = new float[_shape.Nodes];
        for (int k = 0; k < slots.Length && !_router.ReadsParents; k++) Walk([slots[k]], [k], step, grown, valid, logProbabilities, entropies);
        if (_router.ReadsParents) ReadParents(slots, valid, logProbabilities);
        CheckRoute(step, slots, valid, logProbabilities, entropies);
        Node committed = slots[step.Chosen];
        if (committed.Grown.Token != step.Committed) throw new InvalidDataException($"Step {step.Step} commits token {step.Committed}; its chosen slot has {committed.Grown.Token}.");
        foreach (Node slot in slots) Forget(slot, keepBelow: slot == committed);
        Append([step.Committed]);
    }

    public void Dispose()
    {
        _scores.Dispose();
        _entropies.Dispose();
        _logProbabilities.Dispose();
        _valid.Dispose();
        _prefixState.Dispose();
        _tokens.Dispose();
        _embeddings.Dispose();
        _states.Dispose();
        _routerSession.Dispose();
        _session.Dispose();
    }

    // Adds the grown nodes to the live ones; the slots in order.
    private Node[] Hang(TreeStep step)
    {
        foreach (GrownNode grown in step.Grown)
        {
            if ((uint)grown.Token >= (uint)_model.Config.VocabSize) throw new InvalidDataException($"Node {grown.Id} has token {grown.Token}; the vocabulary has {_model.Config.VocabSize}.");
            var node = new Node(grown);
            if (grown.Parent >= 0)
            {
                if (!_nodes.TryGetValue(grown.Parent, out Node? parent)) throw new InvalidDataException($"Node {grown.Id} of step {step.Step} hangs below {grown.Parent}, which is not in the tree any more.");
                if (parent.Children.Count == _shape.Width) throw new InvalidDataException($"Node {grown.Parent} has more than {_shape.Width} children.");
                parent.Children.Add(node);
            }

            _nodes.Add(grown.Id, node);
            _count++;
        }

        if (step.Slots.Count > _shape.Width) throw new InvalidDataException($"Step {step.Step} has {step.Slots.Count} slots; the tree is {_shape.Width} wide.");
        return [.. step.Slots.Select(id => _nodes.TryGetValue(id, out Node? node) ? node : throw new InvalidDataException($"Slot {id} of step {step.Step} is not in the tree any more."))];
    }

    // Forwards the path to every leaf below a node as text after the prefix, and takes what its rows give.
    private void Walk(List<Node> path, List<int> places, TreeStep step, HashSet<int> grown, int[] valid, float[] logProbabilities, float[] entropies)
    {
        Node last = path[^1];
        if (path.Count > _shape.Depth) throw new InvalidDataException($"Node {last.Grown.Id} is {path.Count} deep in step {step.Step}; the tree has depth {_shape.Depth}.");
        for (int child = 0; child < last.Children.Count; child++) Walk([.. path, last.Children[child]], [.. places, child], step, grown, valid, logProbabilities, entropies);
        if (last.Children.Count > 0) return;
        _session.Forward(Stream, new RowBatch().AddText(0, _prefixLength, path.Select(node => node.Grown.Token).ToArray()));
        int hidden = _model.Config.HiddenSize, node = 0;
        for (int depth = 1; depth <= path.Count; depth++)
        {
            node = (node * _shape.Width) + places[depth - 1];
            int place = _shape.Offset(depth) + node;
            if (valid[place] != 0) continue;
            ArrayView<T> state = _session.Activations.FinalHidden.SubView((long)(depth - 1) * hidden, hidden);
            Stream.Copy(state, _states.View.SubView((long)place * hidden, hidden));
            Node at = path[depth - 1];
            bool parent = at.Children.Any(child => grown.Contains(child.Grown.Id));
            if (parent || _router.NeedsEntropies)
            {
                TokenDistribution after = After(state, at.Grown.Id);
                entropies[place] = (float)after.Entropy;
                if (parent) CheckSiblings(step, at.Children, after);
            }

            (valid[place], logProbabilities[place]) = (1, (float)at.LogProbability);
        }
    }

    private void CheckSiblings(TreeStep step, IReadOnlyList<Node> siblings, TokenDistribution distribution)
    {
        bool distinct = _header.Siblings == SiblingSampling.Distinct;
        double left = distinct ? distribution.Rest(siblings.Select(node => node.Grown.Token)) : 0, rest = left;
        // From the last draw back: what was left before it is the rest and all siblings from it on.
        for (int i = siblings.Count - 1; i >= 0; i--)
        {
            Node node = siblings[i];
            node.LogProbability = distribution.LogProbability(node.Grown.Token);
            node.Rest = rest;
            ReplayDifference.Widen(ref _node, new ReplayDifference(step.Step, node.Grown.Id, node.Grown.LogProbability, node.LogProbability));
            left += Math.Exp(node.LogProbability);
            _logLikelihood += distinct ? node.LogProbability - Math.Log(left) : node.LogProbability;
            if (node.Grown.DrawLogProbability is { } recorded) ReplayDifference.Widen(ref _draw, new ReplayDifference(step.Step, node.Grown.Id, recorded, node.LogProbability - Math.Log(left)));
        }
    }

    // A router that sees no candidate: the state of the prefix, and the tokens. Its trees have one level.
    private void ReadParents(Node[] slots, int[] valid, float[] logProbabilities)
    {
        int hidden = _model.Config.HiddenSize;
        int[] tokens = [.. Enumerable.Repeat(-1, _shape.Nodes)];
        for (int k = 0; k < slots.Length; k++)
        {
            (tokens[k], valid[k], logProbabilities[k]) = (slots[k].Grown.Token, 1, (float)slots[k].LogProbability);
            Stream.Copy(_prefixState.View, _states.View.SubView((long)k * hidden, hidden));
        }

        Stream.CopyFromHost<int>(tokens, _tokens);
        Embedding.LaunchForward(Stream, _tokens.View, _model.Weights.Embedding, _embeddings.View, _shape.Nodes, _model.Config.VocabSize, hidden);
    }

    private void CheckRoute(TreeStep step, Node[] slots, int[] valid, float[] logProbabilities, float[] entropies)
    {
        Stream.CopyFromHost<int>(valid, _valid);
        Stream.CopyFromHost<float>(logProbabilities, _logProbabilities);
        Stream.CopyFromHost<float>(entropies, _entropies);
        _routerSession.Score(Stream, new RouterInput<T>
        {
            Sequences = 1,
            Shape = _shape,
            HiddenSize = _model.Config.HiddenSize,
            NodeStates = _states,
            NodeValid = _valid,
            NodeLogProbabilities = _logProbabilities,
            NodeEntropies = _router.NeedsEntropies ? _entropies.View : default,
            NodeEmbeddings = _router.ReadsParents ? _embeddings.View : default,
        }, _scores);
        float[] scores = new float[_shape.Width];
        Stream.CopyToHost(_scores.View, scores);
        double[] bias = _header.SiblingBias ? SiblingLikelihood.FirstDrawBias([.. slots.Select(slot => slot.LogProbability)], slots[0].Rest) : new double[slots.Length];
        double[] logits = [.. slots.Select((_, k) => (scores[k] + bias[k]) / _header.RouteTemperature)];
        double max = logits.Max(), all = max + Math.Log(logits.Sum(logit => Math.Exp(logit - max)));
        if (_header.Route == RouteRule.Sample) _logLikelihood += logits[step.Chosen] - all;
        for (int k = 0; k < slots.Length; k++)
            ReplayDifference.Widen(ref _route, new ReplayDifference(step.Step, k, step.RouterLogProbabilities[k], logits[k] - all));
    }

    // Forwards committed tokens, which stay in the cache.
    private void Append(int[] tokens)
    {
        // The last token of a full context has no place, and nothing comes after it.
        if (_prefixLength + tokens.Length > _session.Options.Slots) return;
        _session.Prefill(Stream, [new Prompt(0, tokens, _prefixLength)]);
        _prefixLength += tokens.Length;
        Stream.Copy(_session.Activations.SelectedHidden.SubView(0, _prefixState.Length), _prefixState.View);
        _session.ComputeLogits(Stream, _session.Activations.SelectedHidden, 1);
        Stream.CopyToHost(_session.Activations.Logits.SubView(0, _afterPrefix.Length), _afterPrefix);
    }

    private TokenDistribution After(ArrayView<T> state, int id)
    {
        _session.ComputeLogits(Stream, state, 1);
        float[] logits = new float[_model.Config.VocabSize];
        Stream.CopyToHost(_session.Activations.Logits.SubView(0, logits.Length), logits);
        return new TokenDistribution(logits, _header.Sampling, _supports.GetValueOrDefault(id));
    }

    private void Forget(Node node, bool keepBelow)
    {
        _nodes.Remove(node.Grown.Id);
        if (keepBelow) return;
        foreach (Node child in node.Children) Forget(child, keepBelow: false);
    }
}
