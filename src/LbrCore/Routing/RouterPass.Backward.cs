using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Routing;

// Each step of the forward pass has its counterpart here, in reverse order, under the same name.
public sealed partial class RouterPass
{
    /// <summary>Queues the gradients of all parameters, and of the states where wanted, after a <see cref="Forward"/> of the same input.</summary>
    /// <param name="stream">Where the work is queued.</param>
    /// <param name="input">The trees, unchanged.</param>
    /// <param name="scoreGradients">[routes, K]: gradient of each score; 0 for absent subtrees.</param>
    /// <param name="gradients">What the gradients are added to.</param>
    /// <param name="stateGradients">[routes, nodes, H] in float32: gradient of each state. Written, zeros at absent nodes; empty where the states are not to learn from the router.</param>
    /// <param name="embeddingGradients">[routes, nodes, H]: gradient of each embedding, likewise; only with <see cref="RouterConfig.PreCandidate"/>.</param>
    /// <typeparam name="T">Element type of states.</typeparam>
    /// <exception cref="InvalidOperationException">The pass does not keep what is needed.</exception>
    /// <exception cref="ArgumentException">The input does not fit the pass, or the gradients the weights.</exception>
    public void Backward<T>(
        ComputeStream stream, in RouterInput<T> input, ArrayView<float> scoreGradients, RouterWeights gradients, ArrayView<float> stateGradients = default,
        ArrayView<float> embeddingGradients = default)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(gradients);
        RouterScratch scratch = _gradients ?? throw new InvalidOperationException("The pass keeps nothing for a backward pass; create it with keep: true.");
        if (gradients.Config != Config) throw new ArgumentException("The gradients are those of another router; create them with the config of the weights.", nameof(gradients));
        Check(input);
        var step = new Step(stream, Weights, gradients, Activations, scratch, input.Sequences, input.Sequences * Shape.Width);
        if (step.Routes == 0) return;
        int width = Config.RouterWidth;
        // s = w . x
        ArrayView<float> score = Weights[RouterTensors.Score];
        GradientProducts.Launch(stream, scoreGradients, score, scratch.Stream, GradientProblem.OfInput(step.Rows, 1, width));
        GradientProducts.Launch(stream, scoreGradients, Activations.Output, gradients[RouterTensors.Score], GradientProblem.OfWeight(step.Rows, 1, width), scratch.Partials);
        for (int block = Config.Blocks - 1; block >= 0; block--)
        {
            FeedForwardBackward(step, block);
            AttendBackward(step, block, input.NodeValid);
        }

