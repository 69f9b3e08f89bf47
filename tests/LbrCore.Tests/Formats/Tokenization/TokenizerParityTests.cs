using System.Text.Json;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Tests.Formats.Tokenization;

/// <summary>The ids and texts that Hugging Face's library gives.</summary>
public sealed class TokenizerParityTests
{
    [Theory]
    [InlineData("qwen3")]
    [InlineData("deepseek_v3")]
    public void ExpectedTexts(string name) =>
        AssertExpected(TokenizerFixtures.ByName(name), TokenizerFixtures.Expected("tokenizer-expected.json").GetProperty(name), 25);

    [Llama3Fact]
    public void ExpectedTextsOfLlama3()
    {
        Tokenizer llama3 = Tokenizer.Load(Path.Combine(TokenizerFixtures.Shared!, "llama3"));
        JsonElement expected = TokenizerFixtures.Json(Path.Combine(TokenizerFixtures.Shared!, "tokenizer-expected.json"));
        AssertExpected(llama3, expected.GetProperty("llama3"), 25);
        Assert.Equal(128000, llama3.BeginOfSequenceId);
        Assert.Equal(128256, llama3.VocabularySize);
    }

    [Theory]
    [InlineData("qwen3")]
    [InlineData("deepseek_v3")]
    public void RandomTexts(string name)
    {
        Tokenizer tokenizer = TokenizerFixtures.ByName(name);
        int count = 0;
        foreach (JsonElement row in TokenizerFixtures.Expected("random-texts-expected.json").EnumerateArray())
        {
            Assert.Equal(row.Integers(name), tokenizer.Encode(row.GetProperty("text").GetString()));
            count++;
        }

        Assert.Equal(400, count);
    }

    [Fact]
    public void SpecialTokensOfTheConfig()
    {
        Tokenizer qwen = TokenizerFixtures.Qwen3, deepSeek = TokenizerFixtures.DeepSeekV3;
        Assert.Null(qwen.BeginOfSequenceId);
        Assert.Equal(151645, qwen.EndOfSequenceId);
        Assert.Equal(151643, qwen.PaddingId);
        Assert.Equal(131072, qwen.Config.ModelMaximumLength);
        Assert.Equal(0, deepSeek.BeginOfSequenceId); // Given as an object in its tokenizer_config.json.
        Assert.Equal(1, deepSeek.EndOfSequenceId);
        Assert.Equal(151669, qwen.VocabularySize);
        Assert.Equal(128815, deepSeek.VocabularySize);
    }

    [Fact]
    public void TokensAndIds()
    {
        Tokenizer qwen = TokenizerFixtures.Qwen3;
        Assert.Equal(1879, qwen.TokenToId("Ġworld"));
        Assert.Equal("Ġworld", qwen.IdToToken(1879));
        Assert.Equal(" world"u8.ToArray(), qwen.GetBytes(1879).ToArray());
        Assert.Equal(151644, qwen.TokenToId("<|im_start|>"));
        Assert.Null(qwen.TokenToId("no such token"));
        Assert.Null(qwen.IdToToken(-1));
        Assert.Null(qwen.IdToToken(151669));
        Assert.True(qwen.IsSpecial(151645));
        Assert.False(qwen.IsSpecial(151667)); // <think> is added, but not special.
        Assert.False(qwen.IsSpecial(int.MaxValue));
    }

    [Fact]
    public void DecodingPassesOverUnknownIdsAndSkipsSpecialTokens()
    {
        Tokenizer qwen = TokenizerFixtures.Qwen3;
        Assert.Equal("<|im_start|>Hello<think>", qwen.Decode([151644, 9707, -1, 151935, int.MaxValue, 151667]));
        Assert.Equal("Hello<think>", qwen.Decode([151644, 9707, 151667], skipSpecialTokens: true));
        Assert.Equal(string.Empty, qwen.Decode([]));
    }

    [Fact]
    public void LoneSurrogatesAreReadAsReplacementCharacters()
    {
        Tokenizer qwen = TokenizerFixtures.Qwen3;
        Assert.Equal(qwen.Encode("a\uFFFDb\uFFFD"), qwen.Encode("a\uD800b\uDC00"));
        Assert.Equal(qwen.Encode("\uFFFD\uFFFD😀"), qwen.Encode("\uDC00\uD83D\uD83D\uDE00"));
    }

    [Fact]
    public void ConcurrentCallsAgree()
    {
        string[] texts = [.. TokenizerFixtures.Expected("random-texts-expected.json").EnumerateArray().Select(row => row.GetProperty("text").GetString()!)];
        int[][] alone = [.. texts.Select(text => TokenizerFixtures.DeepSeekV3.Encode(text))];
        Parallel.For(0, texts.Length * 8, i => Assert.Equal(alone[i % texts.Length], TokenizerFixtures.DeepSeekV3.Encode(texts[i % texts.Length])));
    }

    private static void AssertExpected(Tokenizer tokenizer, JsonElement rows, int count)
    {
        Assert.Equal(count, rows.GetArrayLength());
        foreach (JsonElement row in rows.EnumerateArray())
        {
            string text = row.GetProperty("text").GetString()!;
            int[] ids = row.Integers("ids");
            Assert.Equal(ids, tokenizer.Encode(text, addSpecialTokens: false));
            Assert.Equal(row.Integers("ids_special"), tokenizer.Encode(text, addSpecialTokens: true));
            Assert.Equal(row.GetProperty("decoded").GetString(), tokenizer.Decode(ids));
        }
    }
}
