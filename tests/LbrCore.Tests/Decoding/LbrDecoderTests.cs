using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Tests.Model;
using LbrCore.Trees;

namespace LbrCore.Tests.Decoding;

/// <summary>Local Branch Routing: width 1 is plain decoding, trees are what the specification says, and nothing depends on batches or graphs.</summary>
public sealed class LbrDecoderTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    private const string Model = "qwen2-tiny-f32";

    [Theory]
    [InlineData("qwen2-tiny-f32", TensorDtype.F32, 1)]
    [InlineData("qwen3-tiny-f32", TensorDtype.F32, 3)]
    [InlineData("qwen2-hd128-bf16", TensorDtype.BF16, 1)]
    public void Width_one_is_plain_decoding_bit_for_bit(string name, TensorDtype elementType, int depth)
    {
        var sampling = new SamplingOptions { Temperature = 0.9, TopK = 50, TopP = 0.95, MinP = 0.01, Seed = 7 };
        int[][] prompts = [[1, 2, 3], [4, 5], [6]];
        var options = new SessionOptions { Sequences = 3, ContextLength = 24, MaxRows = 16 };
        using PlainDecoder plain = PlainDecoder.Create(models.Load(name, elementType), options, [9]);
        DecodedToken[] expected = [.. plain.Decode(Memories(prompts), sampling, 30)];
        DecodedStep[] steps = Decode(prompts, sampling, 30, new LbrOptions { Width = 1, Depth = depth }, name, elementType, contextLength: 24, stops: [9]);
        Assert.Equal(expected, steps.Select(step => new DecodedToken(step.Sequence, step.Token, step.LogProbability, step.Finish)));
        Assert.All(steps, step => Assert.Equal(0f, Assert.Single(step.Tree.RouterLogProbabilities)));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    public void A_replayed_graph_decodes_what_single_launches_do(int width, int depth)
    {
        var lbr = new LbrOptions { Width = width, Depth = depth };
        var sampling = new SamplingOptions { Temperature = 0.8, TopK = 40, Seed = 5 };
        AssertSame(Decode([[1, 2, 3], [4, 5]], sampling, 10, lbr, useGraph: false), Decode([[1, 2, 3], [4, 5]], sampling, 10, lbr));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    [InlineData(2, 3)]
    public void A_text_has_the_same_trees_alone_and_among_seven(int width, int depth)
    {
        var lbr = new LbrOptions { Width = width, Depth = depth };
        var sampling = new SamplingOptions { Seed = 11 };
        int[][] prompts = [[1], [2, 3], [4, 5, 6, 7], [8], [9, 10, 11], [12, 13], [14]];
        DecodedStep[] together = Decode(prompts, sampling, 8, lbr, stops: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
        for (uint i = 0; i < prompts.Length; i++)
        {
            DecodedStep[] alone = Decode([prompts[i]], sampling, 8, lbr, stops: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20], firstNumber: i);
            AssertSame(alone, [.. together.Where(step => step.Sequence == i).Select(step => step with { Sequence = 0 })]);
        }
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    [InlineData(2, 3)]
    [InlineData(7, 2)]
    public void Steps_grow_what_the_specification_counts(int width, int depth)
    {
        const int Tokens = 7;
        var shape = new TreeShape(width, depth);
        DecodedStep[] steps = Decode([[1, 2, 3]], new SamplingOptions { Seed = 3 }, Tokens, new LbrOptions { Width = width, Depth = depth });
        Assert.Equal(Tokens, steps.Length);
        Assert.Equal(shape.Nodes, steps[0].Tree.Grown.Count);
        // One level a step; none any more once it would lie beyond the budget.
        for (int t = 2; t <= Tokens; t++) Assert.Equal(Tokens - t + 1 >= depth ? shape.Leaves : 0, steps[t - 1].Tree.Grown.Count);
        AssertConsistent([1, 2, 3], steps);
    }

    [Fact]
    public void A_budget_below_the_depth_grows_no_deeper()
    {
        DecodedStep[] steps = Decode([[1, 2]], new SamplingOptions { Seed = 3 }, 2, new LbrOptions { Width = 2, Depth = 4 });
        Assert.Equal(2, steps.Length);
        Assert.Equal(2 + 4, steps[0].Tree.Grown.Count);
        Assert.Empty(steps[1].Tree.Grown);
        Assert.Equal(2, steps[1].Tree.Slots.Count);
    }

    [Fact]
    public void The_context_limits_a_text_and_says_so()
    {
        DecodedStep[] steps = Decode([[1, 2, 3, 4, 5, 6]], new SamplingOptions(), 100, new LbrOptions { Width = 3, Depth = 2 }, contextLength: 10);
        Assert.Equal(5, steps.Length);
        Assert.Equal(FinishReason.Context, steps[^1].Finish);
    }

    [Fact]
    public void A_stop_token_has_no_children_and_ends_the_text_when_committed()
    {
        // Half of the vocabulary stops.
        int[] stops = [.. Enumerable.Range(0, 256).Select(i => 2 * i)];
        DecodedStep[] steps = Decode([[1, 2], [3], [5, 7]], new SamplingOptions { Temperature = 3, Seed = 8 }, 20, new LbrOptions { Width = 3, Depth = 3 }, stops: stops);
        for (int sequence = 0; sequence < 3; sequence++)
        {
            DecodedStep[] mine = [.. steps.Where(step => step.Sequence == sequence)];
            AssertConsistent([1], mine, checkPrefix: false);
            var token = mine.SelectMany(step => step.Tree.Grown).ToDictionary(node => node.Id, node => node.Token);
            Assert.DoesNotContain(mine.SelectMany(step => step.Tree.Grown), node => node.Parent >= 0 && token[node.Parent] % 2 == 0);
            Assert.Contains(mine[..1].SelectMany(step => step.Tree.Grown), node => node.Depth > 1 || token.Values.All(t => t % 2 == 0));
            Assert.True(mine.Length == 20 || mine[^1].Token % 2 == 0);
            Assert.DoesNotContain(mine[..^1], step => step.Token % 2 == 0);
        }
    }

    [Fact]
    public void Siblings_that_all_stop_end_the_text_at_once()
    {
        DecodedStep[] steps = Decode([[1, 2]], new SamplingOptions { Seed = 4 }, 20, new LbrOptions { Width = 3, Depth = 3 }, stops: [.. Enumerable.Range(0, 512)]);
        DecodedStep step = Assert.Single(steps);
        Assert.Equal(3, step.Tree.Grown.Count);
        Assert.Equal(FinishReason.Stop, step.Finish);
    }

    [Fact]
    public void Equal_siblings_stay_separate_candidates()
    {
        DecodedStep[] steps = Decode([[1, 2, 3]], SamplingOptions.Greedy, 5, new LbrOptions { Width = 3, Depth = 2 });
        using PlainDecoder plain = PlainDecoder.Create(models.Load(Model, TensorDtype.F32), new SessionOptions { ContextLength = 64 }, []);
        Assert.Equal(plain.Decode(Memories([[1, 2, 3]]), SamplingOptions.Greedy, 5).Select(token => token.Token), steps.Select(step => step.Token));
        Assert.Equal(12, steps[0].Tree.Grown.Count);
        Assert.Equal(3, steps[0].Tree.Slots.Distinct().Count());
    }

    [Fact]
    public void A_uniform_router_chooses_every_slot_alike()
    {
        int[] counts = new int[3];
        foreach (DecodedStep step in Decode([[1, 2, 3], [4], [5], [6]], new SamplingOptions { Seed = 21 }, 60, new LbrOptions { Width = 3 }))
        {
            counts[step.Tree.Chosen]++;
            Assert.All(step.Tree.RouterLogProbabilities, logRho => Assert.Equal(-Math.Log(3), logRho, 1e-6));
        }

        Assert.All(counts, count => Assert.InRange(count, 50, 110));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(3, 2)]
    public void A_committed_token_costs_one_graph_launch(int width, int depth)
    {
        var options = new SessionOptions { Sequences = 2, ContextLength = 64, MaxRows = 16 };
        using LbrDecoder decoder = LbrDecoder.Create(models.Load(Model, TensorDtype.F32), options, new LbrOptions { Width = width, Depth = depth }, []);
        // Afterwards the step is recorded.
        Assert.Equal(10, decoder.Decode(Memories([[1, 2], [3]]), new SamplingOptions(), 5).Count());
        const int Tokens = 12;
        using IEnumerator<DecodedStep> steps = decoder.Decode(Memories([[1, 2], [3]]), new SamplingOptions(), 30).GetEnumerator();
        for (int i = 0; i < 4; i++) Assert.True(steps.MoveNext());
        StreamCounters before = decoder.Counters;
        for (int i = 0; i < 2 * Tokens; i++) Assert.True(steps.MoveNext());
        StreamCounters after = decoder.Counters;
        Assert.Equal(Tokens, after.GraphLaunches - before.GraphLaunches);
        Assert.Equal(0, after.Launches - before.Launches);
        Assert.Equal(Tokens, after.Copies - before.Copies);
        Assert.Equal(0, after.Synchronizations - before.Synchronizations);
    }

    [Fact]
    public void Taking_the_best_takes_the_first_of_equals() =>
        Assert.All(Decode([[1]], new SamplingOptions(), 6, new LbrOptions { Route = RouteRule.Best }), step => Assert.Equal(0, step.Tree.Chosen));

    [Fact]
    public void What_cannot_be_is_refused_in_one_sentence()
    {
        Assert.Contains("more than 64 nodes", Refusal(new LbrOptions { Width = 4, Depth = 4 }));
        Assert.Contains("more than 64 nodes", Refusal(new LbrOptions { Width = int.MaxValue, Depth = int.MaxValue }));
        Assert.Contains("The width is 0", Refusal(new LbrOptions { Width = 0 }));
        Assert.Contains("The depth is -2", Refusal(new LbrOptions { Depth = -2 }));
        Assert.Contains("RouteTemperature is 0", Refusal(new LbrOptions { RouteTemperature = 0 }));
        Assert.Contains("widths up to 8, not 9", Refusal(new LbrOptions { Width = 9, Siblings = SiblingSampling.Distinct }));
    }

    private string Refusal(LbrOptions lbr) => Assert.ThrowsAny<ArgumentException>(() => Decode([[1]], new SamplingOptions(), 1, lbr)).Message;

    // Every node's parent is alive or the prefix, depths follow parents, and the committed token is the chosen slot's.
    private static void AssertConsistent(int[] prompt, DecodedStep[] steps, bool checkPrefix = true)
    {
        var nodes = new Dictionary<int, GrownNode>();
        int committed = -1;
        for (int t = 0; t < steps.Length; t++)
        {
            TreeStep tree = steps[t].Tree;
            Assert.Equal(t + 1, tree.Step);
            if (checkPrefix) Assert.Equal(prompt.Length + t, tree.PrefixLength);
            foreach (GrownNode node in tree.Grown)
            {
                nodes.Add(node.Id, node);
                // Depth is the number of ancestors that are not committed yet.
                int depth = 1;
                for (int at = node.Parent; at >= 0 && at != committed; at = nodes[at].Parent) depth++;
                Assert.Equal(depth, node.Depth);
                Assert.True(float.IsFinite(node.LogProbability) && node.LogProbability <= 1e-6f);
            }

            Assert.All(tree.Slots, slot => Assert.True(nodes[slot].Parent == -1 || nodes[slot].Parent == committed));
            committed = tree.Slots[tree.Chosen];
            Assert.Equal(nodes[committed].Token, tree.Committed);
            Assert.Equal(0, Math.Log(tree.RouterLogProbabilities.Sum(logRho => Math.Exp(logRho))), 1e-6);
        }
    }

    private static void AssertSame(DecodedStep[] expected, DecodedStep[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal((expected[i].Sequence, expected[i].LogProbability, expected[i].Finish, expected[i].Token), (actual[i].Sequence, actual[i].LogProbability, actual[i].Finish, actual[i].Token));
            Assert.Equal(expected[i].Tree.Grown, actual[i].Tree.Grown);
            Assert.Equal(expected[i].Tree.Slots, actual[i].Tree.Slots);
            Assert.Equal(expected[i].Tree.RouterLogProbabilities, actual[i].Tree.RouterLogProbabilities);
            Assert.Equal(expected[i].Tree.Chosen, actual[i].Tree.Chosen);
        }
    }

    private static ReadOnlyMemory<int>[] Memories(int[][] prompts) => [.. prompts.Select(prompt => (ReadOnlyMemory<int>)prompt)];

    private DecodedStep[] Decode(
        int[][] prompts, SamplingOptions sampling, int maxTokens, LbrOptions lbr, string name = Model, TensorDtype elementType = TensorDtype.F32,
        int contextLength = 72, int[]? stops = null, bool useGraph = true, uint firstNumber = 0)
    {
        var options = new SessionOptions { Sequences = prompts.Length, ContextLength = contextLength, MaxRows = 16 };
        using LbrDecoder decoder = LbrDecoder.Create(models.Load(name, elementType), options, lbr, stops ?? []);
        decoder.UseGraph = useGraph;
        return [.. decoder.Decode(Memories(prompts), sampling, maxTokens, firstNumber)];
    }
}
