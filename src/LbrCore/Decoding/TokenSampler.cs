using System.Runtime.CompilerServices;
using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Model;

namespace LbrCore.Decoding;

/// <summary>Draws tokens from logits on the device. Its memory is allocated once; <see cref="Draw"/> can be captured.</summary>
public sealed class TokenSampler : IDisposable
{
    private readonly DeviceBuffer<SamplingParameters> _parameters;
    private readonly DeviceBuffer<LogitChunk> _chunks;
    private readonly DeviceBuffer<float> _thresholds;
    private readonly DeviceBuffer<float> _logSumExps;
    private readonly int _vocabulary;
    private readonly bool _dependent;

    /// <summary>Allocates a sampler.</summary>
    /// <param name="device">Where the logits are.</param>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="sequences">Sequences that have settings.</param>
    /// <param name="maxRows">Rows of logits at a time.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory free.</exception>
    public TokenSampler(Device device, int vocabulary, int sequences, int maxRows)
    {
        _vocabulary = vocabulary;
        _parameters = device.Allocate<SamplingParameters>(sequences);
        _chunks = device.Allocate<LogitChunk>((long)maxRows * Sampling.ChunksOf(vocabulary));
        _thresholds = device.Allocate<float>(maxRows);
        _logSumExps = device.Allocate<float>(maxRows);
        _dependent = device.Info.ComputeCapability.Major >= 9;
    }

    /// <summary>[sequences]: settings.</summary>
    public ArrayView<SamplingParameters> Parameters => _parameters.View;

    /// <summary>[rows]: the least logit that the last draw kept; written where there are filters.</summary>
    public ArrayView<float> Thresholds => _thresholds.View;

    /// <summary>[rows]: log of the sum over kept logits of exp(logit / temperature) at the last draw.</summary>
    public ArrayView<float> LogSumExps => _logSumExps.View;

    /// <summary>What a sampler allocates.</summary>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="sequences">Sequences that have settings.</param>
    /// <param name="maxRows">Rows of logits at a time.</param>
    public static MemoryPlan Plan(int vocabulary, int sequences, int maxRows) => new MemoryPlan().Add(
        "sampling", ((long)sequences * Unsafe.SizeOf<SamplingParameters>()) + (maxRows * ((Sampling.ChunksOf(vocabulary) * (long)Unsafe.SizeOf<LogitChunk>()) + (2 * sizeof(float)))), 1);

    /// <summary>Queues draws.</summary>
    /// <param name="stream">Where they are queued; may be capturing.</param>
    /// <param name="logits">[rowCount, vocabulary].</param>
    /// <param name="rows">[rowCount]: whose settings apply, and what makes the random numbers.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="drawsPerRow">Independent draws from each row.</param>
    /// <param name="filtered">Whether any sequence has a filter; false leaves out the search for thresholds.</param>
    /// <param name="tokens">[rowCount, drawsPerRow]. Written.</param>
    /// <param name="logProbabilities">[rowCount, drawsPerRow]. Written.</param>
    public void Draw(
        ComputeStream stream, ArrayView<float> logits, ArrayView<TokenRow> rows, int rowCount, int drawsPerRow, bool filtered, ArrayView<int> tokens, ArrayView<float> logProbabilities)
    {
        int chunksPerRow = Sampling.ChunksOf(_vocabulary);
        ArrayView<float> thresholds = default;
        var chunkwise = new LaunchConfig(checked(rowCount * chunksPerRow)) { DependentLaunch = _dependent };
        Sampling.LaunchSummarize(stream, chunkwise, logits, rows, Parameters, thresholds, _chunks, rowCount, _vocabulary, chunksPerRow);
        if (filtered)
        {
            thresholds = Thresholds;
            Sampling.LaunchThreshold(stream, new LaunchConfig(rowCount) { DependentLaunch = _dependent }, logits, rows, Parameters, _chunks, thresholds, rowCount, _vocabulary, chunksPerRow);
            Sampling.LaunchSummarize(stream, chunkwise, logits, rows, Parameters, thresholds, _chunks, rowCount, _vocabulary, chunksPerRow);
        }

        var drawwise = new LaunchConfig(checked(rowCount * drawsPerRow)) { DependentLaunch = _dependent };
        Sampling.LaunchDraw(
            stream, drawwise, logits, rows, Parameters, thresholds, _chunks, tokens, logProbabilities, LogSumExps, rowCount, _vocabulary, chunksPerRow, drawsPerRow);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _parameters.Dispose();
        _chunks.Dispose();
        _thresholds.Dispose();
        _logSumExps.Dispose();
    }
}
