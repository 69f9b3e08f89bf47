using LbrCore.Decoding;
using LbrCore.Formats.ChatTemplates;
using LbrCore.Tests.Formats;
using LbrCore.Tests.Formats.Tokenization;

namespace LbrCore.Tests.Decoding;

/// <summary>A folder with model and tokenizer, used as a program uses it.</summary>
public sealed class TextGeneratorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TextGeneratorTests()
    {
        foreach (string file in Directory.EnumerateFiles(ModelFixtures.Folder("qwen2-tiny-f32"))) File.Copy(file, _folder.File(Path.GetFileName(file)));
        _folder.Write("tokenizer.json", SmallTokenizer.Json().ToJsonString());
        _folder.Write("tokenizer_config.json", """{"chat_template":"{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"}""");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_prompt_is_continued_piece_by_piece()
    {
        using TextGenerator generator = Load();
        var options = new GenerationOptions { MaxTokens = 20, Sampling = new SamplingOptions { Seed = 3 } };
        string text = "";
        await foreach (string piece in generator.GenerateAsync("a tale of ab", options)) text += piece;
        List<int> ids = [];
        await foreach (GeneratedToken token in generator.GenerateAsync(generator.Tokenizer!.Encode("a tale of ab"), options)) ids.Add(token.Id);
        Assert.Equal(20, ids.Count);
        Assert.Equal(generator.Tokenizer!.Decode([.. ids], skipSpecialTokens: true), text);
        Assert.NotEmpty(text);
    }

    [Fact]
    public async Task The_last_token_says_why_it_is_the_last()
    {
        using TextGenerator generator = Load();
        List<GeneratedToken> tokens = [];
        await foreach (GeneratedToken token in generator.GenerateAsync([1, 2], new GenerationOptions { MaxTokens = 3, Sampling = SamplingOptions.Greedy })) tokens.Add(token);
        Assert.Equal([null, null, FinishReason.Length], tokens.Select(token => token.Finish));
    }

    [Fact]
    public async Task A_conversation_goes_through_the_template()
    {
        using TextGenerator generator = Load();
        List<string> chat = [], plain = [];
        var options = new GenerationOptions { MaxTokens = 8, Sampling = SamplingOptions.Greedy };
        await foreach (string piece in generator.ChatAsync([new ChatMessage("user", "hi")], options)) chat.Add(piece);
        await foreach (string piece in generator.GenerateAsync("<user>hi<assistant>", options)) plain.Add(piece);
        Assert.Equal(plain, chat);
    }

    [Fact]
    public async Task Cancelling_ends_a_generation_and_the_next_one_runs()
    {
        using TextGenerator generator = Load();
        using var cancel = new CancellationTokenSource();
        int tokens = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (GeneratedToken _ in generator.GenerateAsync([1], new GenerationOptions { MaxTokens = 2000, Sampling = SamplingOptions.Greedy }, null, cancel.Token))
                if (++tokens == 3) await cancel.CancelAsync();
        });
        Assert.InRange(tokens, 3, 1999);
        await foreach (GeneratedToken _ in generator.GenerateAsync([1], new GenerationOptions { MaxTokens = 2 })) tokens++;
    }

    [Fact]
    public async Task Leaving_the_loop_ends_the_generation()
    {
        using TextGenerator generator = Load();
        for (int i = 0; i < 2; i++)
        {
            await foreach (string _ in generator.GenerateAsync("ab", new GenerationOptions { MaxTokens = 2000 })) break;
        }
    }

    [Fact]
    public async Task Generations_take_turns()
    {
        using TextGenerator generator = Load();
        var options = new GenerationOptions { MaxTokens = 10, Sampling = SamplingOptions.Greedy };
        string[] texts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            string text = "";
            await foreach (string piece in generator.GenerateAsync("in", options)) text += piece;
            return text;
        })));
        Assert.Single(texts.Distinct());
    }

    [Fact]
    public async Task Mistakes_reach_the_reader_of_the_text()
    {
        using TextGenerator generator = Load();
        Assert.Contains("empty", (await Assert.ThrowsAsync<ArgumentException>(async () => await Drain([]))).Message);
        Assert.Contains("Token 9999", (await Assert.ThrowsAsync<ArgumentException>(async () => await Drain([9999]))).Message);

        async Task Drain(int[] prompt)
        {
            await foreach (GeneratedToken _ in generator.GenerateAsync(prompt)) { }
        }
    }

    [Fact]
    public void Without_a_tokenizer_text_is_refused_and_ids_are_not()
    {
        using TextGenerator generator = TextGenerator.Load(ModelFixtures.Folder("qwen2-tiny-f32"), new TextGeneratorOptions { Device = "cpu" });
        Assert.Null(generator.Tokenizer);
        Assert.Contains("token ids", Assert.Throws<NotSupportedException>(() => generator.GenerateAsync("text")).Message);
    }

    private TextGenerator Load() => TextGenerator.Load(_folder.Path, new TextGeneratorOptions { Device = "cpu", ContextLength = 2048 });
}
