using System.CommandLine;
using System.Globalization;
using LbrCore.Cli.Data;
using LbrCore.Cli.Models;
using LbrCore.Cli.Terminal;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Tasks;

namespace LbrCore.Cli.Eval;

/// <summary><c>lbr eval</c>: how many problems a model solves with a tree and without.</summary>
internal static class EvalCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Option<string> model = ModelOptions.Model();
        Option<string?> task = TaskOptions.Task(), type = ModelOptions.Type(), device = CommonOptions.Device();
        Option<string[]> settings = TaskOptions.Settings();
        Option<int> problems = new("--problems", "-n") { Description = "Problems.", HelpName = "problems", DefaultValueFactory = _ => 200 };
        Option<int> samples = new("--samples", "-s") { Description = "Answers to each problem; Pass@k needs several.", HelpName = "answers", DefaultValueFactory = _ => 1 };
        Option<int?> votes = new("--votes") { Description = "Samples for majority and best by log-probability; without it as many as a token of the largest tree takes rows, which cost the same.", HelpName = "answers" };
        Option<string> temperatures = new("--temperature") { Description = "Temperatures, separated by commas; 0 is greedy.", HelpName = "numbers", DefaultValueFactory = _ => "1" };
        Option<double> topP = new("--top-p") { Description = "Keeps the most probable tokens that together reach this probability.", HelpName = "probability", DefaultValueFactory = _ => 1 };
        Option<bool> argmax = new("--argmax") { Description = "Also measures greedy decoding, and the trees with the best branch always taken." };
        Option<bool> train = new("--train") { Description = "Problems that the model may have been trained on, instead of held-out ones." };
        Option<int> batch = new("--batch", "-b") { Description = "Answers at the same time.", HelpName = "answers", DefaultValueFactory = _ => 32 };
        Option<int?> maxTokens = new("--max-tokens") { Description = "Most tokens of an answer in words.", HelpName = "tokens" };
        Option<ulong> seed = new("--seed") { Description = "The same seed gives the same problems and answers.", HelpName = "number", DefaultValueFactory = _ => 0 };
        Option<string?> json = new("--json") { Description = "Gets all figures.", HelpName = "file" }, html = new("--html") { Description = "Gets a page with tables and plots.", HelpName = "file" };
        Option<string[]> thinking = new("--thinking") { Description = "Also measures decoding with mixed embeddings: soft, soft-noise or multiplex; several may be named.", HelpName = "method", AllowMultipleArgumentsPerToken = true };
        var tree = new TreeGridOptions();
        var command = new Command("eval", "Measures a model on problems with a verifier: discrete decoding beside Local Branch Routing, on the same problems, with paired intervals.")
        {
            model, task, settings, problems, samples, votes, temperatures, topP, argmax, thinking, train, batch, maxTokens, seed, json, html, type, device,
        };
        foreach (Option option in tree.All) command.Options.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            string folder = parsed.GetRequiredValue(model);
            ReasoningTask resolved = TaskOptions.Resolve(parsed.GetValue(task), parsed.GetValue(settings) ?? [], folder, parsed.GetValue(maxTokens));
            var request = new EvalRequest
            {
                Folder = folder,
                Device = parsed.GetValue(device),
                ElementType = ModelOptions.Parse(parsed.GetValue(type)),
                Task = resolved,
                Split = parsed.GetValue(train) ? ProblemSplit.Train : ProblemSplit.HeldOut,
                Problems = parsed.GetValue(problems),
                Samples = parsed.GetValue(samples),
                Votes = parsed.GetValue(votes),
                Samplings = [.. Temperatures(parsed.GetRequiredValue(temperatures)).Select(value => new SamplingOptions { Temperature = value, TopP = value == 0 ? 1 : parsed.GetValue(topP), Seed = parsed.GetValue(seed) })],
                Trees = tree.Read(parsed, folder),
                Thinking = [.. (parsed.GetValue(thinking) ?? []).Select(name => Thinking(name, resolved))],
                Argmax = parsed.GetValue(argmax),
                Batch = parsed.GetValue(batch),
                Seed = parsed.GetValue(seed),
                JsonPath = parsed.GetValue(json),
                HtmlPath = parsed.GetValue(html),
            };
            new EvalRun(request, screen).Execute(cancellation);
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>What a name stands for, with no more slots than the task has tokens.</summary>
    private static ThinkingOptions Thinking(string name, ReasoningTask task)
    {
        int end = task.EndOfThinking;
        ThinkingOptions published = name switch
        {
            "soft" => ThinkingOptions.SoftThinking(end),
            "soft-noise" => ThinkingOptions.SoftThinking(end, gumbel: true),
            "multiplex" => ThinkingOptions.MultiplexThinking(end),
            _ => throw new UsageException($"'{name}' is not known to --thinking; it takes soft, soft-noise or multiplex."),
        };
        return published with { Slots = Math.Min(published.Slots, task.Vocabulary.VocabularySize) };
    }

    private static IEnumerable<double> Temperatures(string list)
    {
        foreach (string part in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            yield return double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw new UsageException($"'{part}' is no temperature; --temperature takes numbers separated by commas.");
    }
}

/// <summary>What is measured.</summary>
internal sealed record EvalRequest
{
    /// <summary>The model's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The device as it was asked for.</summary>
    public string? Device { get; init; }

    /// <summary>The element type, or null for the usual one.</summary>
    public TensorDtype? ElementType { get; init; }

    /// <summary>Where problems are from.</summary>
    public required ReasoningTask Task { get; init; }

    /// <summary>Which of them.</summary>
    public ProblemSplit Split { get; init; } = ProblemSplit.HeldOut;

    /// <summary>How many; a finite set may have fewer.</summary>
    public int Problems { get; init; }

    /// <summary>Answers to each.</summary>
    public int Samples { get; init; }

    /// <summary>Samples for majority and best, or null for as many as the trees take rows.</summary>
    public int? Votes { get; init; }

    /// <summary>How tokens are drawn, one after another.</summary>
    public required IReadOnlyList<SamplingOptions> Samplings { get; init; }

    /// <summary>Trees with their routers.</summary>
    public required IReadOnlyList<LbrOptions> Trees { get; init; }

    /// <summary>Ways to mix embeddings.</summary>
    public IReadOnlyList<ThinkingOptions> Thinking { get; init; } = [];

    /// <summary>Whether greedy decoding and best branches are measured as well.</summary>
    public bool Argmax { get; init; }

    /// <summary>Answers at the same time.</summary>
    public int Batch { get; init; }

    /// <summary>Seed of problems, answers and intervals.</summary>
    public ulong Seed { get; init; }

    /// <summary>Where figures go, or null.</summary>
    public string? JsonPath { get; init; }

    /// <summary>Where the page goes, or null.</summary>
    public string? HtmlPath { get; init; }
}
