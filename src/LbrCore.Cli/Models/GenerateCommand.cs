using System.CommandLine;
using LbrCore.Cli.Terminal;
using LbrCore.Decoding;

namespace LbrCore.Cli.Models;

/// <summary><c>lbr generate</c>: continues a text, token by token as they come.</summary>
internal static class GenerateCommand
{
    // As shells report an interrupt.
    private const int Interrupted = 130;

    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Option<string> model = ModelOptions.Model();
        Option<string?> type = ModelOptions.Type(), device = CommonOptions.Device();
        Option<int> maxTokens = new("--max-tokens", "-n") { Description = "Most tokens to generate.", HelpName = "tokens", DefaultValueFactory = _ => 512 };
        Option<int?> context = new("--context", "-c") { Description = "Tokens of prompt and answer together; without it as many as they need.", HelpName = "tokens" };
        Option<bool> json = new("--json") { Description = "Writes one JSON object at the end instead of the text." };
        var prompt = new PromptOptions();
        var sampling = new SamplingCommandOptions();
        var command = new Command("generate", "Continues a prompt, or with --chat answers it.") { model, maxTokens, context, json, type, device };
        foreach (Option option in prompt.All.Concat(sampling.All)) command.Options.Add(option);
        command.SetAction(async (parsed, cancellation) =>
        {
            PromptSource source = prompt.Read(parsed);
            GenerationRun run = GenerationRun.Load(parsed.GetRequiredValue(model), new TextGeneratorOptions
            {
                Device = parsed.GetValue(device),
                ElementType = ModelOptions.Parse(parsed.GetValue(type)),
                ContextLength = parsed.GetValue(context),
            }, source, parsed.GetValue(maxTokens), screen, cancellation);
            using (run)
            {
                SamplingOptions options = sampling.Read(parsed, run.Generator.Defaults);
                await run.GenerateAsync(options, parsed.GetValue(json), cancellation).ConfigureAwait(false);
                return cancellation.IsCancellationRequested ? Interrupted : 0;
            }
        });
        return command;
    }
}
