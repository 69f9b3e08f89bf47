using System.CommandLine;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Model;
using LbrCore.Training.Runs;

namespace LbrCore.Cli.Training;

/// <summary><c>lbr train</c>: supervised training and training by rewards from a configuration file.</summary>
internal static class TrainCommands
{
    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        var command = new Command("train", "Trains a model, and its router, from a configuration file. A run that was stopped goes on from its last checkpoint.");
        command.Subcommands.Add(Create(screen, "sft", "Trains on worked solutions.", path => RunConfigFile.LoadSupervised(path), config => config.Stages.Sum(stage => (long)stage.Steps), TrainingRun.Plan, TrainingRun.Supervised));
        command.Subcommands.Add(Create(screen, "grpo", "Trains by rewards: group-relative policy optimisation of model and router on trees.", path => RunConfigFile.LoadGrpo(path), config => config.Steps, TrainingRun.Plan, TrainingRun.Grpo));
        return command;
    }

    private static Command Create<TConfig>(
        Screen screen, string name, string description, Func<string, TConfig> load, Func<TConfig, long> steps, Func<TConfig, Device, MemoryPlan> plan, Action<TConfig, Device, RunProgress?, CancellationToken> run)
        where TConfig : RunConfig
    {
        var path = new Argument<string>("config") { Description = "JSON; members in snake_case, unknown ones are refused.", HelpName = "CONFIG.json" };
        Option<string?> output = new("--output", "-o") { Description = "Folder for log, checkpoints and model; instead of \"output\".", HelpName = "folder" };
        Option<string?> from = new("--from") { Description = "Folder of the model to start from; instead of \"from\".", HelpName = "folder" };
        Option<ulong?> seed = new("--seed") { Description = "Instead of \"seed\".", HelpName = "number" };
        Option<bool> planOnly = new("--plan") { Description = "Show the memory that the run will take, part by part, and end." };
        Option<string?> device = CommonOptions.Device();
        var command = new Command(name, description) { path, output, from, seed, planOnly, device };
        command.SetAction((parsed, cancellation) =>
        {
            TConfig config = load(parsed.GetRequiredValue(path));
            config.Output = parsed.GetValue(output) ?? config.Output;
            config.From = parsed.GetValue(from) ?? config.From;
            config.Seed = parsed.GetValue(seed) ?? config.Seed;
            // Mistakes show before a device is opened.
            config.Validate();
            return Task.FromResult(Run(config, parsed.GetValue(device)));

            int Run(TConfig config, string? device)
            {
                using Device opened = Device.Open(device);
                if (parsed.GetValue(planOnly))
                {
                    screen.Fields(Fields(plan(config, opened), opened));
                    return 0;
                }

                screen.Progress($"training on {opened.Info.Name}; log, checkpoints and model go to {config.Output}");
                long begun = TimeProvider.System.GetTimestamp();
                var view = new TrainingView(screen, $"lbr train {name}", steps(config), () => TimeProvider.System.GetElapsedTime(begun).TotalSeconds);
                try
                {
                    run(config, opened, view.Show, cancellation);
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
                {
                    screen.Progress($"stopped; the same command goes on from the last checkpoint in {config.Output}");
                    throw;
                }

                screen.Progress($"the model is in {Path.Combine(config.Output, "model")}, the plots are in {Path.Combine(config.Output, "report.html")}");
                return 0;
            }
        });
        return command;
    }

    private static List<(string Name, string Value)> Fields(MemoryPlan plan, Device device)
    {
        List<(string, string)> fields = [.. plan.Parts.GroupBy(part => part.Name).Select(part => (part.Key, Format.Bytes(part.Sum(one => one.Bytes))))];
        return [.. fields, ("in all", Format.Bytes(plan.TotalBytes)), ("free", $"{Format.Bytes(device.GetMemoryInfo().Free)} on {device.Info.Selection}, {device.Info.Name}")];
    }
}
