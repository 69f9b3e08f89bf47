using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Model;

namespace LbrCore.Training;

/// <summary>
/// A transformer that learns: forward passes over packed batches that keep what the backward pass needs, and the gradients of all weights. All memory is allocated at the start; everything
/// else is asynchronous on the stream it is given, except <see cref="ReadLogProbs"/>.
/// </summary>
/// <remarks>
/// Forward computes with the kernels of inference, and the same weights, so that log-probabilities are those of the rollout up to the order of sums in attention. Gradients are float32 sums;
/// those of activations have the element type of the model, that of the residual stream is float32. Backward adds to the gradients: batches accumulate until <see cref="Gradients"/> are cleared.
/// One thread at a time may use a session.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="BFloat16"/>.</typeparam>
public sealed partial class TrainingSession<T> : IDisposable
    where T : unmanaged
{
    private readonly List<IDisposable> _owned = [];
    private readonly LinearWorkspace _workspace;
    private readonly LinearWorkspace _gradientWorkspace;
    private readonly TokenLogProbs<T> _logProbs;
    private readonly LayerActivations<T>[] _layers;
    private readonly ArrayView<T>[] _streams;
    private readonly ArrayView<T> _finalHidden;
    private readonly ArrayView<float> _gradHidden;
    private readonly ArrayView<float> _gradStream;
    private readonly ArrayView<float> _deltas;
    private readonly ArrayView<float> _sums;
    private readonly ArrayView<float> _pieces;
    private readonly ArrayView<T> _gradRounded;
    private readonly ArrayView<T> _gradNarrow;
    private readonly ArrayView<T> _gradWide;
    private readonly ArrayView<T> _scratch;
    private readonly DeviceBuffer<Float2> _rotations;
    private readonly DeviceBuffer<int> _tokens;
    private readonly DeviceBuffer<TokenRow> _rows;
    private readonly DeviceBuffer<int> _last;
    private readonly DeviceBuffer<AttentionTile> _tiles;
    private readonly DeviceBuffer<int> _order;
    private readonly DeviceBuffer<RowSegment> _segments;
    private readonly DeviceBuffer<RowSegment> _totals;
    private readonly MixedRows<T>? _mixtures;
    private PackedBatch? _batch;
    private int _tileCount;

    /// <summary>Allocates a session.</summary>
    /// <param name="model">The model; it must outlive the session.</param>
    /// <param name="options">Sizes.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    /// <exception cref="NotSupportedException">The model's elements are neither float nor BFloat16.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory free.</exception>
    public TrainingSession(Transformer<T> model, TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        if (typeof(T) != typeof(float) && typeof(T) != typeof(BFloat16)) throw new NotSupportedException($"{typeof(T).Name} cannot be trained; load the model in f32 or bf16.");
        options.Validate(model.Config);
        (Model, Options) = (model, options);
        Device device = model.Device;
        ModelConfig config = model.Config;
        int rows = options.MaxRows, hidden = config.HiddenSize, layers = config.NumHiddenLayers, keptLayers = options.Recompute ? 1 : layers;
        int mostPieces = MostPieces(config, options);
        Plan(config, options, device.Info).Require(device, "Give batches of fewer rows (max_rows), recompute activations (recompute), or use a device with more memory.");
        _workspace = Own(new LinearWorkspace(device));
        _gradientWorkspace = Own(Linear.GradientWorkspace(device));
        _logProbs = Own(new TokenLogProbs<T>(model, options));
        Gradients = Own(new FloatTwin<T>(model.Weights, device));

        var arena = Own(new MemoryCursor<T>(device, ArenaElements(config, options)));
        var floats = Own(new MemoryCursor<float>(device, FloatElements(config, options)));
        _streams = [.. Enumerable.Range(0, layers + 1).Select(_ => arena.Take((long)rows * hidden))];
        var kept = Enumerable.Range(0, keptLayers).Select(layer => LayerActivations<T>.Take(config, rows, _streams[layer], arena, floats)).ToList();
        _layers = [.. Enumerable.Range(0, layers).Select(layer => options.Recompute ? kept[0].With(_streams[layer]) : kept[layer])];
        _finalHidden = arena.Take((long)rows * hidden);
        _gradNarrow = arena.Take(rows * NarrowWidth(config));
        _gradWide = arena.Take(rows * WideWidth(config));
        _scratch = arena.Take(ScratchLength(config, options));
        _gradHidden = floats.Take((long)rows * hidden);
        _gradStream = floats.Take((long)rows * hidden);
        _gradRounded = typeof(T) == typeof(float) ? default : arena.Take((long)rows * hidden);
        _deltas = floats.Take((long)rows * config.NumAttentionHeads);
        _pieces = floats.Take((long)mostPieces * hidden);
        _sums = floats.Take(SumsLength(config, options));

        _rotations = Own(device.Allocate<Float2>((long)rows * (config.HeadDim / 2)));
        _tokens = Own(device.Allocate<int>(rows));
        _rows = Own(device.Allocate<TokenRow>(rows));
        _last = Own(device.Allocate<int>(rows));
        _tiles = Own(device.Allocate<AttentionTile>(rows));
        _order = Own(device.Allocate<int>(rows));
        _segments = Own(device.Allocate<RowSegment>(mostPieces));
        _totals = Own(device.Allocate<RowSegment>(Math.Min(rows, config.VocabSize)));
        if (options.MixtureSlots > 1) _mixtures = Own(new MixedRows<T>(model, rows, options.MixtureSlots));
        device.DefaultStream.Synchronize();
    }

    /// <summary>The model.</summary>
    public Transformer<T> Model { get; }

    /// <summary>Sizes.</summary>
    public TrainingOptions Options { get; }

    /// <summary>Gradients of all weights.</summary>
    public FloatTwin<T> Gradients { get; }

    /// <summary>Told when which work ends, or null.</summary>
    public PhaseTimer? Phases { get; set; }

    /// <summary>[rows of the batch, hidden]: states after the final norm, of the last forward pass.</summary>
    public ArrayView<T> FinalHidden => _finalHidden;

    /// <summary>[rows of the batch, hidden]: gradients of <see cref="FinalHidden"/> from elsewhere than log-probabilities; set to zero by each forward pass, read by the backward pass.</summary>
    public ArrayView<float> HiddenGradient => _gradHidden;

    /// <summary>Forwards a batch and queues the log-probabilities of its targets.</summary>
    /// <param name="stream">Where the work is queued.</param>
    /// <param name="batch">The batch; it must not change before the backward pass.</param>
    /// <exception cref="ArgumentException">The batch has no rows, or more rows or targets than the session has room for, or a token is not in the vocabulary.</exception>
    public void Forward(ComputeStream stream, PackedBatch batch)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(batch);
        TargetTable targets = Check(batch);
        _batch = batch;
        Upload(stream, batch);
        int rows = batch.Count;
        ModelConfig config = Model.Config;
        // All kernels that take long stage tiles in shared memory.
        stream.SharedMemoryCarveout = 100;
        stream.Fill(_gradHidden.SubView(0, (long)rows * config.HiddenSize), 0f);
        if (_mixtures is not null) _mixtures.Forward(stream, batch, _streams[0]);
        else Embedding.LaunchForward(stream, _tokens.View, Model.Weights.Embedding, _streams[0], rows, config.VocabSize, config.HiddenSize);
        Rope.LaunchAngles(stream, _rows.View, Model.RopeFrequencies, _rotations.View, rows);
        Mark(stream, "forward embedding");
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            ForwardLayer(stream, layer, rows);
            FeedForward(stream, layer, rows, _streams[layer + 1]);
        }

        RmsNorm.LaunchForward(stream, _streams[^1], Model.Weights.FinalNorm, _finalHidden, rows, config.HiddenSize, (float)config.RmsNormEps);
        Mark(stream, "forward norms");
        _logProbs.Forward(stream, targets, _finalHidden, rows, _workspace);
        Mark(stream, "forward log-probs");
    }

    /// <summary>Waits for the log-probabilities of the last batch's targets.</summary>
    /// <param name="stream">Where the forward pass was queued.</param>
    public TargetLogProbs ReadLogProbs(ComputeStream stream) => _logProbs.Read(stream);

    /// <summary>Queues the backward pass of the last batch: adds to <see cref="Gradients"/>.</summary>
    /// <param name="stream">Where the forward pass was queued.</param>
    /// <param name="gradLogProbs">d loss / d log-probability of each target, in the order in which they were added.</param>
    /// <exception cref="ArgumentException">There are not as many numbers as targets.</exception>
    /// <exception cref="InvalidOperationException">There was no forward pass.</exception>
    public void Backward(ComputeStream stream, ReadOnlySpan<float> gradLogProbs)
    {
        ArgumentNullException.ThrowIfNull(stream);
        PackedBatch batch = _batch ?? throw new InvalidOperationException("There is no backward pass before a forward pass.");
        if (gradLogProbs.Length != batch.TargetCount) throw new ArgumentException($"{gradLogProbs.Length} gradients were given for {batch.TargetCount} targets.", nameof(gradLogProbs));
        BackwardAll(stream, batch, gradLogProbs);
        _batch = null;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        foreach (IDisposable owned in _owned) owned.Dispose();
    }

    private TOwned Own<TOwned>(TOwned resource)
        where TOwned : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }

    private static long ScratchLength(ModelConfig config, TrainingOptions options)
    {
        int hidden = config.HiddenSize, rows = options.MaxRows;
        return new[]
        {
            Linear.GradientScratchLength(rows, config.QueryWidth + (2 * config.KeyValueWidth), hidden),
            Linear.GradientScratchLength(rows, hidden, config.QueryWidth),
            Linear.GradientScratchLength(rows, 2 * config.IntermediateSize, hidden),
            Linear.GradientScratchLength(rows, hidden, config.IntermediateSize),
            TokenLogProbs<T>.ScratchLength(config, options),
        }.Max();
    }

    private TargetTable Check(PackedBatch batch)
    {
        int vocabulary = Model.Config.VocabSize;
        if (batch.Count == 0) throw new ArgumentException("The batch has no rows.", nameof(batch));
        if (batch.Count > Options.MaxRows) throw new ArgumentException($"The batch has {batch.Count} rows; the session has room for {Options.MaxRows}.", nameof(batch));
        foreach (int token in batch.Tokens)
            if ((uint)token >= (uint)vocabulary) throw new ArgumentException($"Token {token} is not in the vocabulary of {vocabulary} tokens (0 to {vocabulary - 1}).", nameof(batch));
        if (_mixtures is null && batch.Mixtures.Count > 0) throw new ArgumentException("The batch has mixtures of embeddings; create the session with MixtureSlots.", nameof(batch));
        foreach (PackedTarget target in batch.Targets)
            if ((uint)target.Token >= (uint)vocabulary) throw new ArgumentException($"Target {target.Token} is not in the vocabulary of {vocabulary} tokens (0 to {vocabulary - 1}).", nameof(batch));
        TargetTable targets = TargetTable.Of(batch);
        if (targets.Rows.Length > Options.MaxTargetRows || targets.Tokens.Length > Options.MaxTargets)
        {
            throw new ArgumentException(
                $"The batch has {targets.Rows.Length} rows with up to {targets.PerRow} targets each; the session has room for {Options.MaxTargetRows} rows and {Options.MaxTargets} places.", nameof(batch));
        }

        return targets;
    }

    private void Upload(ComputeStream stream, PackedBatch batch)
    {
        int[] last = batch.LastDescendants();
        var rows = new TokenRow[batch.Count];
        // Keys and values of row r are row r of their matrices: a sequence of its own, as the rotation sees it.
        for (int row = 0; row < rows.Length; row++) rows[row] = new TokenRow { Sequence = row, Position = batch.Positions[row] };
        List<AttentionTile> tiles = batch.Tiles(last, PackedAttention.RowsOfTile<T>(Model.Device.Info, Model.Config.HeadDim));
        _tileCount = tiles.Count;
        Staged.Copy(stream, batch.Tokens, _tokens.View);
        Staged.Copy<TokenRow>(stream, rows, _rows.View);
        Staged.Copy<int>(stream, last, _last.View);
        Staged.Copy<AttentionTile>(stream, tiles.ToArray(), _tiles.View);
    }
}
