using LbrCore.Compute;
using LbrCore.Model;
using LbrCore.Trees;

namespace LbrCore.Routing;

/// <summary>What a router computes on its way, for up to a number of trees. With <see cref="Kept"/> every field has memory of its own, as the backward pass needs it.</summary>
/// <remarks>N = trees * nodes of a tree, S = trees * K.</remarks>
public sealed class RouterActivations : IDisposable
{
    private readonly DeviceBuffer<float> _arena;
    private long _taken;

    internal RouterActivations(RouterConfig config, TreeShape shape, int maxRoutes, bool kept, Device device)
    {
        Kept = kept;
        _arena = device.Allocate<float>(Length(config, shape, maxRoutes, kept));
        long width = config.RouterWidth, nodes = (long)maxRoutes * shape.Nodes, slots = (long)maxRoutes * shape.Width;
        Nodes = Take(nodes * width);
        NodeQueryKeyValue = Take(nodes * 3 * width);
        Pooled = Take(slots * width);
        PoolLogSums = kept ? Take(LogSumsOf(config, slots)) : default;
        Fields shared = kept ? default : TakeFields();
        var blocks = new Fields[config.Blocks];
        for (int i = 0; i < blocks.Length; i++) blocks[i] = kept ? TakeFields() : shared;
        Blocks = blocks;
        Output = kept || blocks.Length == 0 ? Take(slots * width) : shared.Input;

        Fields TakeFields()
        {
            ArrayView<float> input = Take(slots * width);
            return new Fields(
                input, Take(slots * 3 * width), Take(slots * width), kept ? Take(slots * width) : input, kept ? Take(slots * 4 * width) : default, Take(slots * 4 * width), kept ? Take(LogSumsOf(config, slots)) : default);
        }
    }

    /// <summary>The fields of a block.</summary>
    /// <param name="Input">[S, r]: the stream before the block.</param>
    /// <param name="QueryKeyValue">[S, 3r].</param>
    /// <param name="Attended">[S, r]: what the heads read.</param>
    /// <param name="Middle">[S, r]: the stream between attention and feed-forward layer.</param>
    /// <param name="Up">[S, 4r] before GELU; only where kept.</param>
    /// <param name="Gelu">[S, 4r] after GELU.</param>
    /// <param name="LogSums">[S, heads] of the attention; only where kept.</param>
    internal readonly record struct Fields(
        ArrayView<float> Input, ArrayView<float> QueryKeyValue, ArrayView<float> Attended, ArrayView<float> Middle, ArrayView<float> Up, ArrayView<float> Gelu, ArrayView<float> LogSums);

    /// <summary>Whether every field has memory of its own.</summary>
    public bool Kept { get; }

    /// <summary>[N, r]: encoded nodes.</summary>
    internal ArrayView<float> Nodes { get; }

    /// <summary>[N, 3r]: query, key and value of the pooling attention.</summary>
    internal ArrayView<float> NodeQueryKeyValue { get; }

    /// <summary>[S, r]: what roots read from their subtrees.</summary>
    internal ArrayView<float> Pooled { get; }

    /// <summary>[S, heads] of the pooling attention; only where kept.</summary>
    internal ArrayView<float> PoolLogSums { get; }

    /// <summary>The blocks in order.</summary>
    internal IReadOnlyList<Fields> Blocks { get; }

    /// <summary>[S, r]: the stream after the last block.</summary>
    internal ArrayView<float> Output { get; }

    /// <summary>The stream before a block, or after the last one.</summary>
    internal ArrayView<float> Stream(int block) => block < Blocks.Count ? Blocks[block].Input : Output;

    /// <summary>What the constructor allocates.</summary>
    /// <param name="config">A valid config.</param>
    /// <param name="shape">The trees.</param>
    /// <param name="maxRoutes">Trees.</param>
    /// <param name="kept">Whether every field has memory of its own.</param>
    public static MemoryPlan Plan(RouterConfig config, TreeShape shape, int maxRoutes, bool kept) =>
        new MemoryPlan().Add("router activations", Length(config, shape, maxRoutes, kept), sizeof(float));

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _arena.Dispose();

    private static long Length(RouterConfig config, TreeShape shape, int maxRoutes, bool kept)
    {
        long width = config.RouterWidth, nodes = (long)maxRoutes * shape.Nodes, slots = (long)maxRoutes * shape.Width;
        long logSums = kept ? LogSumsOf(config, slots) : 0, ofBlock = ((kept ? 1 + 3 + 1 + 1 + 4 + 4 : 1 + 3 + 1 + 4) * slots * width) + logSums;
        return (4 * nodes * width) + (slots * width) + logSums + (kept ? config.Blocks * ofBlock : ofBlock) + (kept || config.Blocks == 0 ? slots * width : 0);
    }

    // Whole pieces of 16 bytes, so that what follows is aligned.
    private static long LogSumsOf(RouterConfig config, long slots) => ((slots * config.Heads) + 3) / 4 * 4;

    private ArrayView<float> Take(long elements)
    {
        ArrayView<float> view = _arena.View.SubView(_taken, elements);
        _taken += elements;
        return view;
    }
}
