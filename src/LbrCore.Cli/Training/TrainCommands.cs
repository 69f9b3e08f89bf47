using System.CommandLine;
using System.Globalization;
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
        command.Subcommands.Add(Create(screen, "sft", "Trains on worked solutions.", path => RunConfigFile.LoadSupervised(path), TrainingRun.Plan, TrainingRun.Supervised));
        command.Subcommands.Add(Create(screen, "grpo", "Trains by rewards: group-relative policy optimisation of model and router on trees.", path => RunConfigFile.LoadGrpo(path), TrainingRun.Plan, TrainingRun.Grpo));
        return command;
    }

    private static Command Create<TConfig>(
        Screen screen, string name, string description, Func<string, TConfig> load, Func<TConfig, Device, MemoryPlan> plan, Action<TConfig, Device, RunProgress?, CancellationToken> run)
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
            using Device opened = Device.Open(parsed.GetValue(device));
            if (parsed.GetValue(planOnly))
            {
                screen.Fields(Fields(plan(config, opened), opened));
                return Task.FromResult(0);
            }

            screen.Progress($"training on {opened.Info.Name}; log, checkpoints and model go to {config.Output}");
            run(config, opened, (kind, step, values) => screen.Line(Describe(kind, step, values)), cancellation);
            screen.Progress($"the model is in {Path.Combine(config.Output, "model")}, the plots are in {Path.Combine(config.Output, "report.html")}");
            return Task.FromResult(0);
        });
        return command;
    }

    private static List<(string Name, string Value)> Fields(MemoryPlan plan, Device device)
    {
        List<(string, string)> fields = [.. plan.Parts.GroupBy(part => part.Name).Select(part => (part.Key, Format.Bytes(part.Sum(one => one.Bytes))))];
        return [.. fields, ("in all", Format.Bytes(plan.TotalBytes)), ("free", $"{Format.Bytes(device.GetMemoryInfo().Free)} on {device.Info.Selection}, {device.Info.Name}")];
    }

    // One line a logged step: a terminal shows the last ones, a file keeps all.
    private static string Describe(string kind, long step, IReadOnlyList<(string Name, double Value)> values)
    {
        if (kind == "memory" && step > 0) return DescribeMemory(values);
        if (kind == "time") return DescribeTime(values);
        return string.Create(
            CultureInfo.InvariantCulture, $"{kind} {step}: {string.Join(", ", values.Select(value => string.Create(CultureInfo.InvariantCulture, $"{value.Name} {value.Value:g4}")))}");
    }

    private static string DescribeMemory(IReadOnlyList<(string Name, double Value)> values)
    {
        string line = $"memory: planned {Mebibytes("planned_mib")}, peak {Mebibytes("peak_mib")} ({Format.Fixed(100 * (Of("peak_share") - 1), 1)}% off the plan)";
        return values.Any(value => value.Name == "reserved_mib") ? $"{line}; the driver held {Mebibytes("reserved_mib")} for it, and {Mebibytes("device_used_mib")} of the GPU are taken with context and kernels" : line;

        string Mebibytes(string name) => string.Create(CultureInfo.InvariantCulture, $"{Of(name):#,0.#} MiB");

        double Of(string name) => Value(values, name);
    }

    private static string DescribeTime(IReadOnlyList<(string Name, double Value)> values)
    {
        const string Share = "share/";
        IEnumerable<string> shares = values.Where(value => value.Name.StartsWith(Share, StringComparison.Ordinal)).Select(value => $"{value.Name[Share.Length..].Replace('_', ' ')} {Format.Fixed(100 * value.Value, 1)}%");
        return $"time: {Format.Fixed(Value(values, "seconds"), 1)} s in {Value(values, "steps"):0} steps, {Value(values, "tokens_per_second"):0} tokens/s of answers (rollouts alone {Value(values, "rollout_tokens_per_second"):0}, "
            + $"{Value(values, "rollout_rows_per_second"):0} rows/s), {Value(values, "trained_rows_per_second"):0} trained rows/s of updates; {string.Join(", ", shares)}";
    }

    private static double Value(IReadOnlyList<(string Name, double Value)> values, string name) => values.First(value => value.Name == name).Value;
}
