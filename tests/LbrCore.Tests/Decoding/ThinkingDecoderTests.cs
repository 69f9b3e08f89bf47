using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Tests.Model;
using Xunit;

namespace LbrCore.Tests.Decoding;

/// <summary>Soft Thinking and Multiplex Thinking: what they share with plain decoding, their mixtures, their likelihood, and the end of thinking.</summary>
public sealed class ThinkingDecoderTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    private const string Name = "qwen3-tiny-f32";

    private static readonly int[] s_prompt = [7, 8, 9, 10];

    private Transformer Model => models.Load(Name, TensorDtype.F32);

    [Theory]
    [InlineData(ThinkingMethod.Soft)]
    [InlineData(ThinkingMethod.Multiplex)]
    public void After_thinking_it_is_plain_decoding_bit_for_bit(ThinkingMethod method)
    {
        var sampling = new SamplingOptions { Temperature = 0.9, TopK = 50, TopP = 0.95, Seed = 4 };
        ThinkingStep[] steps = Decode(new ThinkingOptions { Method = method, EndToken = 0, StartsThinking = false }, sampling, 12);
        using PlainDecoder plain = PlainDecoder.Create(Model, Options, []);
        DecodedToken[] tokens = [.. plain.Decode([s_prompt], sampling, 12)];
        Assert.Equal(tokens.Select(token => token.Token), steps.Select(step => step.Token));
        Assert.Equal(tokens.Select(token => (double)token.LogProbability), steps.Select(step => step.LogProbability));
        Assert.All(steps, step => Assert.False(step.Thought));
    }

    [Fact]
    public void A_mixture_of_one_token_is_greedy_decoding()
    {
        ThinkingStep[] steps = Decode(new ThinkingOptions { Method = ThinkingMethod.Soft, EndToken = 511, Slots = 1 }, new SamplingOptions(), 12);
        using PlainDecoder plain = PlainDecoder.Create(Model, Options, []);
        Assert.Equal(plain.Decode([s_prompt], SamplingOptions.Greedy, 12).Select(token => token.Token), steps.Select(step => step.Token));
        Assert.All(steps, step => Assert.True(step.Thought));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_likelihood_of_multiplex_draws_is_that_of_the_model_fed_with_the_mixtures(bool uniform)
    {
        var sampling = new SamplingOptions { Temperature = 0.8, Seed = 12 };
        ThinkingOptions options = ThinkingOptions.MultiplexThinking(511) with { UniformWeights = uniform };
        ThinkingStep[] steps = Decode(options, sampling, 5);
        var model = (Transformer<float>)Model;
        float[] embedding = ToHost(model.Weights.Embedding);
        (int hidden, int vocabulary) = (model.Config.HiddenSize, model.Config.VocabSize);
        using var session = new InferenceSession<float>(model, Options);
        session.Prefill(Stream, [new Prompt(0, s_prompt)]);
        session.ComputeLogits(Stream, session.Activations.SelectedHidden, 1);
        for (int t = 0; t < steps.Length; t++)
        {
            Assert.True(steps[t].Thought);
            Assert.Equal(3, steps[t].Slots.Count);
            double[] scaled = [.. ToHost(session.Activations.Logits.SubView(0, vocabulary)).Select(logit => logit / 0.8)];
            double logSum = scaled.Max() + Math.Log(scaled.Sum(value => Math.Exp(value - scaled.Max())));
            double mass = steps[t].Slots.Sum(slot => Math.Exp(slot.LogProbability));
            foreach (ThinkingSlot slot in steps[t].Slots)
            {
                Assert.Equal(scaled[slot.Token] - logSum, slot.LogProbability, 1e-4);
                Assert.Equal(uniform ? 1.0 / 3 : Math.Exp(slot.LogProbability) / mass, slot.Weight, 1e-5);
            }

            Assert.Equal(steps[t].Slots.Sum(slot => (double)slot.LogProbability), steps[t].LogProbability);
            float[] mixture = [.. Enumerable.Range(0, hidden).Select(i => steps[t].Slots.Sum(slot => slot.Weight * embedding[(slot.Token * hidden) + i]))];
            Stream.CopyFromHost<float>(mixture, session.Activations.Hidden.SubView(0, hidden));
            Stream.CopyFromHost<TokenRow>([TokenRow.InText(0, s_prompt.Length + t)], session.Rows);
            session.ForwardEmbedded(Stream, 1);
            session.ComputeLogits(Stream, session.Activations.FinalHidden, 1);
        }
    }

    [Fact]
    public void The_end_token_ends_thinking_and_stands_alone()
    {
        // The token that soft thinking puts first in its fifth step.
        ThinkingOptions options = ThinkingOptions.SoftThinking(511) with { Slots = 4 };
        ThinkingStep[] free = Decode(options, new SamplingOptions(), 8);
        int end = free[4].Token, first = Array.FindIndex(free, step => step.Token == end);
        ThinkingStep[] steps = Decode(options with { EndToken = end }, new SamplingOptions(), 8);
        Assert.Equal(free[..first].Select(step => step.Token), steps[..first].Select(step => step.Token));
        Assert.All(steps[..first], step => Assert.True(step.Thought && step.Slots.Count == 4 && Math.Abs(step.Slots.Sum(slot => slot.Weight) - 1) < 1e-5));
        Assert.Equal(end, steps[first].Token);
        Assert.All(steps[first..], step => Assert.True(!step.Thought && step.Slots.Count == 1 && step.Slots[0].Weight == 1));
    }

    [Fact]
    public void Sure_steps_in_a_row_end_thinking()
    {
        ThinkingStep[] steps = Decode(ThinkingOptions.SoftThinking(500) with { SureEntropy = 1e9, Patience = 3 }, new SamplingOptions(), 6);
        Assert.Equal([true, true, false, false, false, false], steps.Select(step => step.Thought));
        Assert.Equal(500, steps[2].Token);
        Assert.Equal(0, steps[2].LogProbability);
    }

    [Fact]
    public void Gumbel_weights_depend_on_the_seed_alone()
    {
        ThinkingOptions options = ThinkingOptions.SoftThinking(511, gumbel: true);
        ThinkingStep[] once = Decode(options, ThinkingOptions.SoftThinkingSampling, 4), again = Decode(options, ThinkingOptions.SoftThinkingSampling, 4, useGraph: false);
        ThinkingStep[] other = Decode(options, ThinkingOptions.SoftThinkingSampling with { Seed = 1 }, 4);
        Assert.Equal(once.SelectMany(step => step.Slots), again.SelectMany(step => step.Slots));
        Assert.NotEqual(once[0].Slots.Select(slot => slot.Weight), other[0].Slots.Select(slot => slot.Weight));
        Assert.Equal(once[0].Slots.Select(slot => slot.Token), other[0].Slots.Select(slot => slot.Token));
        // The noise changes weights, not the order of candidates.
        Assert.Equal(once[0].Slots.Select(slot => slot.LogProbability).OrderDescending(), once[0].Slots.Select(slot => slot.LogProbability));
    }

    [Fact]
    public void A_text_thinks_the_same_in_every_batch()
    {
        ThinkingOptions options = ThinkingOptions.MultiplexThinking(511);
        var sampling = new SamplingOptions { Seed = 9 };
        using ThinkingDecoder decoder = ThinkingDecoder.Create(Model, Options with { Sequences = 3 }, options, []);
        ThinkingStep[] together = [.. decoder.Decode([s_prompt, new int[] { 1 }, new int[] { 2, 3, 4, 5, 6 }], sampling, 6)];
        Assert.Equal(Decode(options, sampling, 6).SelectMany(step => step.Slots), together.Where(step => step.Sequence == 0).SelectMany(step => step.Slots));
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        Assert.Contains("Slots is 33", Assert.Throws<ArgumentException>(() => Decode(ThinkingOptions.MultiplexThinking(1) with { Slots = 33 }, new SamplingOptions(), 1)).Message);
        Assert.Contains("EndToken is 99999", Assert.Throws<ArgumentException>(() => Decode(ThinkingOptions.MultiplexThinking(99999), new SamplingOptions(), 1)).Message);
    }

    private static SessionOptions Options => new() { ContextLength = 64, MaxRows = 16 };

    private ComputeStream Stream => models.Device.DefaultStream;

    private ThinkingStep[] Decode(ThinkingOptions options, SamplingOptions sampling, int maxTokens, bool useGraph = true)
    {
        using ThinkingDecoder decoder = ThinkingDecoder.Create(Model, Options, options, []);
        decoder.UseGraph = useGraph;
        return [.. decoder.Decode([s_prompt], sampling, maxTokens)];
    }

    private float[] ToHost(ArrayView<float> view)
    {
        var values = new float[view.Length];
        Stream.CopyToHost(view, values);
        Stream.Synchronize();
        return values;
    }
}
