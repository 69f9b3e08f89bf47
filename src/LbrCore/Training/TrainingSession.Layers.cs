using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Model;

namespace LbrCore.Training;

/// <content>The layers, forward and backward.</content>
public sealed partial class TrainingSession<T>
{
    private float Epsilon => (float)Model.Config.RmsNormEps;

    private int ProjectionWidth => Model.Config.QueryWidth + (2 * Model.Config.KeyValueWidth);

    // Gradients of the residual stream as operands of products.
    private ArrayView<T> StreamOperand => typeof(T) == typeof(float) ? _gradStream.Cast<T>() : _gradRounded;

    // middle = input + o_proj(attention(norm(input)))
    private void ForwardLayer(ComputeStream stream, int layer, int rows)
    {
        ModelConfig config = Model.Config;
        LayerWeights<T> w = Model.Weights.Layers[layer];
        LayerActivations<T> a = _layers[layer];
        RmsNorm.LaunchForward(stream, a.Input, w.InputNorm, a.AttentionInput, rows, config.HiddenSize, Epsilon);
        Mark(stream, "forward norms");
        ArrayView<T> projected = config.HasQueryKeyNorm ? a.Projected : a.QueryKeyValue;
        Linear.Forward(stream, a.AttentionInput, w.QueryKeyValue, projected, rows, ProjectionWidth, config.HiddenSize, w.QueryKeyValueBias, workspace: _workspace);
        if (config.HasQueryKeyNorm) Elements.LaunchCopy(stream, projected.SubView(0, (long)rows * ProjectionWidth), a.QueryKeyValue);
        Mark(stream, "forward linear");
        var places = new CacheLayout { SequenceStride = config.KeyValueWidth, HeadStride = config.HeadDim, SlotStride = config.KeyValueWidth, Slots = 1 };
        Rope.LaunchForward(
            stream, a.QueryKeyValue, _rows.View, _rotations.View, w.QueryNorm, w.KeyNorm, a.Keys, a.Values,
            rows, config.NumAttentionHeads, config.NumKeyValueHeads, config.HeadDim, Epsilon, places);
        Mark(stream, "forward rotation");
        PackedAttention.LaunchForward(stream, a.QueryKeyValue, a.Keys, a.Values, _last.View, _tiles.View, a.Attended, a.LogSumExp, _tileCount, Sizes(rows));
        Mark(stream, "forward attention");
        Linear.Forward(stream, a.Attended, w.Output, a.Middle, rows, config.HiddenSize, config.QueryWidth, w.OutputBias, residual: a.Input, workspace: _workspace);
        Mark(stream, "forward linear");
    }

    // output = middle + down(silu(gate) * up), gate | up = gate_up(norm(middle)); without an output only what the backward pass reads.
    private void FeedForward(ComputeStream stream, int layer, int rows, ArrayView<T> output)
    {
        ModelConfig config = Model.Config;
        LayerWeights<T> w = Model.Weights.Layers[layer];
        LayerActivations<T> a = _layers[layer];
        RmsNorm.LaunchForward(stream, a.Middle, w.PostAttentionNorm, a.FeedForwardInput, rows, config.HiddenSize, Epsilon);
        Mark(stream, "forward norms");
        Linear.Forward(stream, a.FeedForwardInput, w.GateUp, a.GateUp, rows, 2 * config.IntermediateSize, config.HiddenSize, workspace: _workspace);
        Mark(stream, "forward linear");
        SwiGlu.LaunchForward(stream, a.GateUp, a.Gated, rows, config.IntermediateSize);
        Mark(stream, "forward activation");
        if (output.IsValid) Linear.Forward(stream, a.Gated, w.Down, output, rows, config.HiddenSize, config.IntermediateSize, residual: a.Middle, workspace: _workspace);
        Mark(stream, "forward linear");
    }

    private void BackwardAll(ComputeStream stream, PackedBatch batch, ReadOnlySpan<float> gradLogProbs)
    {
        int rows = batch.Count;
        _logProbs.Backward(stream, gradLogProbs, _gradHidden, Gradients, _scratch, _gradientWorkspace);
        Mark(stream, "backward log-probs");
        Normalize(stream, _streams[^1], Model.Weights.FinalNorm, _gradHidden, rows, accumulate: false);
        Mark(stream, "backward norms");
        for (int layer = _layers.Length - 1; layer >= 0; layer--)
        {
            if (Options.Recompute)
            {
                ForwardLayer(stream, layer, rows);
                FeedForward(stream, layer, rows, default);
            }

            BackwardFeedForward(stream, layer, rows);
            BackwardAttention(stream, layer, rows);
        }

        BackwardEmbedding(stream, batch);
    }

    private void BackwardFeedForward(ComputeStream stream, int layer, int rows)
    {
        ModelConfig config = Model.Config;
        LayerWeights<T> w = Model.Weights.Layers[layer];
        LayerActivations<T> a = _layers[layer];
        (int hidden, int intermediate) = (config.HiddenSize, config.IntermediateSize);
        Linear.LaunchGradientOfInput(stream, StreamOperand, w.Down, _gradNarrow, rows, hidden, intermediate, _scratch, _gradientWorkspace);
        Mark(stream, "backward data");
        Linear.LaunchGradientOfWeight(stream, StreamOperand, a.Gated, Gradients.Of(w.Down), rows, hidden, intermediate, _scratch, _gradientWorkspace);
        Mark(stream, "backward weight");
        SwiGlu.LaunchBackward(stream, a.GateUp, _gradNarrow, _gradWide, rows, intermediate);
        Mark(stream, "backward activation");
        Linear.LaunchGradientOfInput(stream, _gradWide, w.GateUp, _gradNarrow, rows, 2 * intermediate, hidden, _scratch, _gradientWorkspace);
        Mark(stream, "backward data");
        Linear.LaunchGradientOfWeight(stream, _gradWide, a.FeedForwardInput, Gradients.Of(w.GateUp), rows, 2 * intermediate, hidden, _scratch, _gradientWorkspace);
        Mark(stream, "backward weight");
        Normalize(stream, a.Middle, w.PostAttentionNorm, _gradNarrow, rows, accumulate: true);
        Mark(stream, "backward norms");
    }

