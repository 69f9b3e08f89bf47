using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Trees;

namespace LbrCore.Tests.Decoding;

/// <summary>
/// Brute force over a toy vocabulary: the likelihoods of all trajectories sum to one, a uniform router leaves every token its probability, and the device draws trajectories as often as
/// their likelihood says.
/// </summary>
public sealed class TrajectoryTests : IDisposable
{
    private static readonly int[] s_prompt = [1, 0];

    private readonly Device _device = Device.Open("cpu");

    public void Dispose() => _device.Dispose();

    public static TheoryData<int, int, int, int, SiblingSampling> Trees => new()
    {
        // Vocabulary, width, depth, tokens.
        { 2, 2, 1, 2, SiblingSampling.Independent },
        { 2, 2, 2, 2, SiblingSampling.Independent },
        { 3, 2, 1, 2, SiblingSampling.Distinct },
        { 4, 3, 1, 1, SiblingSampling.Distinct },
        { 2, 3, 1, 2, SiblingSampling.Distinct },
    };

    // At depth 2 the marginals below say it too.
    [Theory]
    [InlineData(2, 2, 1, 2, SiblingSampling.Independent)]
    [InlineData(4, 3, 1, 1, SiblingSampling.Distinct)]
    [InlineData(2, 3, 1, 2, SiblingSampling.Distinct)]
    public void Likelihoods_of_all_trajectories_sum_to_one(int vocabulary, int width, int depth, int tokens, SiblingSampling siblings)
    {
        using Transformer model = ToyModel.Create(_device, vocabulary);
        Router router = MeasureRouter.LogProbability;
        TraceHeader header = Header(width, depth, siblings, router);
        double sum = AllTrajectories(header, vocabulary, tokens).Sum(steps => Math.Exp(TraceReplay.Run(model, new Trace(header, steps), router).LogLikelihood));
        Assert.Equal(1, sum, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Trees))]
    public void A_uniform_router_leaves_every_token_its_probability(int vocabulary, int width, int depth, int tokens, SiblingSampling siblings)
    {
        using Transformer model = ToyModel.Create(_device, vocabulary);
        var router = new UniformRouter();
        TraceHeader header = Header(width, depth, siblings, router);
        var marginals = new Dictionary<string, double>();
        foreach (TreeStep[] steps in AllTrajectories(header, vocabulary, tokens))
        {
            string text = string.Join(' ', steps.Select(step => step.Committed));
            marginals[text] = marginals.GetValueOrDefault(text) + Math.Exp(TraceReplay.Run(model, new Trace(header, steps), router).LogLikelihood);
        }

        TraceHeader plain = Header(1, 1, SiblingSampling.Independent, router);
        foreach (TreeStep[] steps in AllTrajectories(plain, vocabulary, tokens))
            Assert.Equal(Math.Exp(TraceReplay.Run(model, new Trace(plain, steps), router).LogLikelihood), marginals[string.Join(' ', steps.Select(step => step.Committed))], 1e-5);
    }

    [Fact]
    public void Without_the_bias_siblings_without_replacement_do_not_keep_the_marginals()
    {
        using Transformer model = ToyModel.Create(_device, 3);
        var router = new UniformRouter();
        TraceHeader header = Header(2, 1, SiblingSampling.Distinct, router) with { SiblingBias = false }, plain = Header(1, 1, SiblingSampling.Independent, router);
        double Marginal(TraceHeader h) => AllTrajectories(h, 3, 1).Where(steps => steps[0].Committed == 0).Sum(steps => Math.Exp(TraceReplay.Run(model, new Trace(h, steps), router).LogLikelihood));
        Assert.True(Math.Abs(Marginal(header) - Marginal(plain)) > 1e-2);
    }

    [Theory]
    [InlineData(3, 2, 1, SiblingSampling.Distinct)]
    [InlineData(2, 2, 2, SiblingSampling.Independent)]
    [InlineData(2, 3, 1, SiblingSampling.Distinct)]
    public void The_device_draws_trajectories_by_their_likelihood(int vocabulary, int width, int depth, SiblingSampling siblings)
    {
        const int Batch = 64, Batches = 24, Tokens = 2;
        using Transformer model = ToyModel.Create(_device, vocabulary, seed: 5);
        Router router = MeasureRouter.LogProbability;
        TraceHeader header = Header(width, depth, siblings, router);
        var counts = new Dictionary<string, int>();
        var options = new SessionOptions { Sequences = Batch, ContextLength = 8, MaxRows = 128 };
        using (LbrDecoder decoder = LbrDecoder.Create(model, options, new LbrOptions { Width = width, Depth = depth, Router = router, Siblings = siblings }, []))
        {
            for (uint batch = 0; batch < Batches; batch++)
                foreach (IGrouping<int, DecodedStep> text in decoder.Decode([.. Enumerable.Repeat((ReadOnlyMemory<int>)s_prompt, Batch)], new SamplingOptions { Seed = 9 }, Tokens, batch * Batch).GroupBy(step => step.Sequence))
                {
                    string key = Key([.. text.Select(step => step.Tree)]);
                    counts[key] = counts.GetValueOrDefault(key) + 1;
                }
        }

        double chiSquare = 0;
        int cells = 0;
        foreach (TreeStep[] steps in AllTrajectories(header, vocabulary, Tokens))
        {
            double expected = Batch * Batches * Math.Exp(TraceReplay.Run(model, new Trace(header, steps), router).LogLikelihood);
            int found = counts.GetValueOrDefault(Key(steps));
            counts.Remove(Key(steps));
            if (expected < 4) continue;
            chiSquare += (found - expected) * (found - expected) / expected;
            cells++;
        }

        Assert.Empty(counts);
        // Mean and variance of chi-square are cells and 2 cells: six standard deviations, and two more for cells that are small.
        Assert.True(cells > 3 && chiSquare < cells + (8 * Math.Sqrt(2 * cells)), $"chi-square {chiSquare} of {cells} cells");
    }

    private static string Key(TreeStep[] steps) => string.Join(" | ", steps.Select(step => $"{string.Join(',', step.Grown.Select(node => node.Token))} -> {step.Chosen}"));

    private static TraceHeader Header(int width, int depth, SiblingSampling siblings, Router router) => TraceHeader.Of(
        s_prompt, "toy", "F32", new LbrOptions { Width = width, Depth = depth, Router = router, Siblings = siblings, RouteTemperature = 1 }, new SamplingOptions());

    private static IEnumerable<TreeStep[]> AllTrajectories(TraceHeader header, int vocabulary, int tokens)
    {
        var shape = new TreeShape(header.Width, header.Depth);
        bool distinct = header.Siblings == SiblingSampling.Distinct;
        return Continue([], () => new TreeRecorder(shape, header.PromptIds.Count));

        // All ways to go on after some steps, which a fresh recorder goes through first.
        IEnumerable<TreeStep[]> Continue((int[] Tokens, int Chosen)[] before, Func<TreeRecorder> start)
        {
            if (before.Length == tokens)
            {
                TreeRecorder recorder = start();
                yield return [.. before.Select(step => Record(recorder, step.Tokens, step.Chosen))];
                yield break;
            }

            int deepest = Math.Min(shape.Depth, tokens - before.Length), firstDepth = before.Length == 0 ? 1 : shape.Depth;
            foreach (int[] level in Levels(firstDepth, deepest))
            {
                int roots = distinct ? Math.Min(shape.Width, vocabulary) : shape.Width;
                for (int k = 0; k < roots; k++)
                    foreach (TreeStep[] rest in Continue([.. before, (level, k)], start)) yield return rest;
            }
        }

        // All tokens for the places of the depths that grow; -1 elsewhere.
        IEnumerable<int[]> Levels(int firstDepth, int deepest)
        {
            int first = deepest < firstDepth ? 0 : shape.Offset(firstDepth), end = deepest < firstDepth ? 0 : shape.Offset(deepest + 1);
            return Fill([.. Enumerable.Repeat(-1, shape.Nodes)], first, end);
        }

        IEnumerable<int[]> Fill(int[] places, int node, int end)
        {
            if (node >= end)
            {
                yield return places;
                yield break;
            }

            int sibling = node % shape.Width;
            // Depths above one start at multiples of the width too: siblings are neighbours.
            int[] taken = distinct ? places[(node - sibling)..node] : [];
            int[] free = [.. Enumerable.Range(0, vocabulary).Where(token => !taken.Contains(token))];
            if (free.Length == 0)
            {
                foreach (int[] rest in Fill(places, node + 1, end)) yield return rest;
                yield break;
            }

            foreach (int token in free)
            {
                int[] next = [.. places];
                next[node] = token;
                foreach (int[] rest in Fill(next, node + 1, end)) yield return rest;
            }
        }

        TreeStep Record(TreeRecorder recorder, int[] places, int chosen) =>
            recorder.Record(new GrownLevel { Tokens = places, LogProbabilities = new float[shape.Nodes] }, new float[shape.Width], chosen);
    }
}
