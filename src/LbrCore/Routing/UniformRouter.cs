using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Trees;

namespace LbrCore.Routing;

/// <summary>Gives all subtrees the same score: the random router, and what a router is before training.</summary>
public sealed class UniformRouter : Router
{
    /// <inheritdoc/>
    public override string Name => "random";

    /// <inheritdoc/>
    public override RouterSession<T> CreateSession<T>(Device device, int sequences, TreeShape shape, int hiddenSize) => new Session<T>(device.Info.ComputeCapability.Major >= 9);

    private sealed class Session<T>(bool dependent) : RouterSession<T>
        where T : unmanaged
    {
        public override void Score(ComputeStream stream, RouterInput<T> input, ArrayView<float> scores) =>
            Elements.LaunchFill(stream, scores.SubView(0, (long)input.Sequences * input.Shape.Width), 0f, dependent);

        public override void Dispose()
        {
        }
    }
}