        PoolBackward(step, input.NodeValid);
        EncodeBackward(step, input.NodeStates, input.NodeValid, RouterTensors.EncoderNorm, RouterTensors.EncoderInput, stateGradients);
        if (Config.PreCandidate) EncodeBackward(step, input.NodeEmbeddings, input.NodeValid, RouterTensors.EncoderTokenNorm, RouterTensors.EncoderToken, embeddingGradients);
        FeaturesBackward(step, input);
    }

    private readonly record struct Step(ComputeStream Stream, RouterWeights Weights, RouterWeights Gradients, RouterActivations Saved, RouterScratch Scratch, int Routes, int Rows);

    // stream += W_down gelu(W_up norm(stream))
    private void FeedForwardBackward(Step step, int block)
    {
        (int width, int inner) = (Config.RouterWidth, Config.InnerWidth);
        RouterActivations.Fields saved = step.Saved.Blocks[block];
        (RouterBlockWeights w, RouterBlockWeights g, RouterScratch s) = (step.Weights.Blocks[block], step.Gradients.Blocks[block], step.Scratch);
        GradientProducts.Launch(step.Stream, s.Stream, w.Down, s.Wide, GradientProblem.OfInput(step.Rows, width, inner) with { Preactivation = saved.Up });
        GradientProducts.Launch(step.Stream, s.Stream, saved.Gelu, g.Down, GradientProblem.OfWeight(step.Rows, width, inner), s.Partials);
        NormedBackward(step, saved.Middle, w.FeedForwardNorm, g.FeedForwardNorm, w.Up, g.Up, inner);
    }

    // stream += W_o attend(norm(stream))
    private void AttendBackward(Step step, int block, ArrayView<int> valid)
    {
        int width = Config.RouterWidth;
        RouterActivations.Fields saved = step.Saved.Blocks[block];
        (RouterBlockWeights w, RouterBlockWeights g, RouterScratch s) = (step.Weights.Blocks[block], step.Gradients.Blocks[block], step.Scratch);
        GradientProducts.Launch(step.Stream, s.Stream, w.Output, s.Attended, GradientProblem.OfInput(step.Rows, width, width));
        GradientProducts.Launch(step.Stream, s.Stream, saved.Attended, g.Output, GradientProblem.OfWeight(step.Rows, width, width), s.Partials);
        RouterAttention.LaunchBackward(step.Stream, Slots(step.Routes), saved.QueryKeyValue, valid, saved.Attended, saved.LogSums, s.Attended, s.Wide);
        NormedBackward(step, saved.Input, w.AttentionNorm, g.AttentionNorm, w.QueryKeyValue, g.QueryKeyValue, 3 * width);
    }

    // y = W norm(x), with the gradient of y in Wide: that of x is added to the stream's.
    private void NormedBackward(Step step, ArrayView<float> x, ArrayView<float> gain, ArrayView<float> gainGradient, ArrayView<float> weight, ArrayView<float> weightGradient, int outputs)
    {
        int width = Config.RouterWidth;
        float epsilon = (float)Config.NormEpsilon;
        RouterScratch s = step.Scratch;
        NormGradient.LaunchNormalize(step.Stream, x, gain, default, s.Normed, step.Rows, width, epsilon);
        GradientProducts.Launch(step.Stream, s.Wide, s.Normed, weightGradient, GradientProblem.OfWeight(step.Rows, outputs, width), s.Partials);
        GradientProducts.Launch(step.Stream, s.Wide, weight, s.NormGradient, GradientProblem.OfInput(step.Rows, outputs, width));
        NormGradient.LaunchBackward(step.Stream, x, gain, default, s.NormGradient, s.Stream, step.Rows, width, epsilon, accumulate: true);
        GradientProducts.Launch(step.Stream, s.One, s.NormGradient, gainGradient, GradientProblem.OfColumns(step.Rows, width, accumulate: true), s.Partials);
    }

    // stream = roots + W_o attend(roots, subtrees)
    private void PoolBackward(Step step, ArrayView<int> valid)
    {
        int width = Config.RouterWidth, nodes = step.Routes * Shape.Nodes;
        (RouterActivations saved, RouterScratch s, string output) = (step.Saved, step.Scratch, RouterTensors.InPooling("o_proj"));
        GradientProducts.Launch(step.Stream, s.Stream, step.Weights[output], s.Attended, GradientProblem.OfInput(step.Rows, width, width));
        GradientProducts.Launch(step.Stream, s.Stream, saved.Pooled, step.Gradients[output], GradientProblem.OfWeight(step.Rows, width, width), s.Partials);
        RouterAttention.LaunchBackward(step.Stream, Pooling(step.Routes), saved.NodeQueryKeyValue, valid, saved.Pooled, saved.PoolLogSums, s.Attended, s.NodeQueryKeyValue);
        GradientProducts.Launch(step.Stream, s.NodeQueryKeyValue, saved.Nodes, step.Gradients.PoolQueryKeyValue, GradientProblem.OfWeight(nodes, 3 * width, width), s.Partials);
        GradientProblem ofNodes = GradientProblem.OfInput(nodes, 3 * width, width) with { Residual = s.Stream, Slots = Shape.Width, Stride = Shape.Nodes };
        GradientProducts.Launch(step.Stream, s.NodeQueryKeyValue, step.Weights.PoolQueryKeyValue, s.Nodes, ofNodes);
    }

    // nodes = W norm(vectors) + ...
    private void EncodeBackward<T>(Step step, ArrayView<T> vectors, ArrayView<int> valid, string norm, string matrix, ArrayView<float> vectorGradients)
        where T : unmanaged
    {
        (int width, int hidden, int nodes) = (Config.RouterWidth, Config.HiddenSize, step.Routes * Shape.Nodes);
        float epsilon = (float)Config.NormEpsilon;
        (RouterWeights w, RouterWeights g, RouterScratch s) = (step.Weights, step.Gradients, step.Scratch);
        ArrayView<float> gain = w[norm], weight = w[matrix];
        NormGradient.LaunchNormalize(step.Stream, vectors, gain, valid, s.States, nodes, hidden, epsilon);
        GradientProducts.Launch(step.Stream, s.Nodes, s.States, g[matrix], GradientProblem.OfWeight(nodes, width, hidden), s.Partials);
        GradientProducts.Launch(step.Stream, s.Nodes, weight, s.StateGradient, GradientProblem.OfInput(nodes, width, hidden));
        NormGradient.LaunchBackward(step.Stream, vectors, gain, valid, s.StateGradient, vectorGradients, nodes, hidden, epsilon, accumulate: false);
        GradientProducts.Launch(step.Stream, s.One, s.StateGradient, g[norm], GradientProblem.OfColumns(nodes, hidden, accumulate: true), s.Partials);
    }

    // nodes = ... + depth (+ log-probability)
    private void FeaturesBackward<T>(Step step, in RouterInput<T> input)
        where T : unmanaged
    {
        (int width, RouterScratch s) = (Config.RouterWidth, step.Scratch);
        // Over trees first: then the nodes of a depth lie together.
        GradientProducts.Launch(step.Stream, s.One, s.Nodes, s.ColumnSums, GradientProblem.OfColumns(step.Routes, Shape.Nodes * width, accumulate: false), s.Partials);
        for (int depth = 1; depth <= Shape.Depth; depth++)
        {
            ArrayView<float> ofDepth = s.ColumnSums.SubView((long)Shape.Offset(depth) * width), to = step.Gradients[RouterTensors.EncoderDepth].SubView((depth - 1L) * width, width);
            GradientProducts.Launch(step.Stream, s.One, ofDepth, to, GradientProblem.OfColumns(Shape.Count(depth), width, accumulate: true));
        }

        if (!Config.LogProbabilityFeature) return;
        int nodes = step.Routes * Shape.Nodes;
        TreeScore.LaunchMask(step.Stream, input.NodeValid, input.NodeLogProbabilities, s.LogProbabilities, nodes);
        GradientProducts.Launch(
            step.Stream, s.LogProbabilities, s.Nodes, step.Gradients[RouterTensors.EncoderLogProbability], GradientProblem.OfWeight(nodes, 1, width), s.Partials);
    }
}
