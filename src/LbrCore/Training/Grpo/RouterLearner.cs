using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Routing;
using LbrCore.Trees;

namespace LbrCore.Training.Grpo;

/// <summary>The router in training: scores of all routes of a batch at once, and their gradients.</summary>
/// <typeparam name="T">Element type of states.</typeparam>
internal sealed class RouterLearner<T> : IDisposable
    where T : unmanaged
{
    private readonly RouterPass _pass;
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

    public RouterLearner(RouterWeights weights, TreeShape shape, int maxRoutes, int maxRows)
    {
        Device device = weights.Device;
        (_hidden, _maxRows, MaxRoutes) = (weights.Config.HiddenSize, maxRows, maxRoutes);
        long nodes = (long)maxRoutes * shape.Nodes;
        int mostPieces = OccurrenceTable.MostPieces(checked((int)nodes), maxRows);
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
        _totals = device.Allocate<RowSegment>(Math.Min(nodes, maxRows));
    }

    /// <summary>Most routes of a batch.</summary>
    public int MaxRoutes { get; }

    /// <summary>Gradients of all parameters.</summary>
    public RouterWeights Gradients { get; }

    /// <summary>Waits for the scores of all routes of a batch, [routes, K].</summary>
    public float[] Forward(ComputeStream stream, TrajectoryBatch batch, ArrayView<T> finalHidden)
    {
        _routes = batch.Routes.Count;
        if (_routes == 0) return [];
        _places = [.. batch.NodeRows];
        int nodes = _places.Length;
        stream.CopyFromHost<int>(_places, _rows.View.SubView(0, nodes));
        stream.CopyFromHost<int>([.. _places.Select(row => row < 0 ? 0 : 1)], _valid.View.SubView(0, nodes));
        stream.CopyFromHost<float>(batch.NodeLogProbs.ToArray(), _logProbs.View.SubView(0, nodes));
        Embedding.LaunchForward(stream, _rows.View, finalHidden, _states.View, nodes, batch.Rows.Count, _hidden);
        _pass.Forward(stream, Input(), _scores.View);
        var scores = new float[_routes * _pass.Shape.Width];
        stream.CopyToHost(_scores.View.SubView(0, scores.Length), scores);
        return scores;
    }

    /// <summary>Adds gradients of parameters to <see cref="Gradients"/>, and <paramref name="scale"/> times those of the states to <paramref name="gradHidden"/>; with 0 they are not computed.</summary>
    public void Backward(ComputeStream stream, float[] scoreGradients, ArrayView<float> gradHidden, float scale)
    {
        if (_routes == 0) return;
        stream.CopyFromHost<float>(scoreGradients, _scores.View.SubView(0, scoreGradients.Length));
        _pass.Backward(stream, Input(), _scores.View, Gradients, scale == 0 ? default : _gradStates.View);
        if (scale == 0) return;
        // A row may stand in the trees of several routes.
        OccurrenceTable table = OccurrenceTable.Of(_places, _maxRows);
        stream.CopyFromHost<int>(table.Order, _order.View.SubView(0, table.Order.Length));
        stream.CopyFromHost<RowSegment>(table.Pieces, _segments.View.SubView(0, table.Pieces.Length));
        stream.CopyFromHost<RowSegment>(table.Totals, _totals.View.SubView(0, table.Totals.Length));
        Embedding.LaunchBackward(stream, _gradStates.View, _order.View, _segments.View, _pieces.View, table.Pieces.Length, _hidden, accumulate: false);
        Embedding.LaunchBackward(stream, _pieces.View, default, _totals.View, gradHidden, table.Totals.Length, _hidden, accumulate: true, scale);
    }

    public void Dispose()
    {
        _pass.Dispose();
        Gradients.Dispose();
        foreach (IDisposable buffer in new IDisposable[] { _states, _gradStates, _pieces, _rows, _valid, _logProbs, _scores, _order, _segments, _totals }) buffer.Dispose();
    }

    private RouterInput<T> Input() => new()
    {
        Sequences = _routes,
        Shape = _pass.Shape,
        HiddenSize = _hidden,
        NodeStates = _states.View,
        NodeValid = _valid.View,
        NodeLogProbabilities = _logProbs.View,
    };
}
