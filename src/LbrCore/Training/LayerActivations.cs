using LbrCore.Compute;
using LbrCore.Formats.Configuration;

namespace LbrCore.Training;

/// <summary>What a layer's backward pass reads of its forward pass.</summary>
/// <typeparam name="T">Element type.</typeparam>
internal sealed class LayerActivations<T>
    where T : unmanaged
{
    /// <summary>The residual stream before the layer, [rows, hidden].</summary>
    public required ArrayView<T> Input { get; init; }

    /// <summary>After the first norm, [rows, hidden].</summary>
    public required ArrayView<T> AttentionInput { get; init; }

    /// <summary>Queries (rotated) | keys | values as projected, [rows, width].</summary>
    public required ArrayView<T> QueryKeyValue { get; init; }

    /// <summary>As projected, before norms and rotation, [rows, width]; empty without query and key norms.</summary>
    public required ArrayView<T> Projected { get; init; }

    /// <summary>Rotated keys, [rows, key-value width].</summary>
    public required ArrayView<T> Keys { get; init; }

    /// <summary>Values, [rows, key-value width].</summary>
    public required ArrayView<T> Values { get; init; }

    /// <summary>What the heads read, [rows, query width].</summary>
    public required ArrayView<T> Attended { get; init; }

    /// <summary>Log of the softmax sums, [rows, heads].</summary>
    public required ArrayView<float> LogSumExp { get; init; }

    /// <summary>The residual stream between attention and feed-forward, [rows, hidden].</summary>
    public required ArrayView<T> Middle { get; init; }

    /// <summary>After the second norm, [rows, hidden].</summary>
    public required ArrayView<T> FeedForwardInput { get; init; }

    /// <summary>Gate | up, [rows, 2 * intermediate].</summary>
    public required ArrayView<T> GateUp { get; init; }

    /// <summary>silu(gate) * up, [rows, intermediate].</summary>
    public required ArrayView<T> Gated { get; init; }

    /// <summary>Elements of a row, the input left out.</summary>
    public static long Width(ModelConfig config) =>
        (3L * config.HiddenSize) + (Projection(config) * (config.HasQueryKeyNorm ? 2 : 1)) + (2L * config.KeyValueWidth) + config.QueryWidth + (3L * config.IntermediateSize);

    /// <summary>Takes memory.</summary>
    /// <param name="config">The model.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="input">The residual stream before the layer.</param>
    /// <param name="arena">Elements for everything else.</param>
    /// <param name="sums">Floats for <see cref="LogSumExp"/>.</param>
    public static LayerActivations<T> Take(ModelConfig config, int rows, ArrayView<T> input, MemoryCursor<T> arena, MemoryCursor<float> sums) => new()
    {
        Input = input,
        AttentionInput = arena.Take((long)rows * config.HiddenSize),
        QueryKeyValue = arena.Take(rows * Projection(config)),
        Projected = config.HasQueryKeyNorm ? arena.Take(rows * Projection(config)) : default,
        Keys = arena.Take((long)rows * config.KeyValueWidth),
        Values = arena.Take((long)rows * config.KeyValueWidth),
        Attended = arena.Take((long)rows * config.QueryWidth),
        LogSumExp = sums.Take((long)rows * config.NumAttentionHeads),
        Middle = arena.Take((long)rows * config.HiddenSize),
        FeedForwardInput = arena.Take((long)rows * config.HiddenSize),
        GateUp = arena.Take((long)rows * 2 * config.IntermediateSize),
        Gated = arena.Take((long)rows * config.IntermediateSize),
    };

    /// <summary>The same memory for another layer.</summary>
    /// <param name="input">The residual stream before that layer.</param>
    public LayerActivations<T> With(ArrayView<T> input) => new()
    {
        Input = input,
        AttentionInput = AttentionInput,
        QueryKeyValue = QueryKeyValue,
        Projected = Projected,
        Keys = Keys,
        Values = Values,
        Attended = Attended,
        LogSumExp = LogSumExp,
        Middle = Middle,
        FeedForwardInput = FeedForwardInput,
        GateUp = GateUp,
        Gated = Gated,
    };

    private static long Projection(ModelConfig config) => config.QueryWidth + (2L * config.KeyValueWidth);
}

/// <summary>Hands out parts of a buffer, each at a multiple of 256 bytes.</summary>
/// <typeparam name="T">Element type.</typeparam>
internal sealed class MemoryCursor<T>(Device device, long elements) : IDisposable
    where T : unmanaged
{
    // 256 bytes of the narrowest type.
    private const int Step = 128;

    private readonly DeviceBuffer<T> _memory = device.Allocate<T>(elements);
    private long _taken;

    /// <summary>Elements that a part of this length takes.</summary>
    public static long Size(long elements) => (elements + Step - 1) / Step * Step;

    /// <summary>The next elements.</summary>
    public ArrayView<T> Take(long count)
    {
        ArrayView<T> view = _memory.View.SubView(_taken, count);
        _taken += Size(count);
        return view;
    }

    public void Dispose() => _memory.Dispose();
}
