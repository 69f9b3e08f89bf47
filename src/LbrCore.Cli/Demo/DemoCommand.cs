using System.CommandLine;
using LbrCore.Cli.Eval;
using LbrCore.Cli.Models;
using LbrCore.Cli.Terminal;
using LbrCore.Decoding;
using LbrCore.Formats.Configuration;
using LbrCore.Tasks;

namespace LbrCore.Cli.Demo;

/// <summary><c>lbr demo</c>: the trained weights of this repository solve problems that they have not seen.</summary>
internal static class DemoCommand
{
    private const string WeightsFolder = "weights";

    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Option<string?> weights = new("--weights", "-w") { Description = "A folder with a model, its task and its router; without it the weights of the repository, which the installed tool brings.", HelpName = "folder" };
        Option<string?> device = CommonOptions.Device();
        Option<double> seconds = new("--seconds") { Description = "How long problems are solved; the rest is loading.", HelpName = "seconds", DefaultValueFactory = _ => 10 };
        Option<int> problems = new("--problems", "-n") { Description = "Most problems.", HelpName = "problems", DefaultValueFactory = _ => 500 };
        Option<double> temperature = new("--temperature") { Description = "Divides the logits, for both ways of decoding.", HelpName = "number", DefaultValueFactory = _ => 1 };
        Option<ulong> seed = new("--seed") { Description = "Which problems, and how they are answered.", HelpName = "number", DefaultValueFactory = _ => 1 };
        var tree = new TreeGridOptions();
        var command = new Command("demo", "Solves unseen problems with the trained weights, by Local Branch Routing beside discrete decoding, and draws a tree.") { weights, device, seconds, problems, temperature, seed };
        foreach (Option option in tree.All) command.Options.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            string folder = parsed.GetValue(weights) ?? FindWeights();
            ReasoningTask task = TaskCatalog.Load(folder, TaskLanguage.Load(folder)) ?? throw new UsageException($"{folder} has no {TaskCatalog.FileName}, which says what its model solves.");
            IReadOnlyList<LbrOptions> trees = tree.Read(parsed, folder);
            if (trees.Count != 1) throw new UsageException("The demonstration shows one tree; 'lbr eval' compares several.");
            if (parsed.GetValue(problems) < 1) throw new UsageException($"--problems is {parsed.GetValue(problems)}; it must be at least 1.");
            var sampling = new SamplingOptions { Temperature = parsed.GetValue(temperature), Seed = parsed.GetValue(seed) };
            sampling.Validate();
            var limit = TimeSpan.FromSeconds(Math.Clamp(parsed.GetValue(seconds), 0, 3600));
            using var run = DemoRun.Load(folder, task, parsed.GetValue(device), screen, cancellation);
            run.Draw(trees[0], sampling, cancellation);
            run.Count(trees[0], sampling, parsed.GetValue(problems), limit, cancellation);
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>The weights that the installed tool brings, else those beside where lbr is run, or above where it lies.</summary>
    private static string FindWeights()
    {
        // First: a folder of that name where a tool is run may be anybody's.
        if (HasModel(new(AppContext.BaseDirectory))) return Path.Combine(AppContext.BaseDirectory, WeightsFolder);
        for (DirectoryInfo? at = new(Environment.CurrentDirectory); at is not null; at = at.Parent)
            if (HasModel(at)) return Path.Combine(at.FullName, WeightsFolder);
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (HasModel(at)) return Path.Combine(at.FullName, WeightsFolder);
        throw new UsageException($"There is no folder '{WeightsFolder}' with a model here or above; run in the repository, install the tool LbrCore.Cli, which brings it, or name another: --weights FOLDER.");

        static bool HasModel(DirectoryInfo folder) => File.Exists(Path.Combine(folder.FullName, WeightsFolder, ModelConfig.FileName));
    }
}
