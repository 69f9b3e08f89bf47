using System.Text.Json;
using System.Text.Json.Nodes;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Tests.Formats.Tokenization;

/// <summary>Every construct of tokenizer.json that is supported, against Hugging Face's library; every other refused by name.</summary>
public sealed class TokenizerConstructTests
{
    [Fact]
    public void EveryConstructGivesTheExpectedIds()
    {
        int texts = 0;
        foreach (JsonElement row in TokenizerFixtures.Expected("constructs-expected.json").EnumerateArray())
        {
            JsonElement changes = row.GetProperty("tokenizer");
            Tokenizer tokenizer = SmallTokenizer.Create(JsonObject.Create(changes));
            foreach (JsonElement expected in row.GetProperty("texts").EnumerateArray())
            {
                string text = expected.GetProperty("text").GetString()!;
                int[] ids = expected.Integers("ids");
                Assert.True(ids.SequenceEqual(tokenizer.Encode(text)), $"{changes} on {JsonSerializer.Serialize(text)}: {string.Join(',', tokenizer.Encode(text))}");
                Assert.Equal(expected.GetProperty("decoded").GetString(), tokenizer.Decode(ids, skipSpecialTokens: true));
                texts++;
            }
        }

        Assert.True(texts > 300, $"only {texts} texts");
    }

    [Theory]
    [InlineData("""{"normalizer":{"type":"Lowercase"}}""", "Lowercase")]
    [InlineData("""{"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Prepend","prepend":"_"}]}}""", "Prepend")]
    [InlineData("""{"pre_tokenizer":null}""", "without a pre-tokenizer")]
    [InlineData("""{"pre_tokenizer":{"type":"Sequence","pretokenizers":[]}}""", "empty")]
    [InlineData("""{"pre_tokenizer":{"type":"Metaspace"}}""", "Metaspace")]
    [InlineData("""{"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Punctuation"},{"type":"ByteLevel"}]}}""", "Punctuation")]
    [InlineData("""{"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"Digits"}]}}""", "Digits")]
    [InlineData("""{"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"Digits"},{"type":"ByteLevel"}]}}""", "behind ByteLevel")]
    [InlineData("""{"post_processor":{"type":"RobertaProcessing"}}""", "RobertaProcessing")]
    [InlineData("""{"decoder":{"type":"Metaspace"}}""", "Metaspace")]
    [InlineData("""{"decoder":null}""", "Decoder 'null'")]
    [InlineData("""{"model":{"type":"Unigram"}}""", "Unigram")]
    [InlineData("""{"model":{"dropout":0.1}}""", "dropout")]
    [InlineData("""{"model":{"byte_fallback":true}}""", "byte_fallback")]
    [InlineData("""{"model":{"continuing_subword_prefix":"##"}}""", "continuing_subword_prefix")]
    [InlineData("""{"model":{"end_of_word_suffix":"</w>"}}""", "end_of_word_suffix")]
    public void OtherConstructsAreRefusedByName(string changes, string named)
    {
        var refusal = Assert.Throws<NotSupportedException>(() => SmallTokenizer.Create(JsonNode.Parse(changes)!.AsObject()));
        Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model":{"merges":["a b","a  b"]}}""", "Merge 1")]
    [InlineData("""{"model":{"merges":["a zz"]}}""", "'zz', which is not in the vocabulary")]
    [InlineData("""{"model":{"merges":[["a","b","c"]]}}""", "pair")]
    [InlineData("""{"model":{"merges":[["a"]]}}""", "pair")]
    [InlineData("""{"model":{"merges":{}}}""", "'merges' must be a list")]
    [InlineData("""{"model":{"vocab":{"a":0,"b":0},"merges":[]}}""", "both have id 0")]
    [InlineData("""{"model":{"vocab":{"a":0,"a":1},"merges":[]}}""", "listed twice")]
    [InlineData("""{"model":{"vocab":{"a":-1},"merges":[]}}""", "-1")]
    [InlineData("""{"model":{"vocab":{"a":4294967296},"merges":[]}}""", "4294967296")]
    [InlineData("""{"model":{"vocab":{"a":0.5},"merges":[]}}""", "not an integer")]
    [InlineData("""{"model":{"vocab":[["a",0.5]],"merges":[]}}""", "'vocab'")]
    [InlineData("""{"model":{"unk_token":"<unk>"}}""", "<unk>")]
    [InlineData("""{"added_tokens":[{"id":999,"content":"<x>"}]}""", "next free id is 264")]
    [InlineData("""{"added_tokens":[{"id":264,"content":"ab"}]}""", "256")]
    [InlineData("""{"added_tokens":[{"id":264,"content":"<x>"},{"id":264,"content":"<y>"}]}""", "265")]
    [InlineData("""{"added_tokens":[{"id":264,"content":"<x>"},{"id":264,"content":"<x>"}]}""", "listed twice")]
    [InlineData("""{"added_tokens":[{"id":264,"content":"<x>","lstrip":"yes"}]}""", "lstrip")]
    [InlineData("""{"added_tokens":{}}""", "added_tokens")]
    [InlineData("""{"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A"}}],"special_tokens":{}}}""", "<s>")]
    public void ContradictionsAreNamed(string changes, string named)
    {
        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Parse(Patched(changes)));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"model":{"type":"BPE","vocab":{}}}""")]
    [InlineData("""{"model":{"type":"BPE","vocab":{"\ud800":0},"merges":[]}}""")]
    public void MalformedFilesAreInvalidData(string json) =>
        Assert.Throws<InvalidDataException>(() => Tokenizer.Parse(System.Text.Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void AMissingFolderOrFileIsNamed()
    {
        string nowhere = Path.Combine(AppContext.BaseDirectory, "no-such-folder");
        Assert.Contains("no-such-folder", Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(nowhere)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => Tokenizer.Load(AppContext.BaseDirectory));
    }

    /// <summary>The small tokenizer with members replaced in its text, since JSON objects refuse the duplicate names that some cases have.</summary>
    private static byte[] Patched(string changes)
    {
        using JsonDocument document = JsonDocument.Parse(changes);
        JsonProperty change = document.RootElement.EnumerateObject().Single();
        JsonObject file = SmallTokenizer.Json();
        string text;
        if (change.Name == "model")
        {
            JsonObject model = file["model"]!.AsObject();
            foreach (JsonProperty member in change.Value.EnumerateObject())
                model.Remove(member.Name);
            string inner = change.Value.GetRawText()[1..^1];
            text = file.ToJsonString().Replace("\"model\":{", $"\"model\":{{{inner},", StringComparison.Ordinal);
        }
        else
        {
            file.Remove(change.Name);
            text = $"{{{document.RootElement.GetRawText()[1..^1]},{file.ToJsonString()[1..]}";
        }

        return System.Text.Encoding.UTF8.GetBytes(text);
    }
}
