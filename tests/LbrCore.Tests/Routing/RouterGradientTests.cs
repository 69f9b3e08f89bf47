using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Trees;
using Xunit;

namespace LbrCore.Tests.Routing;

/// <summary>The backward pass against differences of the formulas in float64, and against the forward pass by products.</summary>
public sealed class RouterGradientTests : IDisposable
{
    private const int Hidden = 16;

    private readonly Device _device = Device.Open("cpu");

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData(3, 1, true, false)]
    [InlineData(3, 2, true, true)]
    [InlineData(2, 2, false, false)]
    public void Every_gradient_is_the_slope_of_the_formulas(int width, int depth, bool cross, bool feature)
    {
        var config = new RouterConfig { HiddenSize = Hidden, RouterWidth = 8, MaxDepth = depth, Heads = 2, CrossSubtree = cross, LogProbabilityFeature = feature };
        using RouterWeights weights = Random(config);
        using RouterTrees trees = RouterTrees.Random(_device, new TreeShape(width, depth), Hidden, 5, 31);
        double[] ahead = ScoreGradients(trees);
        (Dictionary<string, double[]> found, double[] states) = Backward(weights, trees, ahead);
        Dictionary<string, double[]> values = Values(weights);

        foreach ((string name, double[] tensor) in values)
        {
            // A direction over all elements checks each of them; two directions and it is no accident.
            foreach (int seed in new[] { 1, 2 }) AssertSlope(tensor, found[name], seed, name, () => Loss(config, values, trees, ahead));
        }

        for (int tree = 0; tree < trees.States.Length; tree++)
        {
            for (int node = 0; node < trees.Shape.Nodes; node++)
            {
                double[] gradient = states.AsSpan(((tree * trees.Shape.Nodes) + node) * Hidden, Hidden).ToArray();
                if (!trees.Valid[tree][node]) Assert.All(gradient, value => Assert.Equal(0, value));
                else AssertSlope(trees.States[tree][node], gradient, node, $"state {node} of tree {tree}", () => Loss(config, values, trees, ahead));
            }
        }
    }

    [Theory]
    [InlineData(3, true)]
    [InlineData(4, false)]
    public void States_before_candidates_and_embeddings_learn_alike(int width, bool feature)
    {
        var config = new RouterConfig { HiddenSize = Hidden, RouterWidth = 8, MaxDepth = 1, Heads = 2, PreCandidate = true, LogProbabilityFeature = feature };
        using RouterWeights weights = Random(config);
        using RouterTrees bare = RouterTrees.Random(_device, new TreeShape(width, 1), Hidden, 5, 31), trees = bare.WithEmbeddings(_device, 7);
        double[] ahead = ScoreGradients(trees);
        Dictionary<string, double[]> values = Values(weights), found;
        double[] states, embeddings;
        (found, states, embeddings) = BackwardAll(weights, trees, ahead);
        foreach ((string name, double[] tensor) in values) AssertSlope(tensor, found[name], 3, name, () => Loss(config, values, trees, ahead));
        for (int tree = 0; tree < trees.States.Length; tree++)
        {
            for (int node = 0; node < width; node++)
            {
                int at = ((tree * width) + node) * Hidden;
                if (!trees.Valid[tree][node]) continue;
                AssertSlope(trees.States[tree][node], states.AsSpan(at, Hidden).ToArray(), node, $"state {node} of tree {tree}", () => Loss(config, values, trees, ahead));
                AssertSlope(trees.Embeddings![tree][node], embeddings.AsSpan(at, Hidden).ToArray(), node, $"embedding {node} of tree {tree}", () => Loss(config, values, trees, ahead));
            }
        }
    }

    [Fact]
    public void The_transposed_jacobian_agrees_with_the_jacobian()
    {
        // <J x, y> = <x, J' y>, with J x from differences of the float32 pass along x in the space of states.
        var config = new RouterConfig { HiddenSize = Hidden, RouterWidth = 16, MaxDepth = 2 };
        using RouterWeights weights = Random(config);
        var shape = new TreeShape(3, 2);
        using RouterTrees trees = RouterTrees.Random(_device, shape, Hidden, 7, 3);
        double[] y = ScoreGradients(trees), gradient = Backward(weights, trees, y).States, direction = Direction(gradient.Length, 5);
        const double Step = 1e-3;
        float[] above = Score(weights, Moved(Step)), below = Score(weights, Moved(-Step));
        double forward = above.Zip(below, (a, b) => (a - (double)b) / (2 * Step)).Zip(y, (slope, weight) => slope * weight).Sum(), backward = gradient.Zip(direction, (a, b) => a * b).Sum();
        Assert.Equal(forward, backward, 2e-3 * Math.Max(1, Math.Abs(forward)));

        RouterTrees Moved(double step)
        {
            int at = 0;
            double[][][] moved = [.. trees.States.Select(tree => tree.Select(node => node.Select(value => value + (step * direction[at++])).ToArray()).ToArray())];
            return new RouterTrees(_device, shape, Hidden, moved, trees.Valid, trees.Logs);
        }
    }

    [Fact]
    public void Gradients_are_added_and_the_same_bits_every_time()
    {
        var config = new RouterConfig { HiddenSize = Hidden, RouterWidth = 16, MaxDepth = 2, LogProbabilityFeature = true };
        using RouterWeights weights = Random(config), once = new(config, _device), twice = new(config, _device), again = new(config, _device);
        using RouterTrees trees = RouterTrees.Random(_device, new TreeShape(3, 2), Hidden, 40, 6);
        using DeviceBuffer<float> ahead = _device.Allocate<float>([.. ScoreGradients(trees).Select(value => (float)value)]), scores = _device.Allocate<float>(ahead.Length);
        using var pass = new RouterPass(weights, trees.Shape, 50, keep: true);
        pass.Forward(_device.DefaultStream, trees.Input, scores);
        foreach (RouterWeights gradients in new[] { once, twice, twice, again }) pass.Backward(_device.DefaultStream, trees.Input, ahead, gradients);
        float[] single = ToHost(once.All), both = ToHost(twice.All);
        Assert.Equal(single, ToHost(again.All));
        double norm = Math.Sqrt(single.Sum(value => (double)value * value));
        for (int i = 0; i < single.Length; i++) Assert.Equal(2 * single[i], both[i], 1e-5 * norm);
        Assert.True(norm > 0);
    }

    [Fact]
    public void A_pass_that_kept_nothing_says_so()
    {
        var config = new RouterConfig { HiddenSize = Hidden, RouterWidth = 8, MaxDepth = 1 };
        using RouterWeights weights = Random(config), gradients = new(config, _device), others = new(config with { Blocks = 1 }, _device);
        using RouterTrees trees = RouterTrees.Random(_device, new TreeShape(3, 1), Hidden, 2, 6);
        using RouterPass pass = new(weights, trees.Shape, 2), kept = new(weights, trees.Shape, 2, keep: true);
        Assert.Contains("keep: true", Assert.Throws<InvalidOperationException>(() => pass.Backward(_device.DefaultStream, trees.Input, trees.Input.NodeLogProbabilities, gradients)).Message);
        Assert.Contains("another router", Assert.Throws<ArgumentException>(() => kept.Backward(_device.DefaultStream, trees.Input, trees.Input.NodeLogProbabilities, others)).Message);
    }

    private static void AssertSlope(double[] values, double[] gradient, int seed, string name, Func<double> loss)
    {
        const double Step = 1e-5;
        double[] before = [.. values], direction = Direction(values.Length, seed);
        double above = At(Step), below = At(-Step), slope = (above - below) / (2 * Step), found = gradient.Zip(direction, (a, b) => a * b).Sum();
        before.CopyTo(values, 0);
        double scale = Math.Max(1e-2, Math.Sqrt(gradient.Sum(value => value * value)));
        Assert.True(Math.Abs(slope - found) <= 1e-4 * scale, $"{name}: the slope is {slope}, the gradient says {found} (norm {scale})");

        double At(double step)
        {
            for (int i = 0; i < values.Length; i++) values[i] = before[i] + (step * direction[i]);
            return loss();
        }
    }

    private static double[] Direction(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (2 * random.NextDouble()) - 1)];
    }

    // The loss whose score gradients are `ahead`.
    private static double Loss(RouterConfig config, Dictionary<string, double[]> values, RouterTrees trees, double[] ahead)
    {
        var reference = new ReferenceRouter(config, values);
        double loss = 0;
        for (int tree = 0; tree < trees.States.Length; tree++)
        {
            double[] scores = reference.Score(trees.Shape.Width, trees.Shape.Depth, trees.States[tree], trees.Valid[tree], trees.Logs[tree], trees.Embeddings?[tree]);
            for (int k = 0; k < scores.Length; k++) loss += scores[k] * ahead[(tree * scores.Length) + k];
        }

        return loss;
    }

    // Zero for absent slots, as the softmax over those present gives it.
    private static double[] ScoreGradients(RouterTrees trees) =>
        [.. Direction(trees.States.Length * trees.Shape.Width, 17).Select((value, at) => trees.Valid[at / trees.Shape.Width][at % trees.Shape.Width] ? (double)(float)value : 0)];

    private (Dictionary<string, double[]> Parameters, double[] States) Backward(RouterWeights weights, RouterTrees trees, double[] ahead)
    {
        (Dictionary<string, double[]> parameters, double[] states, _) = BackwardAll(weights, trees, ahead);
        return (parameters, states);
    }

    private (Dictionary<string, double[]> Parameters, double[] States, double[] Embeddings) BackwardAll(RouterWeights weights, RouterTrees trees, double[] ahead)
    {
        using var gradients = new RouterWeights(weights.Config, _device);
        using DeviceBuffer<float> scores = _device.Allocate<float>(ahead.Length), scoreGradients = _device.Allocate<float>([.. ahead.Select(value => (float)value)]);
        long length = (long)trees.States.Length * trees.Shape.Nodes * Hidden;
        using DeviceBuffer<float> states = _device.Allocate<float>(length), embeddings = _device.Allocate<float>(length);
        using var pass = new RouterPass(weights, trees.Shape, trees.States.Length, keep: true);
        pass.Forward(_device.DefaultStream, trees.Input, scores);
        pass.Backward(_device.DefaultStream, trees.Input, scoreGradients, gradients, states, trees.Embeddings is null ? default : embeddings.View);
        return (Values(gradients), [.. states.ToArray().Select(value => (double)value)], [.. embeddings.ToArray().Select(value => (double)value)]);
    }

    private float[] Score(RouterWeights weights, RouterTrees trees)
    {
        using (trees)
        {
            using var pass = new RouterPass(weights, trees.Shape, trees.States.Length, keep: true);
            using DeviceBuffer<float> scores = _device.Allocate<float>((long)trees.States.Length * trees.Shape.Width);
            pass.Forward(_device.DefaultStream, trees.Input, scores);
            return scores.ToArray();
        }
    }

    private RouterWeights Random(RouterConfig config)
    {
        var weights = new RouterWeights(config, _device);
        for (int i = 0; i < weights.Parameters.Count; i++)
        {
            NamedParameter<float> parameter = weights.Parameters[i];
            Initialization.LaunchNormal(_device.DefaultStream, parameter.View, parameter.Spec.Shape.Length == 1 ? 1f : 0.4f, 23, (uint)i);
        }

        return weights;
    }

    private Dictionary<string, double[]> Values(RouterWeights weights) =>
        weights.Parameters.ToDictionary(parameter => parameter.Spec.Name, parameter => Array.ConvertAll(ToHost(parameter.View), value => (double)value));

    private float[] ToHost(ArrayView<float> view)
    {
        var values = new float[view.Length];
        _device.DefaultStream.CopyToHost(view, values);
        _device.DefaultStream.Synchronize();
        return values;
    }
}
