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
        var tree = new TreeCommandOptions();
        var command = new Command("generate", "Continues a prompt, or with --chat answers it; with --width and --depth by Local Branch Routing.") { model, maxTokens, context, json, type, device };
        foreach (Option option in prompt.All.Concat(sampling.All).Concat(tree.All)) command.Options.Add(option);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(maxTokens) < 0) throw new UsageException($"--max-tokens is {parsed.GetValue(maxTokens)}; it is at least 0.");
            PromptSource source = prompt.Read(parsed);
            string folder = parsed.GetRequiredValue(model);
            LbrOptions? lbr = tree.Read(parsed, folder);
            GenerationRun run = GenerationRun.Load(folder, new TextGeneratorOptions
            {
                Device = parsed.GetValue(device),
                ElementType = ModelOptions.Parse(parsed.GetValue(type)),
                ContextLength = parsed.GetValue(context),
                Lbr = lbr,
            }, source, parsed.GetValue(maxTokens), screen, cancellation);
            using (run)
            {
                SamplingOptions options = sampling.Read(parsed, run.Generator.Defaults);
                bool asJson = parsed.GetValue(json);
                using TraceFile? trace = TraceFile.Create(tree.Trace(parsed), folder, lbr, options);
                TreePrinter? printer = tree.ShowsTree(parsed) && !asJson ? new TreePrinter(screen, run.Generator.Tokenizer) : null;
                await run.GenerateAsync(options, asJson, trace, printer, cancellation).ConfigureAwait(false);
                return cancellation.IsCancellationRequested ? Interrupted : 0;
            }
        });
        return command;
    }
}
