using System.Text.Json;
using LbrCore.Formats.ChatTemplates;
using LbrCore.Formats.Tokenization;
using LbrCore.Tests.Formats.Tokenization;

namespace LbrCore.Tests.Formats.ChatTemplates;

/// <summary>The texts that Jinja2 renders.</summary>
public sealed class ChatTemplateParityTests
{
    [Theory]
    [InlineData("qwen3")]
    [InlineData("deepseek_v3")]
    public void ChatTemplatesOfTokenizers(string name) =>
        AssertRenders(TokenizerFixtures.Folder(name), TokenizerFixtures.Expected("chat-expected.json").GetProperty(name));

    [Llama3Fact]
    public void ChatTemplateOfLlama3() => AssertRenders(
        Path.Combine(TokenizerFixtures.Shared!, "llama3"), TokenizerFixtures.Json(Path.Combine(TokenizerFixtures.Shared!, "chat-expected.json")).GetProperty("llama3"));

    [Fact]
    public void Snippets()
    {
        int texts = 0, failures = 0;
        foreach (JsonElement row in TokenizerFixtures.Expected("jinja-expected.json").EnumerateArray())
        {
            string template = row.GetProperty("template").GetString()!;
            var variables = row.GetProperty("variables").EnumerateObject().ToDictionary(variable => variable.Name, variable => (object?)variable.Value);
            string Render() => ChatTemplate.Parse(template, clock: new FixedClock()).Render([], addGenerationPrompt: false, variables: variables);
            if (row.TryGetProperty("text", out JsonElement text))
            {
                Assert.True(text.GetString() == Render(), $"{template}\nexpected {text.GetRawText()}\nbut was  {JsonSerializer.Serialize(Render())}");
                texts++;
            }
            else
            {
                ChatTemplateException error = Assert.Throws<ChatTemplateException>((Func<object>)Render);
                Assert.NotEmpty(error.Problem);
                failures++;
            }
        }

        Assert.True(texts > 400 && failures > 80, $"{texts} texts, {failures} failures");
    }

    private static void AssertRenders(string folder, JsonElement rows)
    {
        ChatTemplate template = ChatTemplate.FromConfig(TokenizerConfig.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer_config.json"))))!;
        Assert.NotEqual(0, rows.GetArrayLength());
        foreach (JsonElement row in rows.EnumerateArray())
        {
            List<ChatMessage> messages = [.. row.GetProperty("messages").EnumerateArray().Select(ChatMessage.FromJson)];
            Assert.Equal(row.GetProperty("text").GetString(), template.Render(messages, addGenerationPrompt: true));
        }
    }

    private sealed class FixedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2025, 3, 4, 5, 6, 7, TimeSpan.Zero);
    }
}
