using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Model;

namespace LbrCore.Decoding;

/// <summary>Decoding with mixed embeddings in one element type.</summary>
/// <remarks>The device runs ahead of the host by one step, as in plain decoding: it mixes, ends thinking and lets sequences rest by itself.</remarks>
/// <typeparam name="T">Element type.</typeparam>
internal sealed class ThinkingDecoder<T> : ThinkingDecoder
    where T : unmanaged
{
    // Reports of the step that is read and of the one that is computed.
    private const int StepsInFlight = 2;

    private readonly InferenceSession<T> _session;
    private readonly TokenSampler _sampler;
    private readonly ThinkingBuffers _buffers;
    private readonly HashSet<int> _stopTokens;
    private readonly DeviceBuffer<int> _stops;
    private readonly PinnedBuffer<int>[] _reports;
    private readonly ComputeEvent[] _stepDone;
    private readonly ComputeStream _stream;
    private readonly StepGraphs _graphs;
    private readonly bool _dependent;

    public ThinkingDecoder(Transformer<T> model, SessionOptions options, ThinkingOptions thinking, IReadOnlyCollection<int> stopTokens)
        : base(ForSteps(options), thinking)
    {
        thinking.Validate(model.Config);
        Device device = model.Device;
        _stopTokens = [.. stopTokens];
        _session = new InferenceSession<T>(model, Options);
        _sampler = new TokenSampler(device, model.Config.VocabSize, Options.Sequences, Options.Sequences);
        _buffers = new ThinkingBuffers(device, Options.Sequences, thinking.Slots);
        _stops = device.Allocate<int>([.. _stopTokens]);
        _reports = [.. Enumerable.Range(0, StepsInFlight).Select(_ => device.AllocatePinned<int>(_buffers.ReportLength))];
        _stepDone = [.. Enumerable.Range(0, StepsInFlight).Select(_ => device.CreateEvent(timing: false))];
        _stream = device.CreateStream();
        _graphs = new StepGraphs(_stream);
        _dependent = device.Info.ComputeCapability.Major >= 9;
        device.DefaultStream.Synchronize();
    }

    private bool DrawsCandidates => Thinking.Method == ThinkingMethod.Multiplex;

    public override IEnumerable<ThinkingStep> Decode(
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
        foreach (PinnedBuffer<int> report in _reports) report.Dispose();
        _stops.Dispose();
        _buffers.Dispose();
        _sampler.Dispose();
        _session.Dispose();
    }

    private IEnumerable<ThinkingStep> Run(
        IReadOnlyList<ReadOnlyMemory<int>> prompts, SamplingOptions sampling, int maxTokens, uint firstNumber, IProgress<int>? prefilled, CancellationToken cancellation)
    {
        // The last token of a text is not forwarded, so it needs no slot.
        int[] most = [.. prompts.Select(prompt => Math.Min(maxTokens, Options.ContextLength + 1 - prompt.Length))];
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
                    ThinkingStep read = _buffers.Read(_reports[step % StepsInFlight].Span, i);
                    FinishReason? finish = _stopTokens.Contains(read.Token) ? FinishReason.Stop
                        : step + 1 < most[i] ? null
                        : most[i] == maxTokens ? FinishReason.Length : FinishReason.Context;
                    finished[i] = finish is not null;
                    if (finished[i]) unfinished--;
                    yield return read with { Finish = finish };
                }
            }
        }
        finally
        {
            // What was queued ahead uses the session's memory.
            _stream.Synchronize();
        }
    }

    private void Start(IReadOnlyList<ReadOnlyMemory<int>> prompts, SamplingOptions sampling, int[] most, uint firstNumber, IProgress<int>? prefilled)
    {
        int count = prompts.Count;
        PhaseEnded?.Invoke(_stream, DecodePhase.Waiting);
        _stream.CopyFromHost<SamplingParameters>([.. Enumerable.Range(0, count).Select(i => sampling.ToParameters(firstNumber + (uint)i))], _sampler.Parameters);
        _stream.CopyFromHost<ThinkingState>([.. Enumerable.Repeat(new ThinkingState { Thinks = Thinking.StartsThinking ? 1 : 0 }, count)], _buffers.States);
        // One short of the prompt: the step that draws the first token raises it.
        _stream.CopyFromHost<int>([.. prompts.Select(prompt => prompt.Length - 1)], _session.Cache.Lengths);
        _stream.CopyFromHost<int>([.. prompts.Select((prompt, i) => prompt.Length + most[i] - 1)], _session.Cache.Limits);
        _session.Prefill(_stream, [.. prompts.Select((prompt, i) => new Prompt(i, prompt))], prefilled);
        PhaseEnded?.Invoke(_stream, DecodePhase.Prefill);
        Mix(_session.Activations.SelectedHidden, _session.SelectedRows, count, sampling.HasFilter);
        Deliver(0);
    }

    private void Step(int step, int sequences, bool filtered)
    {
        PhaseEnded?.Invoke(_stream, DecodePhase.Waiting);
        _graphs.Run(sequences, filtered, UseGraph, Forward);
        Deliver(step);
    }

    private void Forward(int sequences, bool filtered)
    {
        KvCache<T> cache = _session.Cache;
        Transformer<T> model = _session.Model;
        SequenceRows.LaunchDescribe(_stream, cache.Lengths, cache.Limits, default, default, _session.Rows, cache.SlotParents, sequences, 1, 0, cache.Slots);
        MixedEmbedding.Launch(
            _stream, _buffers.Candidates, _buffers.Weights, model.Weights.Embedding, _session.Activations.Hidden,
            sequences, Thinking.Slots, model.Config.VocabSize, model.Config.HiddenSize, _dependent);
        _session.ForwardEmbedded(_stream, sequences, rowsPerSequence: 1);
        Mix(_session.Activations.FinalHidden, _session.Rows, sequences, filtered);
    }

    // From states to what the next pass reads.
    private void Mix(ArrayView<T> hidden, ArrayView<TokenRow> rows, int count, bool filtered)
    {
        int slots = Thinking.Slots;
        ArrayView<float> logits = _session.Activations.Logits;
        _session.ComputeLogits(_stream, hidden, count);
        ArrayView<int> draws = default;
        ArrayView<float> drawLogs = default;
        if (DrawsCandidates)
        {
            _sampler.Draw(_stream, logits, rows, count, slots, filtered, _buffers.Candidates, _buffers.LogProbabilities);
        }
        else
        {
            (draws, drawLogs) = (_buffers.Draws, _buffers.DrawLogProbabilities);
            _sampler.Draw(_stream, logits, rows, count, 1, filtered, draws, drawLogs);
            Sampling.LaunchTop(
                _stream, new LaunchConfig(count) { DependentLaunch = _dependent }, logits, rows, _sampler.Parameters, filtered ? _sampler.Thresholds : default,
                _buffers.Candidates, _buffers.LogProbabilities, count, _session.Model.Config.VocabSize, slots);
        }

        Kernels.Thinking.LaunchMix(
            _stream, new LaunchConfig(count) { DependentLaunch = _dependent }, _buffers.Candidates, _buffers.LogProbabilities, draws, drawLogs, rows, _sampler.Parameters, _buffers.States,
            _buffers.Weights, _buffers.Tokens, _buffers.Thought, Thinking.ToParameters(), count, slots);
        SequenceRows.LaunchAdvance(_stream, _buffers.Tokens, _stops, _session.Cache.Lengths, _session.Cache.Limits, count);
    }

    // Brings the report of a step to the host without waiting.
    private void Deliver(int step)
    {
        int place = step % StepsInFlight;
        _stream.CopyToHost(_buffers.Report, _reports[place]);
        _stream.Record(_stepDone[place]);
        PhaseEnded?.Invoke(_stream, DecodePhase.Decode);
    }
}
