using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Model;
using LbrCore.Routing;
using Microsoft.Extensions.AI;

namespace LbrCore.Cli.Tests.Readme;

/// <summary>What <c>src/LbrCore/README.md</c> shows; compiled and run, so that it stays true.</summary>
internal static class HostProgram
{
    public static async Task<int> WithTrees(string folder, IReadOnlyList<int> prompt, CancellationToken cancellationToken)
    {
        int count = 0;
        var lbr = new LbrOptions { Width = 3, Depth = 2, Router = SetAttentionRouter.Load(folder) };
        using var model = TextGenerator.Load(folder, new TextGeneratorOptions { Device = "cpu", Lbr = lbr });
        var options = new GenerationOptions { MaxTokens = 4, Sampling = new SamplingOptions { Seed = 1 } };
        await foreach (GeneratedToken token in model.GenerateAsync(prompt, options, cancellation: cancellationToken))
        {
            Console.WriteLine($"{token.Id}: candidate {token.Tree!.Chosen} of {token.Tree.Slots.Count}, log rho {token.Tree.RouterLogProbabilities[token.Tree.Chosen]}");
            count++;
        }

        return count;
    }

    public static int InBatches(string folder, ReadOnlyMemory<int>[] prompts)
    {
        using Device device = Device.Open("cpu");
        using Transformer model = Transformer.Load(folder, device);
        var sizes = new SessionOptions { Sequences = prompts.Length, ContextLength = 128 };
        var lbr = new LbrOptions { Width = 3, Depth = 1, Router = SetAttentionRouter.Load(folder) };
        using LbrDecoder decoder = LbrDecoder.Create(model, sizes, lbr, model.Config.EosTokenIds);
        int count = 0;
        foreach (DecodedStep step in decoder.Decode(prompts, SamplingOptions.Greedy, maxTokens: 4))
        {
            Console.WriteLine($"text {step.Sequence}: {step.Token}{(step.Finish is { } reason ? $", the last ({reason})" : "")}");
            count++;
        }

        return count;
    }

    public static async Task<string> AsChatClient(string folder)
    {
        using IChatClient client = new LbrChatClient(TextGenerator.Load(folder));
        ChatResponse answer = await client.GetResponseAsync("What is 6 x 7?");
        return answer.Text;
    }
}
