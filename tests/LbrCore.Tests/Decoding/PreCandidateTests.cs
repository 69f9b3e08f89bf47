using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Tests.Formats;
using LbrCore.Tests.Model;
using LbrCore.Trees;

namespace LbrCore.Tests.Decoding;

/// <summary>A router that reads the state before the candidates: they are not forwarded, and all else is as with any router.</summary>
public sealed class PreCandidateTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    private const string Model = "qwen3-tiny-f32";

    private static readonly int[][] s_prompts = [[1, 2, 3], [4, 5], [6]];

    private static readonly SamplingOptions s_sampling = new() { Temperature = 1.5, Seed = 5 };

    [Theory]
    [InlineData("qwen3-tiny-f32", TensorDtype.F32, SiblingSampling.Independent)]
    [InlineData("qwen3-tiny-f32", TensorDtype.F32, SiblingSampling.Distinct)]
    [InlineData("qwen2-hd128-bf16", TensorDtype.BF16, SiblingSampling.Independent)]
    public void Recorded_log_probabilities_are_those_of_causal_forwards(string name, TensorDtype elementType, SiblingSampling siblings)
    {
        using RouterWeights weights = Opinionated(models.Load(name, elementType));
        var lbr = new LbrOptions { Width = 3, Router = new SetAttentionRouter(weights), Siblings = siblings, RouteTemperature = 0.7 };
        Transformer model = models.Load(name, elementType);
        DecodedStep[] steps = Decode(lbr, [s_prompts[0]], name, elementType);
        var trace = new Trace(TraceHeader.Of(s_prompts[0], "", elementType.Name(), lbr, s_sampling), [.. steps.Select(step => step.Tree)]);
        ReplayReport report = TraceReplay.Run(model, trace, lbr.Router);
        Assert.Equal(3 * steps.Length, report.Nodes);
        Assert.InRange(report.Largest, 0, elementType == TensorDtype.F32 ? 2e-5 : 0.05);
        // Which candidate it is matters to the router.
        Assert.Contains(steps, step => step.Tree.RouterLogProbabilities.Any(logRho => Math.Abs(logRho + Math.Log(3)) > 0.05));
    }

    [Fact]
    public void Neither_batches_nor_graphs_change_a_text()
    {
        using RouterWeights weights = Opinionated(models.Load(Model, TensorDtype.F32));
        var lbr = new LbrOptions { Width = 3, Router = new SetAttentionRouter(weights) };
        DecodedStep[] together = Decode(lbr, s_prompts), eager = Decode(lbr, s_prompts, useGraph: false);
        Assert.Equal(together.Select(Told), eager.Select(Told));
        for (int i = 0; i < s_prompts.Length; i++)
            Assert.Equal(together.Where(step => step.Sequence == i).Select(Told), Decode(lbr, [s_prompts[i]], number: (uint)i).Select(step => Told(step with { Sequence = i })));
    }

    [Fact]
    public void With_equal_scores_a_text_has_the_candidates_of_any_uniform_router()
    {
        Transformer model = models.Load(Model, TensorDtype.F32);
        using var fresh = new RouterWeights(RouterConfig.For(model.Config, 1) with { PreCandidate = true }, model.Device);
        fresh.Initialize(model.Device.DefaultStream, 3);
        DecodedStep[] before = Decode(new LbrOptions { Width = 3, Router = new SetAttentionRouter(fresh) }, s_prompts), after = Decode(new LbrOptions { Width = 3 }, s_prompts);
        // One row instead of three goes through other products, so the last bits may differ.
        Assert.Equal(after.Select(step => (step.Sequence, step.Token, step.Tree.Chosen, step.Finish)), before.Select(step => (step.Sequence, step.Token, step.Tree.Chosen, step.Finish)));
        Assert.All(before.Zip(after), pair => Assert.Equal(pair.Second.LogProbability, pair.First.LogProbability, 2e-5));
    }

    [Fact]
    public void The_choice_is_kept_in_router_json_and_deeper_trees_are_refused()
    {
        using var folder = new TemporaryFolder();
        Transformer model = models.Load(Model, TensorDtype.F32);
        using RouterWeights weights = Opinionated(model);
        weights.Save(folder.Path);
        SetAttentionRouter loaded = SetAttentionRouter.Load(folder.Path);
        Assert.True(loaded.ReadsParents);
        Assert.Equal(Decode(new LbrOptions { Width = 3, Router = new SetAttentionRouter(weights) }, s_prompts).Select(Told), Decode(new LbrOptions { Width = 3, Router = loaded }, s_prompts).Select(Told));
        Assert.Contains("depth 1", Assert.ThrowsAny<ArgumentException>(() => Decode(new LbrOptions { Width = 2, Depth = 2, Router = loaded }, s_prompts)).Message);
        Assert.Contains("MaxDepth", Assert.Throws<ArgumentException>(() => new RouterWeights(RouterConfig.For(model.Config, 2) with { PreCandidate = true }, model.Device)).Message);
    }

    private static (int, int, int, float, FinishReason?) Told(DecodedStep step) =>
        (step.Sequence, step.Token, step.Tree.Chosen, step.Tree.RouterLogProbabilities[step.Tree.Chosen], step.Finish);

    private static RouterWeights Opinionated(Transformer model)
    {
        var weights = new RouterWeights(RouterConfig.For(model.Config, 1) with { PreCandidate = true }, model.Device);
        Initialization.LaunchNormal(model.Device.DefaultStream, weights.All, 0.2f, 11, 0);
        model.Device.Synchronize();
        return weights;
    }

    private DecodedStep[] Decode(LbrOptions lbr, int[][] prompts, string name = Model, TensorDtype elementType = TensorDtype.F32, bool useGraph = true, uint number = 0)
    {
        var options = new SessionOptions { Sequences = prompts.Length, ContextLength = 24, MaxRows = 16 };
        // Some tokens stop, so that sequences end at different times.
        using LbrDecoder decoder = LbrDecoder.Create(models.Load(name, elementType), options, lbr, [.. Enumerable.Range(0, 30)]);
        decoder.UseGraph = useGraph;
        return [.. decoder.Decode([.. prompts.Select(prompt => (ReadOnlyMemory<int>)prompt)], s_sampling, 12, number)];
    }
}
