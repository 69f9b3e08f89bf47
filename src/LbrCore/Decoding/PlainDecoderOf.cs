using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Model;

namespace LbrCore.Decoding;

/// <summary>Plain decoding in one element type.</summary>
/// <remarks>
/// The device runs ahead of the host by one step: while the host reads the tokens of step t, step t + 1 is computed already. That needs no decision of the host,
/// for the device itself raises lengths and lets a sequence rest after a stop token or at its limit.
/// </remarks>
/// <typeparam name="T">Element type.</typeparam>
internal sealed class PlainDecoder<T> : PlainDecoder
    where T : unmanaged
{
    // Results of the step that is read and of the one that is computed.
    private const int StepsInFlight = 2;

    private readonly InferenceSession<T> _session;
    private readonly TokenSampler _sampler;
    private readonly HashSet<int> _stopTokens;
    private readonly DeviceBuffer<int> _stops;
    private readonly DeviceBuffer<float> _logProbabilities;
    private readonly PinnedBuffer<int>[] _tokensOfStep;
    private readonly PinnedBuffer<float>[] _logProbabilitiesOfStep;
    private readonly ComputeEvent[] _stepDone;
    private readonly ComputeStream _stream;
    private readonly StepGraphs _graphs;

    public PlainDecoder(Transformer<T> model, SessionOptions options, IReadOnlyCollection<int> stopTokens)
        : base(ForDecoding(options))
    {
        Device device = model.Device;
        _stopTokens = [.. stopTokens];
        _session = new InferenceSession<T>(model, Options);
        _sampler = new TokenSampler(device, model.Config.VocabSize, Options.Sequences, Options.Sequences);
        _stops = device.Allocate<int>([.. _stopTokens]);
        _logProbabilities = device.Allocate<float>(Options.Sequences);
        _tokensOfStep = [.. Enumerable.Range(0, StepsInFlight).Select(_ => device.AllocatePinned<int>(Options.Sequences))];
        _logProbabilitiesOfStep = [.. Enumerable.Range(0, StepsInFlight).Select(_ => device.AllocatePinned<float>(Options.Sequences))];
        _stepDone = [.. Enumerable.Range(0, StepsInFlight).Select(_ => device.CreateEvent(timing: false))];
        _stream = device.CreateStream();
        _graphs = new StepGraphs(_stream);
        device.DefaultStream.Synchronize();
    }

    public override IEnumerable<DecodedToken> Decode(
        IReadOnlyList<ReadOnlyMemory<int>> prompts, SamplingOptions sampling, int maxTokens, IProgress<int>? prefilled, CancellationToken cancellation)
    {
        DecodeArguments.Check(Options, prompts, sampling, maxTokens);
        return prompts.Count == 0 || maxTokens == 0 ? [] : Run(prompts, sampling, maxTokens, prefilled, cancellation);
    }

    public override void Dispose()
    {
        _graphs.Dispose();
        _stream.Dispose();
        foreach (ComputeEvent done in _stepDone) done.Dispose();
        foreach (PinnedBuffer<int> tokens in _tokensOfStep) tokens.Dispose();
        foreach (PinnedBuffer<float> values in _logProbabilitiesOfStep) values.Dispose();
        _logProbabilities.Dispose();
        _stops.Dispose();
        _sampler.Dispose();
        _session.Dispose();
    }

    private IEnumerable<DecodedToken> Run(
        IReadOnlyList<ReadOnlyMemory<int>> prompts, SamplingOptions sampling, int maxTokens, IProgress<int>? prefilled, CancellationToken cancellation)
    {
        // The last token of a text is not forwarded, so it needs no slot.
        int[] most = [.. prompts.Select(prompt => Math.Min(maxTokens, Options.ContextLength + 1 - prompt.Length))];
        bool[] finished = new bool[prompts.Count];
        int unfinished = prompts.Count;
        try
        {
            Prefill(prompts, sampling, most, prefilled);
            for (int step = 0; unfinished > 0; step++)
            {
                if (step + 1 < most.Max()) Step(step + 1, prompts.Count, sampling.HasFilter);
                _stepDone[step % StepsInFlight].Synchronize();
                for (int i = 0; i < prompts.Count; i++)
                {
                    if (finished[i]) continue;
                    cancellation.ThrowIfCancellationRequested();
                    DecodedToken token = Read(step, i, most[i], maxTokens);
                    finished[i] = token.Finish is not null;
                    if (finished[i]) unfinished--;
                    yield return token;
                }
            }
        }
        finally
        {
            // What was queued ahead uses the session's memory.
            _stream.Synchronize();
        }
    }

    private DecodedToken Read(int step, int sequence, int most, int maxTokens)
    {
        int token = _tokensOfStep[step % StepsInFlight].Span[sequence];
        FinishReason? finish = _stopTokens.Contains(token) ? FinishReason.Stop
            : step + 1 < most ? null
            : most == maxTokens ? FinishReason.Length : FinishReason.Context;
        return new DecodedToken(sequence, token, _logProbabilitiesOfStep[step % StepsInFlight].Span[sequence], finish);
    }

    private void Prefill(IReadOnlyList<ReadOnlyMemory<int>> prompts, SamplingOptions sampling, int[] most, IProgress<int>? prefilled)
    {
        int count = prompts.Count;
        _stream.CopyFromHost<SamplingParameters>([.. Enumerable.Range(0, count).Select(i => sampling.ToParameters((uint)i))], _sampler.Parameters);
        // One short of the prompt: the step that draws the first token raises it.
        _stream.CopyFromHost<int>([.. prompts.Select(prompt => prompt.Length - 1)], _session.Cache.Lengths);
        _stream.CopyFromHost<int>([.. prompts.Select((prompt, i) => prompt.Length + most[i] - 1)], _session.Cache.Limits);
        _session.Prefill(_stream, [.. prompts.Select((prompt, i) => new Prompt(i, prompt))], prefilled);
        Draw(_session.Activations.SelectedHidden, _session.SelectedRows, count, sampling.HasFilter);
        _sampler.RequireNumbers(_stream, count);
        Deliver(0, count);
    }

    private void Step(int step, int sequences, bool filtered)
    {
        _graphs.Run(sequences, filtered, UseGraph, Forward);
        Deliver(step, sequences);
    }

    private void Forward(int sequences, bool filtered)
    {
        KvCache<T> cache = _session.Cache;
        SequenceRows.LaunchDescribe(_stream, cache.Lengths, cache.Limits, default, default, _session.Rows, cache.SlotParents, sequences, 1, 0, cache.Slots);
        _session.ForwardRows(_stream, sequences, rowsPerSequence: 1);
        Draw(_session.Activations.FinalHidden, _session.Rows, sequences, filtered);
    }

    private void Draw(ArrayView<T> hidden, ArrayView<TokenRow> rows, int count, bool filtered)
    {
        _session.ComputeLogits(_stream, hidden, count);
        _sampler.Draw(_stream, _session.Activations.Logits, rows, count, 1, filtered, _session.Tokens, _logProbabilities);
        SequenceRows.LaunchAdvance(_stream, _session.Tokens, _stops, _session.Cache.Lengths, _session.Cache.Limits, count);
    }

    // Brings the tokens of a step to the host without waiting.
    private void Deliver(int step, int count)
    {
        int place = step % StepsInFlight;
        _stream.CopyToHost(_session.Tokens.SubView(0, count), _tokensOfStep[place]);
        _stream.CopyToHost(_logProbabilities.View.SubView(0, count), _logProbabilitiesOfStep[place]);
        _stream.Record(_stepDone[place]);
    }
}