    private void BackwardAttention(ComputeStream stream, int layer, int rows)
    {
        ModelConfig config = Model.Config;
        LayerWeights<T> w = Model.Weights.Layers[layer];
        LayerActivations<T> a = _layers[layer];
        (int hidden, int width) = (config.HiddenSize, config.QueryWidth);
        Linear.LaunchGradientOfInput(stream, StreamOperand, w.Output, _gradNarrow, rows, hidden, width, _scratch, _gradientWorkspace);
        Mark(stream, "backward data");
        Linear.LaunchGradientOfWeight(stream, StreamOperand, a.Attended, Gradients.Of(w.Output), rows, hidden, width, _scratch, _gradientWorkspace);
        Mark(stream, "backward weight");
        if (w.OutputBias.Length > 0) ColumnSums.Accumulate(stream, StreamOperand, Gradients.Of(w.OutputBias), rows, hidden, _sums);
        Mark(stream, "backward bias");
        PackedAttention.LaunchGradients(
            stream, a.QueryKeyValue, a.Keys, a.Values, _last.View, _tiles.View, a.Attended, a.LogSumExp, _gradNarrow, _deltas,
            _gradWide, _gradWide.SubView(width), _gradWide.SubView(width + config.KeyValueWidth), _tileCount, Sizes(rows));
        Mark(stream, "backward attention");
        Rope.LaunchGradients(
            stream, _gradWide, a.Projected, _rotations.View, w.QueryNorm, w.KeyNorm, Gradients.Of(w.QueryNorm), Gradients.Of(w.KeyNorm),
            rows, config.NumAttentionHeads, config.NumKeyValueHeads, config.HeadDim, Epsilon, _sums);
        Mark(stream, "backward rotation");
        Linear.LaunchGradientOfInput(stream, _gradWide, w.QueryKeyValue, _gradNarrow, rows, ProjectionWidth, hidden, _scratch, _gradientWorkspace);
        Mark(stream, "backward data");
        Linear.LaunchGradientOfWeight(stream, _gradWide, a.AttentionInput, Gradients.Of(w.QueryKeyValue), rows, ProjectionWidth, hidden, _scratch, _gradientWorkspace);
        Mark(stream, "backward weight");
        if (w.QueryKeyValueBias.Length > 0) ColumnSums.Accumulate(stream, _gradWide, Gradients.Of(w.QueryKeyValueBias), rows, ProjectionWidth, _sums);
        Mark(stream, "backward bias");
        Normalize(stream, a.Input, w.InputNorm, _gradNarrow, rows, accumulate: true);
        Mark(stream, "backward norms");
    }

    // The gradient of the residual stream (+)= that of a norm's input.
    private void Normalize<TGrad>(ComputeStream stream, ArrayView<T> x, ArrayView<T> weight, ArrayView<TGrad> gradY, int rows, bool accumulate)
        where TGrad : unmanaged =>
        RmsNorm.LaunchGradients(stream, x, weight, gradY, _gradStream, _gradRounded, Gradients.Of(weight), rows, Model.Config.HiddenSize, Epsilon, accumulate, _sums);

    private void BackwardEmbedding(ComputeStream stream, PackedBatch batch)
    {
        ModelConfig config = Model.Config;
        if (_mixtures is not null)
        {
            _mixtures.Backward(stream, _gradStream, Gradients.Of(Model.Weights.Embedding));
            return;
        }

        OccurrenceTable table = OccurrenceTable.Of(batch.Tokens, config.VocabSize);
        Staged.Copy<int>(stream, table.Order, _order.View);
        Staged.Copy<RowSegment>(stream, table.Pieces, _segments.View);
        Staged.Copy<RowSegment>(stream, table.Totals, _totals.View);
        Embedding.LaunchBackward(stream, _gradStream, _order.View, _segments.View, _pieces, table.Pieces.Length, config.HiddenSize, accumulate: false);
        Embedding.LaunchBackward(stream, _pieces, default, _totals.View, Gradients.Of(Model.Weights.Embedding), table.Totals.Length, config.HiddenSize, accumulate: true);
        Mark(stream, "backward embedding");
    }

    private void Mark(ComputeStream stream, string phase) => Phases?.Mark(stream, phase);

    private PackedAttentionSizes Sizes(int rows)
    {
        ModelConfig config = Model.Config;
        return new PackedAttentionSizes
        {
            Rows = rows,
            QueryHeads = config.NumAttentionHeads,
            KeyValueHeads = config.NumKeyValueHeads,
            HeadDim = config.HeadDim,
            QueryStride = ProjectionWidth,
            KeyValueStride = config.KeyValueWidth,
            GradientStride = ProjectionWidth,
            Scale = 1f / MathF.Sqrt(config.HeadDim),
        };
    }
}
