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
        ArrayView<float> thresholds = Prepare(stream, logits, rows, rowCount, filtered);
        Sampling.LaunchDraw(
            stream, Groups(checked(rowCount * drawsPerRow)), logits, rows, Parameters, thresholds, _chunks, tokens, logProbabilities, LogSumExps, rowCount, _vocabulary, ChunksPerRow, drawsPerRow);
    }

    /// <summary>Waits for the last draw and refuses it where a row had no number: a model whose weights are NaN would otherwise answer with the first token, for ever.</summary>
    /// <param name="stream">Where the draw was queued; not capturing.</param>
    /// <param name="rowCount">Rows of the draw.</param>
    /// <exception cref="InvalidDataException">The logits of a row are not finite.</exception>
    public void RequireNumbers(ComputeStream stream, int rowCount)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var sums = new float[rowCount];
        stream.CopyToHost(LogSumExps.SubView(0, rowCount), sums);
        if (!Array.TrueForAll(sums, float.IsFinite))
            throw new InvalidDataException("The model's logits are no finite numbers: its weights hold NaN or infinity, or its activations need more than 16 bits. Check the checkpoint, or use f32.");
    }

    /// <summary>Queues draws without replacement.</summary>
    /// <param name="stream">Where they are queued; may be capturing.</param>
    /// <param name="logits">[rowCount, vocabulary].</param>
    /// <param name="rows">[rowCount]: whose settings apply, and what makes the random numbers.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="drawsPerRow">Draws from each row, at most <see cref="Sampling.MaximumDistinct"/>.</param>
    /// <param name="filtered">Whether any sequence has a filter.</param>
    /// <param name="tokens">[rowCount, drawsPerRow]: -1 where nothing is left. Written.</param>
    /// <param name="logProbabilities">[rowCount, drawsPerRow]. Written.</param>
    /// <param name="orderedLogProbabilities">[rowCount, drawsPerRow]: log-probabilities among what the draws before left. Written.</param>
    /// <param name="rests">[rowCount]: probability of what was not drawn. Written.</param>
    public void DrawDistinct(
        ComputeStream stream, ArrayView<float> logits, ArrayView<TokenRow> rows, int rowCount, int drawsPerRow, bool filtered,
        ArrayView<int> tokens, ArrayView<float> logProbabilities, ArrayView<float> orderedLogProbabilities, ArrayView<float> rests)
    {
        ArrayView<float> thresholds = Prepare(stream, logits, rows, rowCount, filtered);
        Sampling.LaunchDrawDistinct(
            stream, Groups(rowCount), logits, rows, Parameters, thresholds, _chunks, tokens, logProbabilities, orderedLogProbabilities, rests, LogSumExps,
            rowCount, _vocabulary, ChunksPerRow, drawsPerRow);
    }

    /// <summary>Queues the entropies of the whole distributions, before filters.</summary>
    /// <param name="stream">Where they are queued; may be capturing.</param>
    /// <param name="logits">[rowCount, vocabulary].</param>
    /// <param name="rows">[rowCount]: whose temperature applies.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="entropies">[sequences, stride]: of the rows of each sequence from first on. Written.</param>
    /// <param name="rowsPerSequence">Rows of a sequence.</param>
    /// <param name="first">Place of a sequence's first row.</param>
    /// <param name="stride">Places of a sequence.</param>
    public void ComputeEntropies(
        ComputeStream stream, ArrayView<float> logits, ArrayView<TokenRow> rows, int rowCount, ArrayView<float> entropies, int rowsPerSequence, int first, int stride)
    {
        Prepare(stream, logits, rows, rowCount, filtered: false);
        Sampling.LaunchEntropy(stream, Groups(rowCount), logits, rows, Parameters, _chunks, entropies, rowCount, _vocabulary, ChunksPerRow, rowsPerSequence, first, stride);
    }

    /// <summary>Queues the lists of what the last filtered draw kept.</summary>
    /// <param name="stream">Where they are queued; may be capturing.</param>
    /// <param name="logits">[rowCount, vocabulary], of that draw.</param>
    /// <param name="rows">[rowCount], of that draw.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="kept">[sequences, stride, capacity]: ids, rising. Written.</param>
    /// <param name="counts">[sequences, stride]: how many were kept. Written.</param>
    /// <param name="rowsPerSequence">Rows of a sequence.</param>
    /// <param name="first">Place of a sequence's first row.</param>
    /// <param name="stride">Places of a sequence.</param>
    /// <param name="capacity">Ids of a place.</param>
    public void ListKept(
        ComputeStream stream, ArrayView<float> logits, ArrayView<TokenRow> rows, int rowCount, ArrayView<int> kept, ArrayView<int> counts, int rowsPerSequence, int first, int stride, int capacity) =>
        Sampling.LaunchListKept(stream, Groups(rowCount), logits, rows, Thresholds, kept, counts, rowCount, _vocabulary, rowsPerSequence, first, stride, capacity);

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _parameters.Dispose();
        _chunks.Dispose();
        _thresholds.Dispose();
        _logSumExps.Dispose();
    }

    private int ChunksPerRow => Sampling.ChunksOf(_vocabulary);

    // Largest logits and masses of chunks, above the thresholds where there are filters; empty thresholds keep all.
    private ArrayView<float> Prepare(ComputeStream stream, ArrayView<float> logits, ArrayView<TokenRow> rows, int rowCount, bool filtered)
    {
        ArrayView<float> thresholds = default;
        LaunchConfig chunkwise = Groups(checked(rowCount * ChunksPerRow));
        Sampling.LaunchSummarize(stream, chunkwise, logits, rows, Parameters, thresholds, _chunks, rowCount, _vocabulary, ChunksPerRow);
        if (!filtered) return thresholds;
        thresholds = Thresholds;
        Sampling.LaunchThreshold(stream, Groups(rowCount), logits, rows, Parameters, _chunks, thresholds, rowCount, _vocabulary, ChunksPerRow);
        Sampling.LaunchSummarize(stream, chunkwise, logits, rows, Parameters, thresholds, _chunks, rowCount, _vocabulary, ChunksPerRow);
        return thresholds;
    }

    private LaunchConfig Groups(int groups) => new(groups) { DependentLaunch = _dependent };
}
