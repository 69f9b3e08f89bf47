using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Trees;

namespace LbrCore.Decoding;

/// <summary>Local Branch Routing in one element type.</summary>
/// <remarks>The device runs ahead of the host by one step, as in plain decoding: it chooses, shifts, raises lengths and lets sequences rest by itself.</remarks>
/// <typeparam name="T">Element type.</typeparam>
internal sealed class LbrDecoder<T> : LbrDecoder
    where T : unmanaged
{
    // Reports of the step that is read and of the one that is computed.
    private const int StepsInFlight = 2;

    private readonly InferenceSession<T> _session;
    private readonly TokenSampler _sampler;
    private readonly RouterSession<T> _router;
    private readonly TreeBuffers<T> _trees;
    private readonly TreeShape _shape;
    private readonly HashSet<int> _stopTokens;
    private readonly DeviceBuffer<int> _stops;
    private readonly PinnedBuffer<int>[] _reports;
    private readonly PinnedBuffer<int>[] _supports;
    private readonly ComputeEvent[] _stepDone;
    private readonly ComputeStream _stream;
    private readonly bool _dependent;
    private readonly StepGraphs _graphs;

    public LbrDecoder(Transformer<T> model, SessionOptions options, LbrOptions lbr, IReadOnlyCollection<int> stopTokens)
        : base(ForTrees(options, lbr), lbr)
    {
        lbr.Validate(model.Config);
        Device device = model.Device;
        _shape = lbr.Shape;
        _stopTokens = [.. stopTokens];
        _session = new InferenceSession<T>(model, Options);
        _sampler = new TokenSampler(device, model.Config.VocabSize, Options.Sequences, DrawRows(Options, lbr));
        _router = lbr.Router.CreateSession<T>(device, Options.Sequences, _shape, model.Config.HiddenSize);
        _trees = new TreeBuffers<T>(device, lbr, Options.Sequences, model.Config.HiddenSize, model.Config.VocabSize);
        _stops = device.Allocate<int>([.. _stopTokens]);
        _reports = [.. Enumerable.Range(0, StepsInFlight).Select(_ => device.AllocatePinned<int>(_trees.ReportLength))];
        _supports = lbr.RecordSupports ? [.. Enumerable.Range(0, StepsInFlight).Select(_ => device.AllocatePinned<int>(_trees.Supports.Length))] : [];
        _stepDone = [.. Enumerable.Range(0, StepsInFlight).Select(_ => device.CreateEvent(timing: false))];
        _stream = device.CreateStream();
        _graphs = new StepGraphs(_stream);
        _dependent = device.Info.ComputeCapability.Major >= 9;
        device.DefaultStream.Synchronize();
    }

    public override StreamCounters Counters => _stream.Counters;

    public override IEnumerable<DecodedStep> Decode(
        IReadOnlyList<ReadOnlyMemory<int>> prompts, SamplingOptions sampling, int maxTokens, uint firstNumber, IProgress<int>? prefilled, CancellationToken cancellation)
    {
        DecodeArguments.Check(Options, prompts, sampling, maxTokens);
        return prompts.Count == 0 || maxTokens == 0 ? [] : Run(prompts, sampling, maxTokens, firstNumber, prefilled, cancellation);
    }

    public override void Dispose()
    {
        _graphs.Dispose();
        _stream.Dispose();
        foreach (ComputeEvent done in _stepDone) done.Dispose();
        foreach (PinnedBuffer<int> report in _reports.Concat(_supports)) report.Dispose();
        _stops.Dispose();
        _trees.Dispose();
        _router.Dispose();
        _sampler.Dispose();
        _session.Dispose();
    }

    private IEnumerable<DecodedStep> Run(
        IReadOnlyList<ReadOnlyMemory<int>> prompts, SamplingOptions sampling, int maxTokens, uint firstNumber, IProgress<int>? prefilled, CancellationToken cancellation)
    {
        int[] most = [.. prompts.Select(prompt => Math.Min(maxTokens, Options.ContextLength + 1 - prompt.Length))];
        TreeRecorder[] recorders = [.. prompts.Select(prompt => new TreeRecorder(_shape, prompt.Length))];
        bool[] finished = new bool[prompts.Count];
        int unfinished = prompts.Count;
        try
        {
            Start(prompts, sampling, most, firstNumber, prefilled);
            for (int step = 0; unfinished > 0; step++)
            {
                if (step + 1 < most.Max()) Step(step + 1, prompts.Count, sampling.HasFilter);
                _stepDone[step % StepsInFlight].Synchronize();
                for (int i = 0; i < prompts.Count; i++)
                {
                    if (finished[i]) continue;
                    cancellation.ThrowIfCancellationRequested();
                    DecodedStep decoded = Read(step, i, recorders[i], most[i], maxTokens, sampling.HasFilter);
                    finished[i] = decoded.Finish is not null;
                    if (finished[i]) unfinished--;
                    yield return decoded;
                }
            }
        }
        finally
        {
            // What was queued ahead uses the session's memory.
            _stream.Synchronize();
        }
    }

    private DecodedStep Read(int step, int sequence, TreeRecorder recorder, int most, int maxTokens, bool filtered)
    {
        int place = step % StepsInFlight;
        TreeStep tree = _trees.Read(_reports[place].Span, filtered && Lbr.RecordSupports ? _supports[place].Span : [], sequence, recorder);
        FinishReason? finish = _stopTokens.Contains(tree.Committed) ? FinishReason.Stop
            : step + 1 < most ? null
            : most == maxTokens ? FinishReason.Length : FinishReason.Context;
        return new DecodedStep(sequence, tree, recorder.CommittedLogProbability, finish);
    }

    // The prompts, and the first token: the tree is empty, so its levels grow one after another.
    private void Start(IReadOnlyList<ReadOnlyMemory<int>> prompts, SamplingOptions sampling, int[] most, uint firstNumber, IProgress<int>? prefilled)
    {
        int count = prompts.Count;
        PhaseEnded?.Invoke(_stream, DecodePhase.Waiting);
        KvCache<T> cache = _session.Cache;
        _stream.CopyFromHost<SamplingParameters>([.. Enumerable.Range(0, count).Select(i => sampling.ToParameters(firstNumber + (uint)i))], _sampler.Parameters);
        _stream.CopyFromHost<RoutingParameters>([.. Enumerable.Repeat(Lbr.ToParameters(), count)], _trees.Routing);
        _stream.CopyFromHost<int>([.. prompts.Select(prompt => prompt.Length)], cache.Lengths);
        _stream.CopyFromHost<int>([.. prompts.Select((prompt, i) => prompt.Length + most[i])], cache.Limits);
        // Compaction goes through all sequences of the cache, those without a prompt too.
        _stream.Fill(_trees.KeptCounts, 0);
        _session.Prefill(_stream, [.. prompts.Select((prompt, i) => new Prompt(i, prompt))], prefilled);
        PhaseEnded?.Invoke(_stream, DecodePhase.Prefill);
        if (Lbr.Router.ReadsParents) KeepFrontier(_session.Activations.SelectedHidden, count);
        for (int depth = 1; depth <= _shape.Depth; depth++)
        {
            Grow(depth, depth == 1 ? _session.Activations.SelectedHidden : _session.Activations.FinalHidden, count, sampling.HasFilter);
            if (depth == 1) _sampler.RequireNumbers(_stream, count);
        }

        Route(count);
        Deliver(0, sampling.HasFilter);
    }

    private void Step(int step, int sequences, bool filtered)
    {
        PhaseEnded?.Invoke(_stream, DecodePhase.Waiting);
        _graphs.Run(sequences, filtered, UseGraph, GrowAndRoute);
        Deliver(step, filtered);
    }

    private void GrowAndRoute(int sequences, bool filtered)
    {
        Grow(_shape.Depth, _trees.Frontier, sequences, filtered);
        Route(sequences);
    }

    // Draws the children of one level's parents, puts them into the tree and forwards them.
    private void Grow(int depth, ArrayView<T> parentStates, int sequences, bool filtered)
    {
        int parents = _shape.Count(depth - 1), children = _shape.Count(depth), firstNode = _shape.Offset(depth), nodes = _shape.Nodes;
        KvCache<T> cache = _session.Cache;
        TokenTree.LaunchFrontier(
            _stream, Cover(sequences * parents, 64), cache.Lengths, cache.Limits, _trees.NodeValid, _trees.NodeTokens, _stops, _trees.ParentRows,
            sequences, parents, depth == 1 ? 0 : _shape.Offset(depth - 1), depth, nodes, _stopTokens.Count);
        Draw(depth, parentStates, sequences, parents, filtered);
        TokenTree.LaunchPlace(
            _stream, PerSequence(sequences), cache.Lengths, _trees.ParentRows, _trees.DrawLogProbabilities, _trees.IsDistinct ? _trees.OrderedLogProbabilities : default, _trees.Rests, _session.Tokens,
            _trees.NodeTokens, _trees.NodeLogProbabilities, _trees.NodeValid, _trees.NodeRests, _trees.GrownTokens, _trees.GrownLogProbabilities, _trees.GrownOrdered,
            _session.Rows, cache.SlotParents, sequences, _shape.Width, firstNode, children, depth, nodes, cache.Slots);
        if (Lbr.Router.ReadsParents) return;
        _session.ForwardRows(_stream, sequences * children, children);
        TokenTree.KeepStates(_stream, _session.Activations.FinalHidden, _trees.NodeStates, sequences, children, firstNode, nodes, _session.Model.Config.HiddenSize, _dependent);
        if (!Lbr.Router.NeedsEntropies) return;
        _session.ComputeLogits(_stream, _session.Activations.FinalHidden, sequences * children);
        _sampler.ComputeEntropies(_stream, _session.Activations.Logits, _session.Rows, sequences * children, _trees.NodeEntropies, children, firstNode, nodes);
    }

    private void Draw(int depth, ArrayView<T> parentStates, int sequences, int parents, bool filtered)
    {
        int rows = sequences * parents, width = _shape.Width;
        ArrayView<float> logits = _session.Activations.Logits;
        _session.ComputeLogits(_stream, parentStates, rows);
        if (_trees.IsDistinct)
            _sampler.DrawDistinct(_stream, logits, _trees.ParentRows, rows, width, filtered, _session.Tokens, _trees.DrawLogProbabilities, _trees.OrderedLogProbabilities, _trees.Rests);
        else
            _sampler.Draw(_stream, logits, _trees.ParentRows, rows, width, filtered, _session.Tokens, _trees.DrawLogProbabilities);
        if (Lbr.AdaptiveEntropy > 0 && width > 1)
        {
            _sampler.ComputeEntropies(_stream, logits, _trees.ParentRows, rows, _trees.ParentEntropies, parents, 0, parents);
            TokenTree.ThinChildren(_stream, _trees.ParentEntropies, _session.Tokens, rows, width, (float)Lbr.AdaptiveEntropy, _dependent);
        }

        if (!filtered || !Lbr.RecordSupports) return;
        int firstPlace = depth == 1 ? 0 : _shape.Offset(depth - 1) + 1;
        _sampler.ListKept(_stream, logits, _trees.ParentRows, rows, _trees.SupportTokens, _trees.SupportCounts, parents, firstPlace, _trees.KeptStride, _trees.SupportCapacity);
    }

    // Commits a branch and makes what is below it the tree.
    private void Route(int sequences)
    {
        int hidden = _session.Model.Config.HiddenSize, nodes = _shape.Nodes, keptStride = _trees.KeptStride;
        bool readsParents = Lbr.Router.ReadsParents;
        KvCache<T> cache = _session.Cache;
        if (readsParents) GatherParents(sequences);
        // Of one candidate there is nothing to score.
        if (_shape.Width > 1) _router.Score(_stream, _trees.ForRouter(sequences, hidden, Lbr.Router.NeedsEntropies), _trees.Scores);
        TokenTree.LaunchChoose(
            _stream, PerSequence(sequences), _trees.Scores, _trees.Routing, _sampler.Parameters, _trees.NodeValid, _trees.NodeTokens, _trees.NodeLogProbabilities, _trees.NodeRests,
            _stops, cache.Lengths, cache.Limits, _trees.LogRho, _trees.Chosen, _trees.Kept, _trees.KeptCounts, sequences, _shape.Width, nodes, keptStride, _stopTokens.Count);
        if (!readsParents) cache.Compact(_stream, _trees.Kept, _trees.KeptCounts, keptStride);
        else TokenTree.CommitRows(_stream, _trees.Chosen, _trees.NodeTokens, cache.Lengths, _session.Tokens, _session.Rows, cache.SlotParents, sequences, nodes, cache.Slots, _dependent);
        TokenTree.ShiftSubtrees(
            _stream, _trees.Chosen, _trees.Kept, cache.Lengths, _trees.NodeStates, _trees.Frontier,
            _trees.NodeValid, _trees.NodeTokens, _trees.NodeLogProbabilities, _trees.NodeEntropies, _trees.NodeRests,
            sequences, nodes, keptStride, _shape.Count(_shape.Depth - 1), hidden, _dependent);
        if (!readsParents) return;
        _session.ForwardRows(_stream, sequences, rowsPerSequence: 1);
        KeepFrontier(_session.Activations.FinalHidden, sequences);
    }

    // What a router reads that sees no candidate: the state before it, and which token it is.
    private void GatherParents(int sequences)
    {
        Transformer<T> model = _session.Model;
        int hidden = model.Config.HiddenSize, rows = sequences * _shape.Nodes;
        Embedding.LaunchForward(_stream, _trees.SequenceOfNode, _trees.Frontier, _trees.NodeStates, rows, sequences, hidden, _dependent);
        Embedding.LaunchForward(_stream, _trees.NodeTokens, model.Weights.Embedding, _trees.NodeEmbeddings, rows, model.Config.VocabSize, hidden, _dependent);
    }

    private void KeepFrontier(ArrayView<T> states, int sequences) =>
        TokenTree.KeepStates(_stream, states, _trees.Frontier, sequences, 1, 0, 1, _session.Model.Config.HiddenSize, _dependent);

    // Brings the report of a step to the host without waiting.
    private void Deliver(int step, bool filtered)
    {
        int place = step % StepsInFlight;
        _stream.CopyToHost(_trees.Report, _reports[place]);
        if (filtered && Lbr.RecordSupports) _stream.CopyToHost(_trees.Supports, _supports[place]);
        _stream.Record(_stepDone[place]);
        PhaseEnded?.Invoke(_stream, DecodePhase.Decode);
    }

    private LaunchConfig PerSequence(int sequences) => new(sequences) { DependentLaunch = _dependent };

    private LaunchConfig Cover(int items, int threads) => LaunchConfig.Cover(items, threads) with { DependentLaunch = _dependent };
}
