using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Trees;

namespace LbrCore.Training.Grpo;

/// <summary>The router in training: scores of all routes of a batch at once, and their gradients.</summary>
/// <typeparam name="T">Element type of states.</typeparam>
internal sealed class RouterLearner<T> : IDisposable
    where T : unmanaged
{
    private readonly RouterPass _pass;
    private readonly TransformerWeights<T> _model;
    private readonly DeviceBuffer<int>? _tokens;
    private readonly DeviceBuffer<T>? _embeddings;
    private readonly DeviceBuffer<float>? _gradEmbeddings;
    private readonly int _hidden;
    private readonly int _maxRows;
    private readonly DeviceBuffer<T> _states;
    private readonly DeviceBuffer<float> _gradStates;
    private readonly DeviceBuffer<float> _pieces;
    private readonly DeviceBuffer<int> _rows;
    private readonly DeviceBuffer<int> _valid;
    private readonly DeviceBuffer<float> _logProbs;
    private readonly DeviceBuffer<float> _scores;
    private readonly DeviceBuffer<int> _order;
    private readonly DeviceBuffer<RowSegment> _segments;
    private readonly DeviceBuffer<RowSegment> _totals;
    private int _routes;
    private int[] _places = [];
    private int[] _nodeTokens = [];

    /// <summary>Allocates everything.</summary>
    /// <param name="weights">The router.</param>
    /// <param name="model">The model, whose embeddings a router reads that sees no candidate.</param>
    /// <param name="shape">The trees.</param>
    /// <param name="maxRoutes">Most routes of a batch.</param>
    /// <param name="maxRows">Most rows of a batch.</param>
    public RouterLearner(RouterWeights weights, TransformerWeights<T> model, TreeShape shape, int maxRoutes, int maxRows)
    {
        Device device = weights.Device;
        (_hidden, _maxRows, _model, MaxRoutes) = (weights.Config.HiddenSize, maxRows, model, maxRoutes);
        long nodes = (long)maxRoutes * shape.Nodes;
        int mostPieces = MostPieces(model.Config, nodes, maxRows);
        _pass = new RouterPass(weights, shape, maxRoutes, keep: true);
        Gradients = new RouterWeights(weights.Config, device);
        _states = device.Allocate<T>(nodes * _hidden);
        _gradStates = device.Allocate<float>(nodes * _hidden);
        _pieces = device.Allocate<float>((long)mostPieces * _hidden);
        _rows = device.Allocate<int>(nodes);
        _valid = device.Allocate<int>(nodes);
        _logProbs = device.Allocate<float>(nodes);
        _scores = device.Allocate<float>((long)maxRoutes * shape.Width);
        _order = device.Allocate<int>(nodes);
        _segments = device.Allocate<RowSegment>(mostPieces);
        _totals = device.Allocate<RowSegment>(Math.Min(nodes, Math.Max(maxRows, model.Config.VocabSize)));
        if (!weights.Config.PreCandidate) return;
        _tokens = device.Allocate<int>(nodes);
        _embeddings = device.Allocate<T>(nodes * _hidden);
        _gradEmbeddings = device.Allocate<float>(nodes * _hidden);
    }

    /// <summary>What the constructor allocates, gradients included.</summary>
    /// <param name="router">The router.</param>
    /// <param name="model">The model.</param>
    /// <param name="shape">The trees.</param>
    /// <param name="maxRoutes">Most routes of a batch.</param>
    /// <param name="maxRows">Most rows of a batch.</param>
    public static MemoryPlan Plan(RouterConfig router, ModelConfig model, TreeShape shape, int maxRoutes, int maxRows)
    {
        long nodes = (long)maxRoutes * shape.Nodes, pieces = MostPieces(model, nodes, maxRows);
        long states = nodes * router.HiddenSize * (Unsafe.SizeOf<T>() + sizeof(float));
        long indices = (nodes * ((3 * sizeof(int)) + sizeof(float))) + ((pieces + Math.Min(nodes, Math.Max(maxRows, model.VocabSize))) * Unsafe.SizeOf<RowSegment>());
        return new MemoryPlan()
            .Add(RouterPass.Plan(router, shape, maxRoutes, keep: true))
            .Add("gradients", RouterWeights.Plan(router).TotalBytes, 1)
            .Add("states", (router.PreCandidate ? 2 : 1) * states, 1)
            .Add("places", (pieces * router.HiddenSize * sizeof(float)) + indices + (router.PreCandidate ? nodes * sizeof(int) : 0) + ((long)maxRoutes * shape.Width * sizeof(float)), 1);
    }

    private static int MostPieces(ModelConfig model, long nodes, int maxRows) => OccurrenceTable.MostPieces(checked((int)nodes), Math.Max(maxRows, model.VocabSize));

    /// <summary>Most routes of a batch.</summary>
    public int MaxRoutes { get; }

    /// <summary>Gradients of all parameters.</summary>
    public RouterWeights Gradients { get; }

    /// <summary>Waits for the scores of all routes of a batch, [routes, K].</summary>
    public float[] Forward(ComputeStream stream, TrajectoryBatch batch, ArrayView<T> finalHidden)
    {
        _routes = batch.Routes.Count;
        if (_routes == 0) return [];
        _places = batch.NodeRows.ToArray();
        int nodes = _places.Length;
        // None of these copies waits: the device is at work on the forward pass.
        Staged.Copy<int>(stream, _places, _rows.View);
        Staged.Copy<int>(stream, Array.ConvertAll(_places, row => row < 0 ? 0 : 1), _valid.View);
        Staged.Copy<float>(stream, CollectionsMarshal.AsSpan(batch.NodeLogProbs), _logProbs.View);
        Embedding.LaunchForward(stream, _rows.View, finalHidden, _states.View, nodes, batch.Rows.Count, _hidden);
        if (_embeddings is not null)
        {
            _nodeTokens = batch.NodeTokens.ToArray();
            Staged.Copy<int>(stream, _nodeTokens, _tokens!.View);
            Embedding.LaunchForward(stream, _tokens.View, _model.Embedding, _embeddings.View, nodes, _model.Config.VocabSize, _hidden);
        }

        _pass.Forward(stream, Input(), _scores.View);
        var scores = new float[_routes * _pass.Shape.Width];
        stream.CopyToHost(_scores.View.SubView(0, scores.Length), scores);
        return scores;
    }

    /// <summary>
    /// Adds gradients of parameters to <see cref="Gradients"/>, and <paramref name="scale"/> times those of the states to <paramref name="gradHidden"/> and of the embeddings, where they
    /// are read, to <paramref name="gradEmbedding"/>; with 0 they are not computed.
    /// </summary>
    public void Backward(ComputeStream stream, float[] scoreGradients, ArrayView<float> gradHidden, ArrayView<float> gradEmbedding, float scale)
    {
        if (_routes == 0) return;
        Staged.Copy<float>(stream, scoreGradients, _scores.View);
        bool teaches = scale != 0;
        _pass.Backward(stream, Input(), _scores.View, Gradients, teaches ? _gradStates.View : default, teaches ? _gradEmbeddings?.View ?? default : default);
        if (!teaches) return;
        // A row may stand in the trees of several routes.
        AddRows(stream, _places, _maxRows, _gradStates.View, gradHidden, scale);
        if (_gradEmbeddings is not null) AddRows(stream, _nodeTokens, _model.Config.VocabSize, _gradEmbeddings.View, gradEmbedding, scale);
    }

    // target[indices[i]] += scale * gradients[i]
    private void AddRows(ComputeStream stream, int[] indices, int tableRows, ArrayView<float> gradients, ArrayView<float> target, float scale)
    {
        OccurrenceTable table = OccurrenceTable.Of(indices, tableRows);
        Staged.Copy<int>(stream, table.Order, _order.View);
        Staged.Copy<RowSegment>(stream, table.Pieces, _segments.View);
        Staged.Copy<RowSegment>(stream, table.Totals, _totals.View);
        Embedding.LaunchBackward(stream, gradients, _order.View, _segments.View, _pieces.View, table.Pieces.Length, _hidden, accumulate: false);
        Embedding.LaunchBackward(stream, _pieces.View, default, _totals.View, target, table.Totals.Length, _hidden, accumulate: true, scale);
    }

    public void Dispose()
    {
        _pass.Dispose();
        Gradients.Dispose();
        foreach (IDisposable? buffer in new IDisposable?[] { _states, _gradStates, _pieces, _rows, _valid, _logProbs, _scores, _order, _segments, _totals, _tokens, _embeddings, _gradEmbeddings })
            buffer?.Dispose();
    }

    private RouterInput<T> Input() => new()
    {
        Sequences = _routes,
        Shape = _pass.Shape,
        HiddenSize = _hidden,
        NodeStates = _states.View,
        NodeValid = _valid.View,
        NodeLogProbabilities = _logProbs.View,
        NodeEmbeddings = _embeddings?.View ?? default,
    };
}
