using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Model;
using LbrCore.Tests.Model;
using LbrCore.Trees;

namespace LbrCore.Tests.Decoding;

/// <summary>The adaptive tree: one child where the model is sure, K elsewhere, and nothing else changes.</summary>
public sealed class AdaptiveTreeTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    private const string Name = "qwen3-tiny-f32";
    private const int Tokens = 14;

    private static readonly int[] s_prompt = [5, 6, 7];

    [Theory]
    [InlineData(SiblingSampling.Independent)]
    [InlineData(SiblingSampling.Distinct)]
    public void Children_are_as_many_as_the_entropy_after_their_parent_asks_for(SiblingSampling siblings)
    {
        var sampling = new SamplingOptions { Temperature = 0.7, Seed = 3 };
        // With a width of one tree level the prefix before every token is known: its entropies by forwarding the text.
        DecodedStep[] free = Decode(new LbrOptions { Siblings = siblings }, sampling);
        double threshold = Entropies(free, sampling.Temperature).Order().ElementAt(Tokens / 2);
        var lbr = new LbrOptions { AdaptiveEntropy = threshold + 1e-4, Siblings = siblings };
        DecodedStep[] steps = Decode(lbr, sampling);
        double[] entropies = Entropies(steps, sampling.Temperature);
        for (int t = 0; t < Tokens; t++)
        {
            bool sure = entropies[t] < lbr.AdaptiveEntropy;
            Assert.Equal(sure ? 1 : 3, steps[t].Tree.Slots.Count);
            Assert.Equal(steps[t].Tree.Slots.Count, steps[t].Tree.Grown.Count);
            // A single candidate is no choice.
            if (sure) Assert.Equal(0f, steps[t].Tree.RouterLogProbabilities[steps[t].Tree.Chosen]);
        }

        Assert.Contains(steps, step => step.Tree.Slots.Count == 1);
        Assert.Contains(steps, step => step.Tree.Slots.Count == 3);
    }

    [Fact]
    public void A_threshold_above_every_entropy_is_plain_decoding()
    {
        var sampling = new SamplingOptions { Seed = 8 };
        using PlainDecoder plain = PlainDecoder.Create(models.Load(Name, TensorDtype.F32), Options, []);
        Assert.Equal(
            plain.Decode([s_prompt], sampling, Tokens).Select(token => (token.Token, token.LogProbability)),
            Decode(new LbrOptions { AdaptiveEntropy = 100 }, sampling).Select(step => (step.Token, step.LogProbability)));
    }

    [Fact]
    public void A_threshold_below_every_entropy_changes_nothing()
    {
        var sampling = new SamplingOptions { Seed = 8, TopK = 30 };
        DecodedStep[] expected = Decode(new LbrOptions { Width = 2, Depth = 2 }, sampling), found = Decode(new LbrOptions { Width = 2, Depth = 2, AdaptiveEntropy = 1e-6 }, sampling);
        Assert.Equal(expected.SelectMany(step => step.Tree.Grown), found.SelectMany(step => step.Tree.Grown));
        Assert.Equal(expected.Select(step => step.Token), found.Select(step => step.Token));
    }

    [Fact]
    public void Deeper_levels_thin_out_parent_by_parent()
    {
        var sampling = new SamplingOptions { Seed = 21, Temperature = 0.6 };
        double threshold = Entropies(Decode(new LbrOptions { Width = 2, Depth = 2 }, sampling), 0.6).Order().ElementAt(Tokens / 2);
        DecodedStep[] steps = Decode(new LbrOptions { Width = 2, Depth = 2, AdaptiveEntropy = threshold }, sampling);
        int[] children = [.. steps.SelectMany(step => step.Tree.Grown).GroupBy(node => (node.Parent, node.Parent < 0 ? node.Id : 0)).Select(group => group.Count())];
        Assert.All(children, count => Assert.InRange(count, 1, 2));
        Assert.Contains(1, steps[1..^2].Select(step => step.Tree.Slots.Count));
        Assert.Contains(2, steps[1..^2].Select(step => step.Tree.Slots.Count));
    }

    [Fact]
    public void A_threshold_that_is_none_is_refused() =>
        Assert.Contains("AdaptiveEntropy is -1", Assert.Throws<ArgumentException>(() => Decode(new LbrOptions { AdaptiveEntropy = -1 }, new SamplingOptions())).Message);

    private static SessionOptions Options => new() { ContextLength = 40, MaxRows = 16 };

    private DecodedStep[] Decode(LbrOptions lbr, SamplingOptions sampling)
    {
        using LbrDecoder decoder = LbrDecoder.Create(models.Load(Name, TensorDtype.F32), Options, lbr, []);
        return [.. decoder.Decode([s_prompt], sampling, Tokens)];
    }

    // Of the distribution before each token, from a forward pass of the whole text.
    private double[] Entropies(DecodedStep[] steps, double temperature)
    {
        Transformer model = models.Load(Name, TensorDtype.F32);
        RowBatch rows = new RowBatch().AddText(0, 0, [.. s_prompt, .. steps.Select(step => step.Token)]);
        float[] logits = ForwardResult.Of(model, rows, new SessionOptions { ContextLength = 40, MaxRows = 40, MaxLogitRows = 40 }).Logits;
        int vocabulary = model.Config.VocabSize;
        return [.. Enumerable.Range(0, steps.Length).Select(t =>
        {
            double[] scaled = [.. logits.Skip((s_prompt.Length - 1 + t) * vocabulary).Take(vocabulary).Select(logit => logit / temperature)];
            double largest = scaled.Max(), sum = scaled.Sum(value => Math.Exp(value - largest));
            return scaled.Sum(value => -Math.Exp(value - largest) / sum * (value - largest - Math.Log(sum)));
        })];
    }
}
