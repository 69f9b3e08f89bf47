using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Tests.Formats;
using LbrCore.Trees;
using Xunit;

namespace LbrCore.Tests.Routing;

public sealed class SetAttentionRouterTests : IDisposable
{
    private const int Hidden = 48;

    private readonly Device _device = Device.Open("cpu");

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData(3, 1, false, true)]
    [InlineData(3, 2, true, true)]
    [InlineData(2, 3, false, false)]
    [InlineData(1, 1, true, true)]
    public void Scores_are_those_of_the_formulas(int width, int depth, bool feature, bool cross)
    {
        RouterConfig config = Config(depth) with { LogProbabilityFeature = feature, CrossSubtree = cross };
        using RouterWeights weights = Trained(config);
        using RouterTrees trees = RouterTrees.Random(_device, new TreeShape(width, depth), Hidden, 6, 5);
        float[] scores = Score(weights, trees);
        var reference = new ReferenceRouter(config, Values(weights));
        for (int tree = 0; tree < trees.States.Length; tree++)
        {
            double[] exact = reference.Score(width, depth, trees.States[tree], trees.Valid[tree], trees.Logs[tree]);
            for (int k = 0; k < width; k++)
                if (trees.Valid[tree][k]) Assert.Equal(exact[k], scores[(tree * width) + k], 1e-4);
        }

        Assert.True(width == 1 || scores.Distinct().Count() > width, "the scores say nothing");
    }

    [Fact]
    public void A_fresh_router_is_exactly_uniform()
    {
        using var weights = new RouterWeights(Config(2), _device);
        weights.Initialize(_device.DefaultStream, 3);
        using RouterTrees trees = RouterTrees.Random(_device, new TreeShape(3, 2), Hidden, 4, 9);
        Assert.All(Score(weights, trees), score => Assert.Equal(0f, score));
        // Everything else is there to learn from: norms one, branches half as large as other matrices.
        Assert.All(Array(weights, RouterTensors.EncoderNorm), value => Assert.Equal(1f, value));
        Assert.Equal(0.02, Deviation(Array(weights, RouterTensors.InBlock(0, "up_proj"))), 2e-3);
        Assert.Equal(0.01, Deviation(Array(weights, RouterTensors.InBlock(1, "down_proj"))), 1e-3);
        Assert.Equal(0.01, Deviation(Array(weights, RouterTensors.InPooling("o_proj"))), 1.5e-3);
    }

    [Fact]
    public void Scores_follow_their_subtrees_when_slots_are_permuted()
    {
        int[] order = [2, 0, 3, 1];
        using RouterWeights weights = Trained(Config(2));
        using RouterTrees trees = RouterTrees.Random(_device, new TreeShape(4, 2), Hidden, 5, 21), permuted = trees.Permute(_device, order);
        float[] before = Score(weights, trees), after = Score(weights, permuted);
        for (int tree = 0; tree < 5; tree++)
            for (int k = 0; k < 4; k++)
                if (permuted.Valid[tree][k]) Assert.Equal(before[(tree * 4) + order[k]], after[(tree * 4) + k], 1e-4);
    }

    [Fact]
    public void What_stands_at_absent_nodes_does_not_matter()
    {
        var shape = new TreeShape(3, 2);
        using RouterWeights weights = Trained(Config(2));
        using RouterTrees trees = RouterTrees.Random(_device, shape, Hidden, 8, 2);
        double[][][] spoiled = [.. trees.States.Select((tree, t) => tree.Select((state, node) => trees.Valid[t][node] ? state : [.. state.Select(_ => double.NaN)]).ToArray())];
        using var other = new RouterTrees(_device, shape, Hidden, spoiled, trees.Valid, trees.Logs);
        float[] expected = Score(weights, trees), found = Score(weights, other);
        for (int at = 0; at < expected.Length; at++)
            if (trees.Valid[at / 3][at % 3]) Assert.Equal(expected[at], found[at]);
    }

    [Fact]
    public void A_tree_has_the_same_bits_alone_and_among_hundreds()
    {
        using RouterWeights weights = Trained(Config(2));
        using RouterTrees many = RouterTrees.Random(_device, new TreeShape(3, 2), Hidden, 150, 8);
        float[] together = Score(weights, many);
        foreach (int tree in new[] { 0, 71, 149 })
        {
            using var alone = new RouterTrees(_device, many.Shape, Hidden, [many.States[tree]], [many.Valid[tree]], [many.Logs[tree]]);
            Assert.Equal(together.AsSpan(tree * 3, 3).ToArray(), Score(weights, alone));
        }
    }

    [Fact]
    public void A_captured_pass_scores_what_its_input_holds_at_replay()
    {
        using RouterWeights weights = Trained(Config(1));
        using RouterTrees trees = RouterTrees.Random(_device, new TreeShape(3, 1), Hidden, 2, 4), others = RouterTrees.Random(_device, new TreeShape(3, 1), Hidden, 2, 40);
        using RouterSession<float> session = new SetAttentionRouter(weights).CreateSession<float>(_device, 2, trees.Shape, Hidden);
        using DeviceBuffer<float> scores = _device.Allocate<float>(6);
        ComputeStream stream = _device.DefaultStream;
        RouterInput<float> input = trees.Input;
        session.Score(stream, input, scores);
        float[] first = scores.ToArray();
        using Graph graph = _device.Capture(stream, s => session.Score(s, input, scores));
        stream.Copy(others.Input.NodeStates, trees.Input.NodeStates);
        stream.Copy(others.Input.NodeValid, trees.Input.NodeValid);
        graph.Launch(stream);
        Assert.NotEqual(first, scores.ToArray());
        Assert.Equal(Score(weights, others), scores.ToArray());
    }

    [Fact]
    public void A_saved_router_scores_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        RouterConfig config = Config(2) with { LogProbabilityFeature = true, Heads = 4 };
        using RouterWeights weights = Trained(config);
        weights.Save(folder.Path);
        SetAttentionRouter loaded = SetAttentionRouter.Load(folder.Path);
        Assert.Equal(config, loaded.Config);
        using RouterTrees trees = RouterTrees.Random(_device, new TreeShape(3, 2), Hidden, 3, 77);
        using RouterSession<float> session = loaded.CreateSession<float>(_device, 3, trees.Shape, Hidden);
        using DeviceBuffer<float> scores = _device.Allocate<float>(9);
        session.Score(_device.DefaultStream, trees.Input, scores);
        Assert.Equal(Score(weights, trees), scores.ToArray());
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_both_sides()
    {
        using var folder = new TemporaryFolder();
        using RouterWeights weights = Trained(Config(1));
        var router = new SetAttentionRouter(weights);
        Assert.Contains("width 48, the model's hidden_size is 64", Assert.Throws<ArgumentException>(() => router.CreateSession<float>(_device, 1, new TreeShape(3, 1), 64)).Message);
        Assert.Contains("up to depth 1, this one is 2 deep", Assert.Throws<ArgumentException>(() => router.CreateSession<float>(_device, 1, new TreeShape(3, 2), Hidden)).Message);
        Assert.Contains("Heads", Assert.Throws<ArgumentException>(() => new RouterWeights(Config(1) with { Heads = 5 }, _device)).Message);

        Assert.Contains("router.json", Assert.ThrowsAny<CheckpointException>(() => SetAttentionRouter.Load(folder.Path)).Message);
        weights.Save(folder.Path);
        string json = folder.File("router.json");
        File.WriteAllText(json, File.ReadAllText(json).Replace("\"router_width\": 24", "\"router_width\": 32"));
        Assert.Contains("[32, 48] by router.json", Assert.ThrowsAny<CheckpointException>(() => SetAttentionRouter.Load(folder.Path)).Message);
        File.WriteAllText(json, File.ReadAllText(json).Replace("\"heads\": 8", "\"heads\": 0"));
        Assert.Contains("Heads", Assert.ThrowsAny<ModelConfigException>(() => SetAttentionRouter.Load(folder.Path)).Message);
    }

    [Fact]
    public void Routers_without_parameters_score_by_what_sampling_found()
    {
        var shape = new TreeShape(2, 2);
        using RouterTrees trees = RouterTrees.Random(_device, shape, Hidden, 2, 1, holes: false);
        double[] logs = trees.Logs[1];
        using DeviceBuffer<float> scores = _device.Allocate<float>(4);
        Assert.Equal(logs[1], Scores(MeasureRouter.LogProbability)[3], 1e-6);
        Assert.Equal((logs[1] + logs[4] + logs[5]) / 3, Scores(MeasureRouter.Value)[3], 1e-6);
        // The same numbers taken for entropies.
        Assert.True(MeasureRouter.Confidence.NeedsEntropies);
        Assert.Equal(-logs[0], Scores(MeasureRouter.Confidence)[2], 1e-6);

        float[] Scores(Router router)
        {
            using RouterSession<float> session = router.CreateSession<float>(_device, 2, shape, Hidden);
            session.Score(_device.DefaultStream, trees.Input with { NodeEntropies = trees.Input.NodeLogProbabilities }, scores);
            return scores.ToArray();
        }
    }

    private static RouterConfig Config(int depth) => new() { HiddenSize = Hidden, RouterWidth = 24, MaxDepth = depth };

    // As after training: every weight away from its start, scores far from equal.
    private RouterWeights Trained(RouterConfig config)
    {
        var weights = new RouterWeights(config, _device);
        for (int i = 0; i < weights.Parameters.Count; i++)
        {
            NamedParameter<float> parameter = weights.Parameters[i];
            Initialization.LaunchNormal(_device.DefaultStream, parameter.View, parameter.Spec.Shape.Length == 1 ? 1f : 0.3f, 11, (uint)i);
        }

        return weights;
    }

    private float[] Score(RouterWeights weights, RouterTrees trees)
    {
        using var pass = new RouterPass(weights, trees.Shape, trees.States.Length);
        using DeviceBuffer<float> scores = _device.Allocate<float>((long)trees.States.Length * trees.Shape.Width);
        pass.Forward(_device.DefaultStream, trees.Input, scores);
        return scores.ToArray();
    }

    private static Dictionary<string, double[]> Values(RouterWeights weights) => weights.Parameters.ToDictionary(p => p.Spec.Name, p => System.Array.ConvertAll(Array(weights, p.Spec.Name), value => (double)value));

    private static float[] Array(RouterWeights weights, string name)
    {
        var values = new float[weights[name].Length];
        weights.Device.DefaultStream.CopyToHost(weights[name], values);
        weights.Device.DefaultStream.Synchronize();
        return values;
    }

    private static double Deviation(float[] values) => Math.Sqrt(values.Average(value => value * value));
}
