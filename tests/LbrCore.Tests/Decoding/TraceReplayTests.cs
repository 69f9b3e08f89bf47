using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Tests.Model;
using LbrCore.Trees;

namespace LbrCore.Tests.Decoding;

/// <summary>What trees computed, with tree attention, compaction and reuse after shifts, is what separate causal forwards compute.</summary>
public sealed class TraceReplayTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    private static readonly int[] s_prompt = [3, 1, 4, 1, 5, 9];

    public static TheoryData<string, TensorDtype, int, int, SiblingSampling, string> Settings => new()
    {
        { "qwen2-tiny-f32", TensorDtype.F32, 3, 1, SiblingSampling.Independent, "random" },
        { "qwen3-tiny-f32", TensorDtype.F32, 3, 2, SiblingSampling.Independent, "value" },
        { "llama3-tiny-f32-sharded", TensorDtype.F32, 2, 3, SiblingSampling.Distinct, "logprob" },
        { "qwen2-tiny-f32", TensorDtype.F32, 2, 4, SiblingSampling.Independent, "confidence" },
        { "qwen2-tiny-f32", TensorDtype.F32, 8, 1, SiblingSampling.Distinct, "random" },
        { "qwen2-hd128-bf16", TensorDtype.BF16, 3, 2, SiblingSampling.Independent, "logprob" },
    };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Recorded_log_probabilities_are_those_of_causal_forwards(string name, TensorDtype elementType, int width, int depth, SiblingSampling siblings, string router)
    {
        var lbr = new LbrOptions { Width = width, Depth = depth, Siblings = siblings, Router = RouterOf(router), RouteTemperature = 0.7, RecordSupports = true };
        var sampling = new SamplingOptions { Temperature = 0.9, TopP = 0.95, Seed = 12 };
        Trace trace = Make(name, elementType, lbr, sampling, elementType == TensorDtype.F32 ? 9 : 5);
        ReplayReport report = TraceReplay.Run(models.Load(name, elementType), trace, lbr.Router);
        Assert.Equal(trace.Steps.Sum(step => step.Grown.Count), report.Nodes);
        // Keys and values of trees go through other sums than those of texts; in 16 bits they are rounded there.
        Assert.InRange(report.Largest, 0, elementType == TensorDtype.F32 ? 2e-5 : 0.05);
        double recorded = trace.Steps.Sum(step => step.Grown.Sum(node => (double)(node.DrawLogProbability ?? node.LogProbability)) + step.RouterLogProbabilities[step.Chosen]);
        Assert.Equal(recorded, report.LogLikelihood, elementType == TensorDtype.F32 ? 1e-3 : 0.5);
    }

    [Fact]
    public void A_changed_log_probability_is_found()
    {
        var lbr = new LbrOptions { Width = 3, Depth = 2 };
        Trace trace = Make("qwen2-tiny-f32", TensorDtype.F32, lbr, new SamplingOptions { Seed = 1 }, 4);
        GrownNode victim = trace.Steps[2].Grown[4];
        TreeStep changed = trace.Steps[2] with { Grown = [.. trace.Steps[2].Grown.Select(node => node == victim ? node with { LogProbability = node.LogProbability - 0.25f } : node)] };
        ReplayReport report = TraceReplay.Run(models.Load("qwen2-tiny-f32", TensorDtype.F32), new Trace(trace.Header, [.. trace.Steps.Take(2), changed, trace.Steps[3]]), lbr.Router);
        Assert.Equal((3, victim.Id), (report.Node!.Step, report.Node.Index));
        Assert.Equal(0.25, report.Largest, 1e-3);
    }

    [Fact]
    public void Fewer_tokens_than_siblings_give_fewer_candidates()
    {
        var lbr = new LbrOptions { Width = 4, Depth = 2, Siblings = SiblingSampling.Distinct, RecordSupports = true };
        Trace trace = Make("qwen2-tiny-f32", TensorDtype.F32, lbr, new SamplingOptions { TopK = 2, Seed = 1 }, 6);
        Assert.All(trace.Steps, step => Assert.Equal(2, step.Slots.Count));
        Assert.Equal(2 + 4, trace.Steps[0].Grown.Count);
        Assert.All(trace.Steps.SelectMany(step => step.Supports), support => Assert.Equal(2, support.Tokens.Count));
        Assert.InRange(TraceReplay.Run(models.Load("qwen2-tiny-f32", TensorDtype.F32), trace, lbr.Router).Largest, 0, 2e-5);
    }

    [Fact]
    public void Supports_are_those_of_the_filter_and_hold_every_child()
    {
        var lbr = new LbrOptions { Width = 3, Depth = 2, RecordSupports = true, SupportCapacity = 40 };
        Trace trace = Make("qwen2-tiny-f32", TensorDtype.F32, lbr, new SamplingOptions { TopP = 0.3, Seed = 3 }, 6);
        int listed = 0;
        foreach (TreeStep step in trace.Steps)
        {
            Assert.Equal(step.Grown.Select(node => node.Parent).Distinct().Order(), step.Supports.Select(support => support.Parent).Order());
            foreach (KeptSupport support in step.Supports)
            {
                Assert.Equal(support.Count <= 40 ? support.Count : 0, support.Tokens.Count);
                if (support.Tokens.Count == 0) continue;
                listed++;
                Assert.All(step.Grown.Where(node => node.Parent == support.Parent), node => Assert.Contains(node.Token, support.Tokens));
            }
        }

        Assert.True(listed > 0);
    }

    [Fact]
    public void A_trace_survives_its_file()
    {
        var lbr = new LbrOptions { Width = 2, Depth = 2, Siblings = SiblingSampling.Distinct, RecordSupports = true, Route = RouteRule.Best };
        Trace trace = Make("qwen2-tiny-f32", TensorDtype.F32, lbr, new SamplingOptions { TopK = 5, Seed = ulong.MaxValue }, 4);
        string path = Path.GetTempFileName();
        try
        {
            using (var writer = new TraceWriter(File.Create(path), trace.Header, token => $"\"{token}\""))
                foreach (TreeStep step in trace.Steps) writer.Write(step);
            Trace read = TraceReader.Read(path);
            Assert.Equal(trace.Header with { PromptIds = [] }, read.Header with { PromptIds = [] });
            Assert.Equal(trace.Header.PromptIds, read.Header.PromptIds);
            Assert.Equal(trace.Steps.Count, read.Steps.Count);
            foreach ((TreeStep expected, TreeStep actual) in trace.Steps.Zip(read.Steps))
            {
                Assert.Equal(expected.Grown, actual.Grown);
                Assert.Equal(expected.Slots, actual.Slots);
                Assert.Equal(expected.RouterLogProbabilities, actual.RouterLogProbabilities);
                Assert.Equal((expected.Step, expected.PrefixLength, expected.Chosen, expected.Committed), (actual.Step, actual.PrefixLength, actual.Chosen, actual.Committed));
                Assert.Equal(expected.Supports.SelectMany(support => support.Tokens), actual.Supports.SelectMany(support => support.Tokens));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("{}", "line 1: 'options' is missing")]
    [InlineData("[1]", "line 1")]
    [InlineData("{\"prompt_ids\":[1],\"model\":\"m\",\"options\":{\"width\":2,\"depth\":1}}\n{\"step\":1}", "line 2: 'grown' is missing")]
    [InlineData("{\"prompt_ids\":[1],\"model\":\"m\",\"options\":{\"width\":2,\"depth\":1}}\n{\"step\":1,\"prefix_length\":1,\"grown\":[{\"id\":0,\"parent\":7,\"depth\":1,\"token\":1,\"logp\":-1}]}", "hangs below 7")]
    [InlineData("{\"prompt_ids\":[1],\"model\":\"m\",\"options\":{\"width\":2,\"depth\":1}}\n{\"step\":1,\"prefix_length\":1,\"grown\":[{\"id\":0,\"parent\":-1,\"depth\":1,\"token\":1,\"logp\":-1}],\"slots\":[0],\"router_logp\":[0],\"chosen\":3,\"committed\":1}", "chosen is 3")]
    [InlineData("{\"prompt_ids\":[1],\"model\":\"m\",\"options\":{\"width\":2,\"depth\":1", "line 1")]
    public void What_is_no_trace_is_named_with_its_line(string text, string reason)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => TraceReader.Read(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Router RouterOf(string name) => name switch { "value" => MeasureRouter.Value, "logprob" => MeasureRouter.LogProbability, "confidence" => MeasureRouter.Confidence, _ => new UniformRouter() };

    private Trace Make(string name, TensorDtype elementType, LbrOptions lbr, SamplingOptions sampling, int tokens)
    {
        using LbrDecoder decoder = LbrDecoder.Create(models.Load(name, elementType), new SessionOptions { ContextLength = 40, MaxRows = 16 }, lbr, []);
        TreeStep[] steps = [.. decoder.Decode([s_prompt], sampling, tokens).Select(step => step.Tree)];
        return new Trace(TraceHeader.Of(s_prompt, name, elementType.ToString(), lbr, sampling), steps);
    }
}
