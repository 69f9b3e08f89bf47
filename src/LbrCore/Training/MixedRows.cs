using System.Runtime.CompilerServices;
using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Model;

namespace LbrCore.Training;

/// <summary>Inputs that are mixtures of embeddings: y = sum_j w_j E[token_j], and what E learns of them, dE[token_j] += w_j dy.</summary>
/// <remarks>Forward is the kernel of Multiplex Thinking's decoding, so that the trainer feeds the same bits; a row of one token is a mixture with the weight 1, which copies.</remarks>
/// <typeparam name="T">Element type of the embedding.</typeparam>
internal sealed class MixedRows<T> : IDisposable
    where T : unmanaged
{
    private readonly TransformerWeights<T> _weights;
    private readonly int _slots;
    private readonly DeviceBuffer<int> _tokens;
    private readonly DeviceBuffer<float> _shares;
    private readonly DeviceBuffer<int> _rowOfPlace;
    private readonly DeviceBuffer<float> _scaled;
    private readonly DeviceBuffer<float> _pieces;
    private readonly DeviceBuffer<int> _order;
    private readonly DeviceBuffer<RowSegment> _segments;
    private readonly DeviceBuffer<RowSegment> _totals;
    private int[] _places = [];

    public MixedRows(Transformer<T> model, int maxRows, int slots)
    {
        (_weights, _slots) = (model.Weights, slots);
        ModelConfig config = model.Config;
        Device device = model.Device;
        int places = checked(maxRows * slots), mostPieces = OccurrenceTable.MostPieces(places, config.VocabSize);
        _tokens = device.Allocate<int>(places);
        _shares = device.Allocate<float>(places);
        _rowOfPlace = device.Allocate<int>([.. Enumerable.Range(0, places).Select(place => place / slots)]);
        _scaled = device.Allocate<float>((long)places * config.HiddenSize);
        _pieces = device.Allocate<float>((long)mostPieces * config.HiddenSize);
        _order = device.Allocate<int>(places);
        _segments = device.Allocate<RowSegment>(mostPieces);
        _totals = device.Allocate<RowSegment>(Math.Min(places, config.VocabSize));
    }

    /// <summary>Bytes that the constructor allocates.</summary>
    public static long Bytes(ModelConfig config, int maxRows, int slots)
    {
        long places = (long)maxRows * slots, mostPieces = OccurrenceTable.MostPieces(checked((int)places), config.VocabSize);
        return (places * (4 * sizeof(int))) + ((places + mostPieces) * config.HiddenSize * sizeof(float)) + ((mostPieces + Math.Min(places, config.VocabSize)) * Unsafe.SizeOf<RowSegment>());
    }

    /// <summary>Queues the inputs of all rows.</summary>
    /// <exception cref="ArgumentException">A mixture has too many tokens, or one that is not in the vocabulary.</exception>
    public void Forward(ComputeStream stream, PackedBatch batch, ArrayView<T> y)
    {
        (int rows, int vocabulary) = (batch.Count, _weights.Config.VocabSize);
        _places = new int[rows * _slots];
        var shares = new float[_places.Length];
        Array.Fill(_places, -1);
        for (int row = 0; row < rows; row++) (_places[row * _slots], shares[row * _slots]) = (batch.Tokens[row], 1f);
        foreach ((int row, (int[] tokens, float[] weights)) in batch.Mixtures)
        {
            if (tokens.Length > _slots) throw new ArgumentException($"A row mixes {tokens.Length} tokens; the session has room for {_slots}.", nameof(batch));
            foreach (int token in tokens)
                if ((uint)token >= (uint)vocabulary) throw new ArgumentException($"Token {token} of a mixture is not in the vocabulary of {vocabulary} tokens.", nameof(batch));
            tokens.CopyTo(_places, row * _slots);
            weights.CopyTo(shares, row * _slots);
        }

        Staged.Copy<int>(stream, _places, _tokens.View);
        Staged.Copy<float>(stream, shares, _shares.View);
        MixedEmbedding.Launch(stream, _tokens.View, _shares.View, _weights.Embedding, y, rows, _slots, vocabulary, _weights.Config.HiddenSize);
    }

    /// <summary>Adds what the embedding learns from gradients [rows, hidden] of the inputs.</summary>
    public void Backward(ComputeStream stream, ArrayView<float> gradients, ArrayView<float> gradEmbedding)
    {
        int places = _places.Length, rows = places / _slots, hidden = _weights.Config.HiddenSize;
        // Each place's part of its row's gradient is a mixture of one row.
        MixedEmbedding.Launch(stream, _rowOfPlace.View, _shares.View, gradients, _scaled.View, places, 1, rows, hidden);
        OccurrenceTable table = OccurrenceTable.Of(_places, _weights.Config.VocabSize);
        Staged.Copy<int>(stream, table.Order, _order.View);
        Staged.Copy<RowSegment>(stream, table.Pieces, _segments.View);
        Staged.Copy<RowSegment>(stream, table.Totals, _totals.View);
        Embedding.LaunchBackward(stream, _scaled.View, _order.View, _segments.View, _pieces.View, table.Pieces.Length, hidden, accumulate: false);
        Embedding.LaunchBackward(stream, _pieces.View, default, _totals.View, gradEmbedding, table.Totals.Length, hidden, accumulate: true);
    }

    public void Dispose()
    {
        foreach (IDisposable buffer in new IDisposable[] { _tokens, _shares, _rowOfPlace, _scaled, _pieces, _order, _segments, _totals }) buffer.Dispose();
    }
}
