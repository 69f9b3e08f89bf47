using System.Runtime.CompilerServices;
using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;

namespace LbrCore.Model;

/// <summary>Keys and values of all layers for a fixed number of sequences, allocated once.</summary>
/// <remarks>
/// A sequence has slots: first those of its committed tokens, one a position (the prefix), then those of the nodes of its tree. How long each prefix is stands in device
/// memory, so that captured steps read and advance it; the host keeps its own count of what it has asked for.
/// </remarks>
/// <typeparam name="T">Element type.</typeparam>
public sealed class KvCache<T> : IDisposable
    where T : unmanaged
{
    private readonly DeviceBuffer<T> _keys;
    private readonly DeviceBuffer<T> _values;
    private readonly DeviceBuffer<int> _lengths;
    private readonly DeviceBuffer<int> _limits;
    private readonly DeviceBuffer<int> _slotParents;
    private readonly int _layers;
    private readonly int _heads;
    private readonly int _headDim;

    internal KvCache(ModelConfig config, SessionOptions options, Device device)
    {
        _layers = config.NumHiddenLayers;
        _heads = config.NumKeyValueHeads;
        _headDim = config.HeadDim;
        Sequences = options.Sequences;
        Slots = options.Slots;
        ContextLength = options.ContextLength;
        Layout = CacheLayout.HeadMajor(_heads, Slots, _headDim);
        _keys = device.Allocate<T>(Elements(config, options));
        _values = device.Allocate<T>(Elements(config, options));
        _lengths = device.Allocate<int>(Sequences);
        _limits = device.Allocate<int>(Sequences);
        _slotParents = device.Allocate<int>((long)Sequences * Slots);
        // Slots that no token has taken are read with weight 0, and 0 * NaN is NaN.
        _keys.Clear();
        _values.Clear();
        _lengths.Clear();
        _limits.Clear();
        _slotParents.Clear();
    }

    /// <summary>Sequences.</summary>
    public int Sequences { get; }

    /// <summary>Slots of a sequence.</summary>
    public int Slots { get; }

    /// <summary>Slots of a sequence that committed tokens may take.</summary>
    public int ContextLength { get; }

    /// <summary>Where the elements of a layer lie.</summary>
    public CacheLayout Layout { get; }

    /// <summary>[sequences]: committed tokens whose keys and values are in the cache.</summary>
    public ArrayView<int> Lengths => _lengths.View;

    /// <summary>[sequences]: a sequence takes part in steps while its length is below this.</summary>
    public ArrayView<int> Limits => _limits.View;

    /// <summary>[sequences, slots]: for slots of tree nodes, the slot of the parent.</summary>
    public ArrayView<int> SlotParents => _slotParents.View;

    /// <summary>What a cache allocates.</summary>
    /// <param name="config">A valid config.</param>
    /// <param name="options">Sizes.</param>
    public static MemoryPlan Plan(ModelConfig config, SessionOptions options) => new MemoryPlan()
        .Add("keys and values", checked(2 * Elements(config, options)), Unsafe.SizeOf<T>())
        .Add("slots", (long)options.Sequences * (options.Slots + 2), sizeof(int));

    /// <summary>A layer's keys, [sequences, key-value heads, slots, head_dim].</summary>
    /// <param name="layer">Index of the layer.</param>
    public ArrayView<T> Keys(int layer) => _keys.View.SubView(layer * ElementsOfLayer, ElementsOfLayer);

    /// <summary>A layer's values, [sequences, key-value heads, slots, head_dim].</summary>
    /// <param name="layer">Index of the layer.</param>
    public ArrayView<T> Values(int layer) => _values.View.SubView(layer * ElementsOfLayer, ElementsOfLayer);

    /// <summary>Copies keys and values of a sequence to the sequences right behind it, in all layers. Lengths stay as they are.</summary>
    /// <param name="stream">Where the copies are queued.</param>
    /// <param name="sequence">The sequence that is copied.</param>
    /// <param name="copies">Sequences behind it that become equal to it.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are not as many sequences.</exception>
    public void CopySequence(ComputeStream stream, int sequence, int copies)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        ArgumentOutOfRangeException.ThrowIfNegative(copies);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)sequence + copies, Sequences - 1L, nameof(copies));
        long first = sequence * Layout.SequenceStride;
        for (int layer = 0; layer < _layers; layer++)
        {
            // Each round copies all that is equal already: few copies, however many sequences.
            for (int equal = 1; equal <= copies;)
            {
                int count = Math.Min(equal, copies + 1 - equal);
                long length = count * Layout.SequenceStride, to = first + (equal * Layout.SequenceStride);
                stream.Copy(Keys(layer).SubView(first, length), Keys(layer).SubView(to, length));
                stream.Copy(Values(layer).SubView(first, length), Values(layer).SubView(to, length));
                equal += count;
            }
        }
    }

    /// <summary>Moves kept tree nodes to the slots right behind the prefix, in all layers. The length of the prefix stays as it is.</summary>
    /// <param name="stream">Where the work is queued; may be capturing.</param>
    /// <param name="kept">[sequences, keptStride]: indices of nodes, rising, counted from the end of the prefix.</param>
    /// <param name="keptCounts">[sequences]: how many are kept.</param>
    /// <param name="keptStride">Places in the list of a sequence.</param>
    public void Compact(ComputeStream stream, ArrayView<int> kept, ArrayView<int> keptCounts, int keptStride) =>
        KeyValueCache.LaunchCompact(stream, _keys.View, _values.View, Lengths, kept, keptCounts, _layers, Sequences, _heads, Slots, _headDim, keptStride);

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
        _lengths.Dispose();
        _limits.Dispose();
        _slotParents.Dispose();
    }

    private long ElementsOfLayer => Layout.SequenceStride * Sequences;

    private static long Elements(ModelConfig config, SessionOptions options) =>
        checked((long)config.NumHiddenLayers * options.Sequences * config.NumKeyValueHeads * options.Slots * config.HeadDim);
}
