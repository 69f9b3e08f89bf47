using System.Runtime.CompilerServices;
using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;

namespace LbrCore.Model;

/// <summary>
/// A transformer at work: cache, activations and the passes that use them. All memory is allocated at the start; everything else is asynchronous on the stream it is given.
/// </summary>
/// <remarks>
/// <see cref="ForwardRows"/> and <see cref="ComputeLogits"/> read tokens and places from device memory and can be captured in a graph; <see cref="Forward"/> takes them from the host.
/// One thread at a time may use a session.
/// </remarks>
/// <typeparam name="T">Element type.</typeparam>
public sealed class InferenceSession<T> : IDisposable
    where T : unmanaged
{
    private const string Advice = "Choose a shorter context, fewer sequences or rows, or a smaller element type.";

    // One split of shared memory and L1 for all kernels of a pass. Few rows: a step of a 1.5B model on an H100 took 1.82 ms where the driver chose for each kernel, 1.32 ms with anything
    // from 14 to 72 percent for all, 1.56 ms with more, which leaves too little L1 for the weights under way. More rows: tiles in shared memory, of which several groups should fit.
    private const int FewRows = 16, FewRowsCarveout = 72, ManyRowsCarveout = 100;

    private readonly DeviceBuffer<int> _tokens;
    private readonly DeviceBuffer<TokenRow> _rows;
    private readonly DeviceBuffer<int> _selection;
    private readonly DeviceBuffer<TokenRow> _selectedRows;
    private readonly LinearWorkspace _workspace;
    private readonly AttentionWorkspace _attentionWorkspace;
    private readonly bool _dependent;

    /// <summary>Allocates a session.</summary>
    /// <param name="model">The model; it must outlive the session.</param>
    /// <param name="options">Sizes.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory free; nothing was allocated.</exception>
    public InferenceSession(Transformer<T> model, SessionOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(model.Config);
        Plan(model.Config, options, model.Device.Info).Require(model.Device, Advice);
        Model = model;
        Options = options;
        Device device = model.Device;
        _workspace = new LinearWorkspace(device);
        _attentionWorkspace = new AttentionWorkspace(device);
        Cache = new KvCache<T>(model.Config, options, device);
        Activations = new Activations<T>(model.Config, options, device);
        _tokens = device.Allocate<int>(options.MaxRows);
        _rows = device.Allocate<TokenRow>(options.MaxRows);
        _selection = device.Allocate<int>(options.MaxLogitRows);
        _selectedRows = device.Allocate<TokenRow>(options.MaxLogitRows);
        // What was cleared on the default stream is used on others.
        device.DefaultStream.Synchronize();
        _dependent = device.Info.ComputeCapability.Major >= 9;
    }

    /// <summary>The model.</summary>
    public Transformer<T> Model { get; }

    /// <summary>Sizes.</summary>
    public SessionOptions Options { get; }

    /// <summary>Keys and values.</summary>
    public KvCache<T> Cache { get; }

    /// <summary>What the last pass computed.</summary>
    public Activations<T> Activations { get; }

    /// <summary>[max rows]: tokens of the next pass.</summary>
    public ArrayView<int> Tokens => _tokens.View;

    /// <summary>[max rows]: places of the rows of the next pass.</summary>
    public ArrayView<TokenRow> Rows => _rows.View;

    /// <summary>[max logit rows]: places of the rows that <see cref="Prefill"/> kept.</summary>
    public ArrayView<TokenRow> SelectedRows => _selectedRows.View;

    /// <summary>What a session allocates, without the weights.</summary>
    /// <param name="config">A valid config.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="device">The device, whose size sets that of the workspace; null leaves the workspace out, some megabytes.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public static MemoryPlan Plan(ModelConfig config, SessionOptions options, DeviceInfo? device = null)
    {
        options.Validate(config);
        return new MemoryPlan()
            .Add("workspace", device is null ? 0 : LinearWorkspace.BytesOn(device) + AttentionWorkspace.BytesOn(device), 1)
            .Add(KvCache<T>.Plan(config, options))
            .Add(Activations<T>.Plan(config, options))
            .Add("rows", (options.MaxRows + (long)options.MaxLogitRows) * (sizeof(int) + Unsafe.SizeOf<TokenRow>()), 1);
    }

    /// <summary>Forwards the rows that stand in <see cref="Tokens"/> and <see cref="Rows"/>: their keys and values go to the cache, their states to <see cref="Activations{T}.FinalHidden"/>.</summary>
    /// <param name="stream">Where the work is queued; may be capturing.</param>
    /// <param name="rowCount">Rows, at most <see cref="SessionOptions.MaxRows"/>.</param>
    /// <param name="rowsPerSequence">
    /// For rows as <see cref="SequenceRows.Describe"/> writes them: their number for each sequence, which lets a sequence's rows share what they read. 0 for any mixture of rows.
    /// </param>
    public void ForwardRows(ComputeStream stream, int rowCount, int rowsPerSequence = 0)
    {
        CheckRows(rowCount, rowsPerSequence);
        Embed(stream, rowCount);
        Pass(stream, rowCount, rowsPerSequence > 0 ? AttentionRows.Trees : AttentionRows.Any, rowsPerSequence);
    }

    /// <summary>As <see cref="ForwardRows"/>, with inputs that stand in <see cref="Activations{T}.Hidden"/> already: mixtures of embeddings.</summary>
    /// <param name="stream">Where the work is queued; may be capturing.</param>
    /// <param name="rowCount">Rows, at most <see cref="SessionOptions.MaxRows"/>.</param>
    /// <param name="rowsPerSequence">As in <see cref="ForwardRows"/>.</param>
    public void ForwardEmbedded(ComputeStream stream, int rowCount, int rowsPerSequence = 0)
    {
        CheckRows(rowCount, rowsPerSequence);
        Pass(stream, rowCount, rowsPerSequence > 0 ? AttentionRows.Trees : AttentionRows.Any, rowsPerSequence);
    }

    private void CheckRows(int rowCount, int rowsPerSequence)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rowCount, Options.MaxRows);
        ArgumentOutOfRangeException.ThrowIfNegative(rowsPerSequence);
        if (rowsPerSequence > 0 && rowCount % rowsPerSequence != 0)
            throw new ArgumentException($"{rowCount} rows are no whole number of sequences with {rowsPerSequence} rows each.", nameof(rowsPerSequence));
    }

    private void Embed(ComputeStream stream, int rowCount) => Embedding.LaunchForward(
        stream, Tokens, Model.Weights.Embedding, Activations.Hidden, rowCount, Model.Config.VocabSize, Model.Config.HiddenSize, _dependent);

    private void Pass(ComputeStream stream, int rowCount, AttentionRows kind, int rowsPerSequence = 0)
    {
        TransformerWeights<T> weights = Model.Weights;
        Activations<T> a = Activations;
        stream.SharedMemoryCarveout = rowCount <= FewRows ? FewRowsCarveout : ManyRowsCarveout;
        // Not dependent: what was queued before, such as the rows and all keys of earlier passes, is complete for every kernel of this pass, which may read it ahead.
        Rope.LaunchAngles(stream, Rows, Model.RopeFrequencies, a.Rotations, rowCount);
        if (!FusesAttentionNorm(weights.Layers[0], rowCount)) Normalize(stream, a.Hidden, weights.Layers[0].InputNorm, a.Normed, rowCount);
        for (int layer = 0; layer < weights.Layers.Count; layer++)
        {
            LayerWeights<T> w = weights.Layers[layer];
            bool isLast = layer + 1 == weights.Layers.Count;
            Attend(stream, layer, rowCount, kind, rowsPerSequence);
            if (isLast) FeedForward(stream, w, rowCount, weights.FinalNorm, a.FinalHidden);
            else FeedForward(stream, w, rowCount, FusesAttentionNorm(weights.Layers[layer + 1], rowCount) ? default : weights.Layers[layer + 1].InputNorm, a.Normed);
        }
    }

    /// <summary>Logits of states: <see cref="Activations{T}.Logits"/> = hidden * lm_head^T.</summary>
    /// <param name="stream">Where the work is queued; may be capturing.</param>
    /// <param name="hidden">[rowCount, hidden]: states after the final norm.</param>
    /// <param name="rowCount">Rows, at most <see cref="SessionOptions.MaxLogitRows"/>.</param>
    public void ComputeLogits(ComputeStream stream, ArrayView<T> hidden, int rowCount)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rowCount, Options.MaxLogitRows);
        ModelConfig config = Model.Config;
        Linear.Forward(stream, hidden, Model.Weights.LmHead, Activations.Logits, rowCount, config.VocabSize, config.HiddenSize, workspace: _workspace, dependent: _dependent);
    }

    /// <summary>Forwards a batch from the host, in pieces of <see cref="SessionOptions.MaxRows"/>.</summary>
    /// <param name="stream">Where the work is queued; not capturing.</param>
    /// <param name="batch">The rows.</param>
    /// <param name="pieceDone">Called after each piece was queued, with its first row and number of rows: the place to use its states before the next piece replaces them.</param>
    /// <exception cref="ArgumentException">A token is not in the vocabulary, or a row lies outside the cache. Nothing was queued.</exception>
    public void Forward(ComputeStream stream, RowBatch batch, Action<int, int>? pieceDone = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Check(batch);
        foreach (RowBatch.TreeParents tree in batch.Trees)
            stream.CopyFromHost<int>(tree.ParentSlots, Cache.SlotParents.SubView(((long)tree.Sequence * Cache.Slots) + tree.FirstSlot, tree.ParentSlots.Length));
        for (int first = 0; first < batch.Count; first += Options.MaxRows)
        {
            int count = Math.Min(Options.MaxRows, batch.Count - first);
            stream.CopyFromHost(batch.Tokens.Slice(first, count), Tokens);
            stream.CopyFromHost(batch.Rows.Slice(first, count), Rows);
            Embed(stream, count);
            Pass(stream, count, batch.Trees.Count == 0 ? AttentionRows.Texts : AttentionRows.Any);
            pieceDone?.Invoke(first, count);
        }
    }

    /// <summary>Forwards prompts and keeps the state of the last token of each, in <see cref="Activations{T}.SelectedHidden"/> and <see cref="SelectedRows"/>, in the order of the prompts.</summary>
    /// <param name="stream">Where the work is queued; not capturing.</param>
    /// <param name="prompts">What is appended to each sequence; at most <see cref="SessionOptions.MaxLogitRows"/>, none empty.</param>
    /// <param name="rowsDone">Told the number of rows queued so far.</param>
    /// <remarks>
    /// The lengths in <see cref="KvCache{T}.Lengths"/> are the caller's to set. Equal texts that begin neighbouring sequences, as several answers to one prompt do, are forwarded once; the other
    /// sequences get a copy of the keys and values.
    /// </remarks>
    public void Prefill(ComputeStream stream, IReadOnlyList<Prompt> prompts, IProgress<int>? rowsDone = null)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prompts.Count, Options.MaxLogitRows, nameof(prompts));
        var batch = new RowBatch();
        var lastRows = new int[prompts.Count];
        var copies = new List<(int Sequence, int Count)>();
        for (int i = 0; i < prompts.Count; i++)
        {
            if (prompts[i].Tokens.Length == 0) throw new ArgumentException($"Prompt {i} is empty; give it at least one token.", nameof(prompts));
            if (i > 0 && Continues(prompts[i - 1], prompts[i])) copies[^1] = (copies[^1].Sequence, copies[^1].Count + 1);
            else Add(prompts[i]);
            lastRows[i] = batch.Count - 1;
        }

        int selected = 0;
        Forward(stream, batch, (first, count) =>
        {
            int start = selected;
            while (selected < lastRows.Length && lastRows[selected] < first + count) selected++;
            Select(stream, [.. lastRows[start..selected].Select(row => row - first)], start);
            rowsDone?.Report(first + count);
        });
        var places = new TokenRow[prompts.Count];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = batch.Rows[lastRows[i]];
            places[i].Sequence = prompts[i].Sequence;
        }

        stream.CopyFromHost<TokenRow>(places, SelectedRows);
        foreach ((int sequence, int count) in copies) Cache.CopySequence(stream, sequence, count - 1);

        void Add(Prompt prompt)
        {
            batch.AddText(prompt.Sequence, prompt.Start, prompt.Tokens.Span);
            copies.Add((prompt.Sequence, 1));
        }
    }

    // Whether a prompt is the one before it once more, for the next sequence.
    private bool Continues(Prompt before, Prompt prompt) =>
        before.Start == 0 && prompt.Start == 0 && prompt.Sequence == before.Sequence + 1 && prompt.Sequence < Cache.Sequences && prompt.Tokens.Span.SequenceEqual(before.Tokens.Span);

    /// <summary>Frees cache and activations.</summary>
    public void Dispose()
    {
        Cache.Dispose();
        Activations.Dispose();
        _tokens.Dispose();
        _rows.Dispose();
        _selection.Dispose();
        _selectedRows.Dispose();
        _workspace.Dispose();
        _attentionWorkspace.Dispose();
    }

    // Whether the projection to queries, keys and values normalises its input itself. A norm of each head needs the head as a whole, so it stays apart.
    private bool FusesAttentionNorm(LayerWeights<T> w, int rowCount) =>
        !w.QueryNorm.IsValid && Model.Config.HeadDim % 16 == 0
        && Linear.CanFuseNorm<T>(Model.Device.Info, rowCount, Model.Config.QueryWidth + (2 * Model.Config.KeyValueWidth), Model.Config.HiddenSize);

    private bool FusesFeedForwardNorm(int rowCount) => Linear.CanFuseNorm<T>(Model.Device.Info, rowCount, 2 * Model.Config.IntermediateSize, Model.Config.HiddenSize);

    // hidden += o_proj(attention(norm(hidden))); normed = norm(hidden) for what follows, unless that does it itself
    private void Attend(ComputeStream stream, int layer, int rowCount, AttentionRows kind, int rowsPerSequence)
    {
        ModelConfig config = Model.Config;
        LayerWeights<T> w = Model.Weights.Layers[layer];
        Activations<T> a = Activations;
        int width = config.QueryWidth + (2 * config.KeyValueWidth);
        ArrayView<T> keys = Cache.Keys(layer), values = Cache.Values(layer);
        if (FusesAttentionNorm(w, rowCount))
        {
            Linear.ForwardNormedRotated(
                stream, a.Hidden, w.InputNorm, w.QueryKeyValue, w.QueryKeyValueBias, a.QueryKeyValue, Rows, a.Rotations, keys, values,
                rowCount, config.HiddenSize, (float)config.RmsNormEps, config.NumAttentionHeads, config.NumKeyValueHeads, config.HeadDim, Cache.Layout, _dependent);
        }
        else
        {
            ProjectAndRotate(stream, w, keys, values, width, rowCount);
        }

        var problem = new AttentionProblem(rowCount, config.NumAttentionHeads, config.NumKeyValueHeads, config.HeadDim, width, Cache.Layout)
        {
            Rows = kind,
            RowsPerSequence = rowsPerSequence,
            TreeSlots = Options.TreeNodes,
            Early = true,
        };
        Attention.Forward(stream, problem, a.QueryKeyValue, keys, values, Rows, Cache.SlotParents, a.Attended, workspace: _attentionWorkspace, dependent: _dependent);
        AddToHidden(stream, a.Attended, w.Output, w.OutputBias, config.QueryWidth, rowCount, FusesFeedForwardNorm(rowCount) ? default : w.PostAttentionNorm, a.Normed);
    }

    // Queries, keys and values of normed rows: queries rotated in place, keys (rotated) and values in the cache, by a kernel that also adds the product's slices where it is summed in slices.
    private void ProjectAndRotate(ComputeStream stream, LayerWeights<T> w, ArrayView<T> keys, ArrayView<T> values, int width, int rowCount)
    {
        ModelConfig config = Model.Config;
        Activations<T> a = Activations;
        (int heads, int keyValueHeads, int headDim, float epsilon) = (config.NumAttentionHeads, config.NumKeyValueHeads, config.HeadDim, (float)config.RmsNormEps);
        if (Rope.CanAddSlices<T>(headDim)
            && LinearPlan.ForSlices(
                Model.Device.Info, LinearProblem.Of(a.Normed, w.QueryKeyValue, w.QueryKeyValueBias, default, a.QueryKeyValue, rowCount, width, config.HiddenSize), _workspace) is { } plan)
        {
            Linear.ForwardSlices(stream, plan, a.Normed, w.QueryKeyValue, _workspace.Partials, rowCount, width, config.HiddenSize, _dependent);
            Rope.LaunchForwardSlices(
                stream, _workspace.Partials, w.QueryKeyValueBias, a.QueryKeyValue, Rows, a.Rotations, w.QueryNorm, w.KeyNorm, keys, values,
                plan.Splits, rowCount, heads, keyValueHeads, headDim, epsilon, Cache.Layout, _dependent);
            return;
        }

        Linear.Forward(stream, a.Normed, w.QueryKeyValue, a.QueryKeyValue, rowCount, width, config.HiddenSize, w.QueryKeyValueBias, workspace: _workspace, dependent: _dependent);
        Rope.LaunchForward(
            stream, a.QueryKeyValue, Rows, a.Rotations, w.QueryNorm, w.KeyNorm, keys, values, rowCount, heads, keyValueHeads, headDim, epsilon, Cache.Layout, _dependent);
    }

    // hidden += down(silu(gate) * up), gate | up = gate_up(norm(hidden)); normed = norm(hidden) for what follows, unless `nextNorm` is empty
    private void FeedForward(ComputeStream stream, LayerWeights<T> w, int rowCount, ArrayView<T> nextNorm, ArrayView<T> normed)
    {
        ModelConfig config = Model.Config;
        Activations<T> a = Activations;
        if (FusesFeedForwardNorm(rowCount))
        {
            Linear.ForwardNormedSwiGlu(stream, a.Hidden, w.PostAttentionNorm, w.GateUp, a.Gated, rowCount, config.IntermediateSize, config.HiddenSize, (float)config.RmsNormEps, _dependent);
        }
        else if (Linear.CanGate<T>(Model.Device.Info, rowCount, config.IntermediateSize, config.HiddenSize))
        {
            Linear.ForwardGated(stream, a.Normed, w.GateUp, a.Gated, rowCount, config.IntermediateSize, config.HiddenSize, _dependent);
        }
        else
        {
            Linear.Forward(stream, a.Normed, w.GateUp, a.GateUp, rowCount, 2 * config.IntermediateSize, config.HiddenSize, workspace: _workspace, dependent: _dependent);
            SwiGlu.LaunchForward(stream, a.GateUp, a.Gated, rowCount, config.IntermediateSize, _dependent);
        }

        AddToHidden(stream, a.Gated, w.Down, default, config.IntermediateSize, rowCount, nextNorm, normed);
    }

    // hidden += x weight^T + bias; with a norm: normed = norm(hidden), by the same kernel where the product is summed in slices.
    private void AddToHidden(ComputeStream stream, ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, int width, int rowCount, ArrayView<T> norm, ArrayView<T> normed)
    {
        int size = Model.Config.HiddenSize;
        ArrayView<T> hidden = Activations.Hidden;
        if (norm.IsValid && RmsNorm.CanAddSlices<T>(size)
            && LinearPlan.ForSlices(Model.Device.Info, LinearProblem.Of(x, weight, bias, hidden, hidden, rowCount, size, width), _workspace) is { } plan)
        {
            Linear.ForwardSlices(stream, plan, x, weight, _workspace.Partials, rowCount, size, width, _dependent);
            RmsNorm.LaunchForwardSlices(stream, _workspace.Partials, bias, hidden, norm, normed, plan.Splits, rowCount, size, (float)Model.Config.RmsNormEps, _dependent);
            return;
        }

        Linear.Forward(stream, x, weight, hidden, rowCount, size, width, bias, residual: hidden, workspace: _workspace, dependent: _dependent);
        if (norm.IsValid) Normalize(stream, hidden, norm, normed, rowCount);
    }

    private void Normalize(ComputeStream stream, ArrayView<T> x, ArrayView<T> weight, ArrayView<T> y, int rowCount) =>
        RmsNorm.LaunchForward(stream, x, weight, y, rowCount, Model.Config.HiddenSize, (float)Model.Config.RmsNormEps, _dependent);

    // SelectedHidden[start + i] = FinalHidden[rows[i]]
    private void Select(ComputeStream stream, int[] rows, int start)
    {
        if (rows.Length == 0) return;
        int hidden = Model.Config.HiddenSize;
        stream.CopyFromHost<int>(rows, _selection);
        Embedding.LaunchForward(stream, _selection.View, Activations.FinalHidden, Activations.SelectedHidden.SubView((long)start * hidden), rows.Length, Options.MaxRows, hidden);
    }

    private void Check(RowBatch batch)
    {
        int vocabulary = Model.Config.VocabSize;
        foreach (int token in batch.Tokens)
            if ((uint)token >= (uint)vocabulary) throw new ArgumentException($"Token {token} is not in the vocabulary of {vocabulary} tokens (0 to {vocabulary - 1}).", nameof(batch));
        foreach (TokenRow row in batch.Rows)
        {
            if (row.Sequence >= Cache.Sequences) throw new ArgumentException($"Sequence {row.Sequence} does not exist; the session has {Cache.Sequences}.", nameof(batch));
            if (row.Slot >= Cache.Slots)
                throw new ArgumentException($"A text of {row.Prefix} tokens with {row.Slot + 1 - row.Prefix} more does not fit: the session has room for {Cache.ContextLength} tokens and {Options.TreeNodes} tree nodes.", nameof(batch));
        }
    }
}
