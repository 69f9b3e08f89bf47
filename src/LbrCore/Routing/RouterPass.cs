using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Trees;

namespace LbrCore.Routing;

/// <summary>
/// A set-attention router at work: nodes of each subtree are encoded and pooled into one vector, the vectors of the K subtrees attend to each other in blocks, and a linear form scores them.
/// </summary>
/// <remarks>
/// x = W_in norm(h) + depth (+ W_token norm(e) of the token's embedding, where h is the parent's state); g_k = x_root + W_o attend(x_root, subtree k); per block g += W_o attend(norm(g)), g += W_down gelu(W_up norm(g)); s_k = w . g_k. All in float32.
/// 15 launches with two blocks; nothing is allocated or waited for, so a pass can be captured. One thread at a time may use a pass.
/// </remarks>
public sealed partial class RouterPass : IDisposable
{
    private readonly DeviceBuffer<int> _depths;
    private readonly RouterScratch? _gradients;
    private readonly bool _dependent;

    /// <summary>Allocates a pass.</summary>
    /// <param name="weights">The weights, read at every pass; they must outlive it.</param>
    /// <param name="shape">The trees.</param>
    /// <param name="maxRoutes">Most trees at a time.</param>
    /// <param name="keep">Whether to keep what the backward pass needs.</param>
    /// <exception cref="ArgumentException">The tree is deeper than the router knows.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory free.</exception>
    public RouterPass(RouterWeights weights, TreeShape shape, int maxRoutes, bool keep = false)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRoutes);
        SetAttentionRouter.CheckShape(weights.Config, shape);
        (Weights, Shape, MaxRoutes) = (weights, shape, maxRoutes);
        Plan(weights.Config, shape, maxRoutes, keep).Require(weights.Device, "Score fewer trees at a time, or use a narrower router.");
        Activations = new RouterActivations(weights.Config, shape, maxRoutes, keep, weights.Device);
        _depths = weights.Device.Allocate<int>([.. Enumerable.Range(0, shape.Nodes).Select(node => shape.DepthOf(node) - 1)]);
        if (keep) _gradients = new RouterScratch(weights.Config, shape, maxRoutes, weights.Device);
        weights.Device.DefaultStream.Synchronize();
        _dependent = weights.Device.Info.ComputeCapability.Major >= 9;
    }

    /// <summary>What the constructor allocates.</summary>
    /// <param name="config">A valid config.</param>
    /// <param name="shape">The trees.</param>
    /// <param name="maxRoutes">Most trees at a time.</param>
    /// <param name="keep">Whether to keep what the backward pass needs.</param>
    public static MemoryPlan Plan(RouterConfig config, TreeShape shape, int maxRoutes, bool keep = false)
    {
        MemoryPlan plan = RouterActivations.Plan(config, shape, maxRoutes, keep).Add("router depths", shape.Nodes, sizeof(int));
        return keep ? plan.Add(RouterScratch.Plan(config, shape, maxRoutes)) : plan;
    }

    /// <summary>The weights.</summary>
    public RouterWeights Weights { get; }

    /// <summary>The trees.</summary>
    public TreeShape Shape { get; }

    /// <summary>Most trees at a time.</summary>
    public int MaxRoutes { get; }

    /// <summary>What the last pass computed.</summary>
    public RouterActivations Activations { get; }

    private RouterConfig Config => Weights.Config;

    /// <summary>Queues the scores of all subtrees.</summary>
    /// <param name="stream">Where the work is queued; may be capturing.</param>
    /// <param name="input">The trees.</param>
    /// <param name="scores">[routes, K]: logits of the choice. Written; those of absent subtrees have no meaning.</param>
    /// <typeparam name="T">Element type of states.</typeparam>
    /// <exception cref="ArgumentException">The input does not fit the pass.</exception>
    public void Forward<T>(ComputeStream stream, in RouterInput<T> input, ArrayView<float> scores)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(stream);
        Check(input);
        int routes = input.Sequences, slots = routes * Shape.Width, width = Config.RouterWidth;
        Encode(stream, input);
        Pool(stream, input.NodeValid, routes);
        for (int block = 0; block < Config.Blocks; block++) Attend(stream, block, input.NodeValid, routes);
        RouterScore.Launch(stream, Activations.Output, Weights[RouterTensors.Score], scores, slots, width, _dependent);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Activations.Dispose();
        _depths.Dispose();
        _gradients?.Dispose();
    }

    /// <summary>Sizes of the attention over nodes of subtrees.</summary>
    internal RouterAttentionProblem Pooling(int routes) => new(routes, Shape.Width, Shape.Nodes, Config.Heads, Config.HeadDim, AttentionScope.Subtree);

    /// <summary>Sizes of the attention over slots.</summary>
    internal RouterAttentionProblem Slots(int routes) =>
        new(routes, Shape.Width, Shape.Nodes, Config.Heads, Config.HeadDim, Config.CrossSubtree ? AttentionScope.Slots : AttentionScope.Self);

    private void Check<T>(in RouterInput<T> input)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(input.Sequences, MaxRoutes, nameof(input));
        if (input.Shape != Shape) throw new ArgumentException($"The pass was made for trees {Shape.Width} wide and {Shape.Depth} deep, the input has {input.Shape.Width} and {input.Shape.Depth}.", nameof(input));
        SetAttentionRouter.CheckHiddenSize(Config, input.HiddenSize);
        if (Config.PreCandidate && !input.NodeEmbeddings.IsValid) throw new ArgumentException("The router reads states before candidates; give it the embeddings of their tokens.", nameof(input));
    }

    // nodes = W_in norm(states) + depth (+ log-probability) (+ W_token norm(embeddings))
    private void Encode<T>(ComputeStream stream, in RouterInput<T> input)
        where T : unmanaged
    {
        int nodes = input.Sequences * Shape.Nodes;
        ArrayView<float> identities = default;
        if (Config.PreCandidate)
        {
            identities = Activations.Nodes;
            NodeEncoder.Launch(
                stream, input.NodeEmbeddings, Weights[RouterTensors.EncoderTokenNorm], Weights[RouterTensors.EncoderToken], input.NodeValid, default, default,
                default, default, default, identities, nodes, Config.RouterWidth, Config.HiddenSize, Shape.Nodes, (float)Config.NormEpsilon, _dependent);
        }

        NodeEncoder.Launch(
            stream, input.NodeStates, Weights[RouterTensors.EncoderNorm], Weights[RouterTensors.EncoderInput], input.NodeValid, _depths, Weights[RouterTensors.EncoderDepth],
            input.NodeLogProbabilities, Weights[RouterTensors.EncoderLogProbability], identities, Activations.Nodes,
            nodes, Config.RouterWidth, Config.HiddenSize, Shape.Nodes, (float)Config.NormEpsilon, _dependent);
    }

    // stream = roots + W_o attend(roots, subtrees)
    private void Pool(ComputeStream stream, ArrayView<int> valid, int routes)
    {
        int width = Config.RouterWidth;
        RouterActivations a = Activations;
        NormLinear.Launch(stream, a.Nodes, default, Weights.PoolQueryKeyValue, a.NodeQueryKeyValue, routes * Shape.Nodes, 3 * width, width, default, _dependent);
        RouterAttention.Launch(stream, Pooling(routes), a.NodeQueryKeyValue, valid, a.Pooled, a.PoolLogSums, _dependent);
        var roots = new NormLinearOptions { Residual = a.Nodes, Slots = Shape.Width, Stride = Shape.Nodes };
        NormLinear.Launch(stream, a.Pooled, default, Weights[RouterTensors.InPooling("o_proj")], a.Stream(0), routes * Shape.Width, width, width, roots, _dependent);
    }

    // stream += W_o attend(norm(stream)); stream += W_down gelu(W_up norm(stream))
    private void Attend(ComputeStream stream, int block, ArrayView<int> valid, int routes)
    {
        int width = Config.RouterWidth, inner = Config.InnerWidth, rows = routes * Shape.Width;
        RouterActivations.Fields a = Activations.Blocks[block];
        RouterBlockWeights w = Weights.Blocks[block];
        var normed = new NormLinearOptions { Epsilon = (float)Config.NormEpsilon };
        NormLinear.Launch(stream, a.Input, w.AttentionNorm, w.QueryKeyValue, a.QueryKeyValue, rows, 3 * width, width, normed, _dependent);
        RouterAttention.Launch(stream, Slots(routes), a.QueryKeyValue, valid, a.Attended, a.LogSums, _dependent);
        NormLinear.Launch(stream, a.Attended, default, w.Output, a.Middle, rows, width, width, new NormLinearOptions { Residual = a.Input }, _dependent);
        NormLinear.Launch(stream, a.Middle, w.FeedForwardNorm, w.Up, a.Gelu, rows, inner, width, normed with { Gelu = true, Preactivation = a.Up }, _dependent);
        NormLinear.Launch(stream, a.Gelu, default, w.Down, Activations.Stream(block + 1), rows, width, inner, new NormLinearOptions { Residual = a.Middle }, _dependent);
    }
}
