using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Tests.Formats;
using LbrCore.Tests.Model;

namespace LbrCore.Tests.Decoding;

/// <summary>Decoding token by token: the reference's greedy tokens, batches, stops, limits and the same draws in every batch.</summary>
public sealed class PlainDecoderTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    private const int PromptLength = 8;

    [Theory]
    [MemberData(nameof(ModelFixtures.All), MemberType = typeof(ModelFixtures))]
    public void Greedy_tokens_are_the_references(string name)
    {
        int[] expected = models.Expected(name).ReadAsInt32("greedy.tokens");
        Assert.Equal(expected[PromptLength..], Greedy(name, TensorDtype.F32, expected));
    }

    [Theory]
    [InlineData("qwen2-hd128-bf16", TensorDtype.BF16)]
    [InlineData("qwen3-tiny-f32", TensorDtype.BF16)]
    [InlineData("qwen2-tiny-f32", TensorDtype.F16)]
    public void Greedy_tokens_in_16_bits_are_the_references_up_to_ties(string name, TensorDtype elementType)
    {
        int[] expected = models.Expected(name).ReadAsInt32("greedy.tokens"), actual = Greedy(name, elementType, expected);
        int same = expected.AsSpan(PromptLength).CommonPrefixLength(actual);
        if (same == actual.Length) return;
        // Where the texts part, the reference must have held both tokens for nearly equal.
        RowBatch rows = new RowBatch().AddText(0, 0, expected.AsSpan(0, PromptLength + same));
        float[] logits = ForwardResult.Of(models.Load(name, TensorDtype.F32), rows, new SessionOptions { ContextLength = 64, MaxRows = 64, MaxLogitRows = 64 }).Logits[^models.Load(name, TensorDtype.F32).Config.VocabSize..];
        float gap = logits[expected[PromptLength + same]] - logits[actual[same]];
        Assert.True(gap < 2e-2 * logits.Max(Math.Abs), $"{name} in {elementType.Name()}: token {same} is {actual[same]}, {gap} below the reference's {expected[PromptLength + same]}.");
    }

    [Fact]
    public void A_replayed_graph_decodes_what_single_launches_do()
    {
        var sampling = new SamplingOptions { Temperature = 0.8, TopK = 40, TopP = 0.95, Seed = 5 };
        Assert.Equal(Decode("qwen3-tiny-f32", [[1, 2, 3], [4, 5]], sampling, 12, useGraph: false), Decode("qwen3-tiny-f32", [[1, 2, 3], [4, 5]], sampling, 12));
    }

    [Fact]
    public void A_text_is_drawn_the_same_in_every_batch()
    {
        // Every text as number 0 of its seed, alone and at the head of a batch.
        var sampling = new SamplingOptions { Temperature = 1.2, TopP = 0.9, Seed = 11 };
        int[] alone = Tokens(Decode("qwen2-tiny-f32", [[7, 8, 9, 10]], sampling, 10), 0), together = Tokens(Decode("qwen2-tiny-f32", [[7, 8, 9, 10], [1], [2, 3, 4, 5, 6, 7, 8, 9]], sampling, 10), 0);
        Assert.Equal(alone, together);
    }

    [Fact]
    public void Texts_of_a_batch_draw_numbers_of_their_own()
    {
        DecodedToken[] tokens = Decode("qwen2-tiny-f32", [[7, 8, 9, 10], [7, 8, 9, 10]], new SamplingOptions { Seed = 3 }, 10);
        Assert.NotEqual(Tokens(tokens, 0), Tokens(tokens, 1));
    }

    [Fact]
    public void A_stop_token_ends_its_text_and_no_other()
    {
        int[] greedy = models.Expected("llama3-tiny-f32-sharded").ReadAsInt32("greedy.tokens");
        int[] prompt = greedy[..PromptLength], expected = greedy[PromptLength..];
        int stop = expected[5], first = Array.IndexOf(expected, stop);
        DecodedToken[] tokens = Decode("llama3-tiny-f32-sharded", [prompt, [3]], SamplingOptions.Greedy, 20, stops: [stop]);
        Assert.Equal(expected[..(first + 1)], Tokens(tokens, 0));
        Assert.Equal(FinishReason.Stop, tokens.Last(token => token.Sequence == 0).Finish);
        int[] other = Tokens(tokens, 1);
        Assert.True(other.Length == 20 || other[^1] == stop);
    }

    [Fact]
    public void The_context_limits_a_text_and_says_so()
    {
        DecodedToken[] tokens = Decode("qwen2-tiny-f32", [[1, 2, 3, 4, 5, 6]], SamplingOptions.Greedy, 100, contextLength: 10);
        // Six tokens and four more fill the context; the fifth is drawn from them and needs no place.
        Assert.Equal(5, tokens.Length);
        Assert.Equal(FinishReason.Context, tokens[^1].Finish);
        Assert.All(tokens[..^1], token => Assert.Null(token.Finish));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Exactly_as_many_tokens_as_asked_for(int maxTokens)
    {
        DecodedToken[] tokens = Decode("qwen2-tiny-f32", [[1, 2]], SamplingOptions.Greedy, maxTokens);
        Assert.Equal(maxTokens, tokens.Length);
        Assert.Equal(FinishReason.Length, tokens[^1].Finish);
    }

    [Fact]
    public void Log_probabilities_are_those_of_the_distribution_drawn_from()
    {
        DecodedToken[] tokens = Decode("qwen2-tiny-f32", [[7, 8, 9]], new SamplingOptions { Temperature = 0.7, TopK = 5, Seed = 2 }, 4);
        int vocabulary = models.Load("qwen2-tiny-f32", TensorDtype.F32).Config.VocabSize;
        RowBatch rows = new RowBatch().AddText(0, 0, [7, 8, 9, .. tokens.Select(token => token.Token)]);
        float[] logits = ForwardResult.Of(models.Load("qwen2-tiny-f32", TensorDtype.F32), rows, new SessionOptions { ContextLength = 64, MaxRows = 64, MaxLogitRows = 64 }).Logits;
        for (int i = 0; i < tokens.Length; i++)
        {
            double[] row = [.. logits.Skip((2 + i) * vocabulary).Take(vocabulary).Select(logit => logit / 0.7)];
            double[] kept = [.. row.OrderDescending().Take(5)];
            Assert.Contains(row[tokens[i].Token], kept);
            Assert.Equal(row[tokens[i].Token] - kept[0] - Math.Log(kept.Sum(z => Math.Exp(z - kept[0]))), tokens[i].LogProbability, 1e-4);
        }
    }

    [Fact]
    public void What_cannot_be_decoded_is_refused_by_name()
    {
        Assert.Contains("empty", Assert.Throws<ArgumentException>(() => Decode("qwen2-tiny-f32", [[]], SamplingOptions.Greedy, 4)).Message);
        Assert.Contains("70 tokens", Assert.Throws<ArgumentException>(() => Decode("qwen2-tiny-f32", [new int[70]], SamplingOptions.Greedy, 4)).Message);
        Assert.Contains("Token 512", Assert.Throws<ArgumentException>(() => Decode("qwen2-tiny-f32", [[512]], SamplingOptions.Greedy, 4)).Message);
        Assert.Contains("TopP", Assert.Throws<ArgumentException>(() => Decode("qwen2-tiny-f32", [[1]], new SamplingOptions { TopP = 0 }, 4)).Message);
    }

    private int[] Greedy(string name, TensorDtype elementType, int[] expected) =>
        Tokens(Decode(name, [expected[..PromptLength]], SamplingOptions.Greedy, expected.Length - PromptLength, elementType: elementType), 0);

    private static int[] Tokens(DecodedToken[] tokens, int sequence) => [.. tokens.Where(token => token.Sequence == sequence).Select(token => token.Token)];

    private DecodedToken[] Decode(
        string name, int[][] prompts, SamplingOptions sampling, int maxTokens,
        TensorDtype elementType = TensorDtype.F32, int contextLength = 64, int[]? stops = null, bool useGraph = true)
    {
        var options = new SessionOptions { Sequences = prompts.Length, ContextLength = contextLength, MaxRows = 16 };
        using PlainDecoder decoder = PlainDecoder.Create(models.Load(name, elementType), options, stops ?? []);
        decoder.UseGraph = useGraph;
        return [.. decoder.Decode([.. prompts.Select(prompt => (ReadOnlyMemory<int>)prompt)], sampling, maxTokens)];
    }
}
