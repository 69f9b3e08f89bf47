using LbrCore.Decoding;
using LbrCore.Tests.Formats;
using LbrCore.Tests.Formats.Tokenization;
using Microsoft.Extensions.AI;

namespace LbrCore.Tests.Decoding;

/// <summary>The chat client: text, usage, finish reasons, stop sequences, and what it refuses.</summary>
public sealed class LbrChatClientTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public LbrChatClientTests()
    {
        foreach (string file in Directory.EnumerateFiles(ModelFixtures.Folder("qwen2-tiny-f32"))) File.Copy(file, _folder.File(Path.GetFileName(file)));
        _folder.Write("tokenizer.json", SmallTokenizer.Json().ToJsonString());
        _folder.Write("tokenizer_config.json", """{"chat_template":"{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"}""");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task An_answer_is_the_generators_with_usage_and_finish_reason(int width)
    {
        TextGenerator generator = Load(width);
        using IChatClient client = new LbrChatClient(generator, "tiny");
        var options = new ChatOptions { MaxOutputTokens = 12, Temperature = 0.8f, TopK = 50, Seed = 7, Instructions = "be brief" };
        string expected = "";
        await foreach (string piece in generator.GenerateAsync("<system>be brief<user>hi<assistant>", new GenerationOptions
        {
            MaxTokens = 12,
            Sampling = SamplingOptions.From(generator.Defaults) with { Temperature = 0.8f, TopK = 50, Seed = 7 },
        })) expected += piece;
        ChatResponse answer = await client.GetResponseAsync("hi", options);
        Assert.Equal(expected, answer.Text);
        Assert.Equal(ChatRole.Assistant, answer.Messages.Single().Role);
        Assert.Equal(ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal("tiny", answer.ModelId);
        int prompt = generator.EncodeChat([new("system", "be brief"), new("user", "hi")]).Length;
        Assert.Equal((prompt, 12, prompt + 12), ((int)answer.Usage!.InputTokenCount!, (int)answer.Usage.OutputTokenCount!, (int)answer.Usage.TotalTokenCount!));
        Assert.Same(generator, client.GetService(typeof(TextGenerator)));
        Assert.Equal("LbrCore", client.GetService<ChatClientMetadata>()!.ProviderName);
    }

    [Fact]
    public async Task Pieces_are_streamed_and_a_stop_sequence_cuts_them()
    {
        using IChatClient client = new LbrChatClient(Load(1));
        var options = new ChatOptions { MaxOutputTokens = 30, Temperature = 0 };
        string whole = (await client.GetResponseAsync("hi", options)).Text;
        string stop = whole.Substring(whole.Length / 2, 3), expected = whole[..whole.IndexOf(stop, StringComparison.Ordinal)];
        options.StopSequences = ["never there", stop];
        List<ChatResponseUpdate> updates = [];
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync([new(ChatRole.User, "hi")], options)) updates.Add(update);
        Assert.Equal(expected, string.Concat(updates.Select(update => update.Text)));
        Assert.Equal(ChatFinishReason.Stop, updates[^1].FinishReason);
        Assert.True(updates.Count > 2);
        Assert.InRange((int)updates[^1].Contents.OfType<UsageContent>().Single().Details.OutputTokenCount!, 1, 29);
    }

    [Theory]
    [InlineData("ab|c", "b", "a")]
    [InlineData("a|b|c|d", "bcx,cd", "ab")]
    [InlineData("aa|ab", "aab", "a")]
    [InlineData("xy|z", "zz", "xyz")]
    public void Text_is_held_back_only_while_it_may_be_a_stop(string pieces, string stops, string expected)
    {
        var text = new StopText(stops.Split(','));
        string found = string.Concat(pieces.Split('|').Select(text.Append)) + text.Flush();
        Assert.Equal(expected, found);
    }

    [Fact]
    public async Task What_it_cannot_do_is_refused()
    {
        using IChatClient client = new LbrChatClient(Load(1));
        await Refused("tools", new ChatOptions { Tools = [AIFunctionFactory.CreateDeclaration("f", null, default)] });
        await Refused("JSON", new ChatOptions { ResponseFormat = ChatResponseFormat.Json });
        await Refused("penalty", new ChatOptions { PresencePenalty = 1 });
        var image = new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")]);
        Assert.Contains("DataContent", (await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync([image]))).Message);

        async Task Refused(string word, ChatOptions options) =>
            Assert.Contains(word, (await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync("hi", options))).Message);
    }

    private TextGenerator Load(int width) => TextGenerator.Load(
        _folder.Path, new TextGeneratorOptions { Device = "cpu", ContextLength = 256, Lbr = width > 1 ? new LbrOptions { Width = width } : null });
}
