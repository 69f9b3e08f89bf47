using LbrCore.Compute;
using LbrCore.Model;
using LbrCore.Trees;

namespace LbrCore.Routing;

/// <summary>Memory of a backward pass: gradients on their way, normalised rows computed again, partial sums.</summary>
internal sealed class RouterScratch : IDisposable
{
    private const long PartialSums = 4 << 20;

    private readonly DeviceBuffer<float> _arena;
    private readonly DeviceBuffer<float> _one;
    private long _taken;

    public RouterScratch(RouterConfig config, TreeShape shape, int maxRoutes, Device device)
    {
        _arena = device.Allocate<float>(Lengths(config, shape, maxRoutes).Sum(Aligned));
        _one = device.Allocate<float>([1f]);
        ArrayView<float>[] views = [.. Lengths(config, shape, maxRoutes).Select(Take)];
        (Stream, Wide, Attended, Normed, NormGradient, Nodes, NodeQueryKeyValue) = (views[0], views[1], views[2], views[3], views[4], views[5], views[6]);
        (States, StateGradient, ColumnSums, LogProbabilities, Partials) = (views[7], views[8], views[9], views[10], views[11]);
    }

    /// <summary>[S, r]: gradient of the stream.</summary>
    public ArrayView<float> Stream { get; }

    /// <summary>[S, 4r]: gradient before GELU, or of query, key and value.</summary>
    public ArrayView<float> Wide { get; }

    /// <summary>[S, r]: gradient of what the heads read.</summary>
    public ArrayView<float> Attended { get; }

    /// <summary>[S, r]: rows after a norm.</summary>
    public ArrayView<float> Normed { get; }

    /// <summary>[S, r]: gradient of rows after a norm.</summary>
    public ArrayView<float> NormGradient { get; }

    /// <summary>[N, r]: gradient of encoded nodes.</summary>
    public ArrayView<float> Nodes { get; }

    /// <summary>[N, 3r].</summary>
    public ArrayView<float> NodeQueryKeyValue { get; }

    /// <summary>[N, H]: states after the norm.</summary>
    public ArrayView<float> States { get; }

    /// <summary>[N, H]: gradient of states after the norm.</summary>
    public ArrayView<float> StateGradient { get; }

    /// <summary>[nodes * r]: sums over trees.</summary>
    public ArrayView<float> ColumnSums { get; }

    /// <summary>[N]: log-probabilities, 0 at absent nodes.</summary>
    public ArrayView<float> LogProbabilities { get; }

    /// <summary>Partial sums.</summary>
    public ArrayView<float> Partials { get; }

    /// <summary>A single 1.</summary>
    public ArrayView<float> One => _one.View;

    public static MemoryPlan Plan(RouterConfig config, TreeShape shape, int maxRoutes) =>
        new MemoryPlan().Add("router gradients", Lengths(config, shape, maxRoutes).Sum(Aligned), sizeof(float));

    public void Dispose()
    {
        _arena.Dispose();
        _one.Dispose();
    }

    private static long[] Lengths(RouterConfig config, TreeShape shape, int maxRoutes)
    {
        long width = config.RouterWidth, nodes = (long)maxRoutes * shape.Nodes, slots = (long)maxRoutes * shape.Width;
        return
        [
            slots * width, slots * 4 * width, slots * width, slots * width, slots * width, nodes * width, nodes * 3 * width,
            nodes * config.HiddenSize, nodes * config.HiddenSize, shape.Nodes * width, nodes, PartialSums,
        ];
    }

    private static long Aligned(long elements) => (elements + 63) / 64 * 64;

    private ArrayView<float> Take(long elements)
    {
        ArrayView<float> view = _arena.View.SubView(_taken, elements);
        _taken += Aligned(elements);
        return view;
    }
}
