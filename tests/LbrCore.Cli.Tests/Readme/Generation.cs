using LbrCore.Decoding;
using LbrCore.Formats.ChatTemplates;

namespace LbrCore.Cli.Tests.Readme;

/// <summary>The README's way to generate text; compiled, so that it stays true. The test compares the lines.</summary>
internal static class Generation
{
    public static async Task Run(CancellationToken cancellationToken)
    {
        using var model = TextGenerator.Load("path/to/Qwen3-0.6B");
        var options = new GenerationOptions { MaxTokens = 200, Sampling = new SamplingOptions { Temperature = 0.7, TopP = 0.95, Seed = 1 } };
        await foreach (string piece in model.ChatAsync([new ChatMessage("user", "Why is the sky blue?")], options, cancellationToken))
            Console.Write(piece);
    }
}
