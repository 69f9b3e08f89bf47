using System.Runtime.CompilerServices;
using LbrCore.Compute;
using LbrCore.Formats.Configuration;

namespace LbrCore.Model;

/// <summary>What a pass computes on its way, each in memory of its own for up to <see cref="SessionOptions.MaxRows"/> rows.</summary>
/// <typeparam name="T">Element type.</typeparam>
public sealed class Activations<T> : IDisposable
    where T : unmanaged
{
    private readonly DeviceBuffer<T> _arena;
    private readonly DeviceBuffer<Float2> _rotations;
    private readonly DeviceBuffer<float> _logits;

    internal Activations(ModelConfig config, SessionOptions options, Device device)
    {
        _arena = device.Allocate<T>(Widths(config).Sum(width => width * options.MaxRows) + ((long)config.HiddenSize * options.MaxLogitRows));
        _rotations = device.Allocate<Float2>((long)options.MaxRows * (config.HeadDim / 2));
        _logits = device.Allocate<float>((long)options.MaxLogitRows * config.VocabSize);
        long taken = 0;
        ArrayView<T>[] views = [.. Widths(config).Select(width => Take(width * options.MaxRows))];
        (Hidden, Normed, QueryKeyValue, Attended, GateUp, Gated, FinalHidden) = (views[0], views[1], views[2], views[3], views[4], views[5], views[6]);
        SelectedHidden = Take((long)config.HiddenSize * options.MaxLogitRows);

        ArrayView<T> Take(long elements)
        {
            ArrayView<T> view = _arena.View.SubView(taken, elements);
            taken += elements;
            return view;
        }
    }

    /// <summary>The residual stream, [rows, hidden].</summary>
    public ArrayView<T> Hidden { get; }

    /// <summary>What attention or feed-forward layer read, after the norm, [rows, hidden].</summary>
    public ArrayView<T> Normed { get; }

    /// <summary>Queries | keys | values, [rows, (heads + 2 key-value heads) * head_dim].</summary>
    public ArrayView<T> QueryKeyValue { get; }

    /// <summary>What the heads read from the cache, [rows, heads * head_dim].</summary>
    public ArrayView<T> Attended { get; }

    /// <summary>Gate | up, [rows, 2 * intermediate].</summary>
    public ArrayView<T> GateUp { get; }

    /// <summary>silu(gate) * up, [rows, intermediate].</summary>
    public ArrayView<T> Gated { get; }

    /// <summary>The state of each row after the final norm, [rows, hidden].</summary>
    public ArrayView<T> FinalHidden { get; }

    /// <summary>Those rows of <see cref="FinalHidden"/> that logits were asked for, [logit rows, hidden].</summary>
    public ArrayView<T> SelectedHidden { get; }

    /// <summary>Cosine and sine of each row and pair, [rows, head_dim / 2].</summary>
    public ArrayView<Float2> Rotations => _rotations.View;

    /// <summary>Logits, [logit rows, vocabulary].</summary>
    public ArrayView<float> Logits => _logits.View;

    /// <summary>What the activations allocate.</summary>
    /// <param name="config">A valid config.</param>
    /// <param name="options">Sizes.</param>
    public static MemoryPlan Plan(ModelConfig config, SessionOptions options) => new MemoryPlan()
        .Add("activations", Widths(config).Sum(width => width * options.MaxRows) + ((long)config.HiddenSize * options.MaxLogitRows), Unsafe.SizeOf<T>())
        .Add("rotations", (long)options.MaxRows * (config.HeadDim / 2), Unsafe.SizeOf<Float2>())
        .Add("logits", (long)options.MaxLogitRows * config.VocabSize, sizeof(float));

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _arena.Dispose();
        _rotations.Dispose();
        _logits.Dispose();
    }

    // Elements of a row, in the order of the properties.
    private static long[] Widths(ModelConfig config) =>
    [
        config.HiddenSize, config.HiddenSize, config.QueryWidth + (2L * config.KeyValueWidth), config.QueryWidth, 2L * config.IntermediateSize, config.IntermediateSize, config.HiddenSize,
    ];
}
