using System.CommandLine;
using System.Globalization;
using LbrCore.Cli.Models;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Tuning;

namespace LbrCore.Cli.Tune;

/// <summary><c>lbr tune</c>: times trees of several widths and depths on this machine, has them answer problems, and keeps the best one that costs no more than asked for.</summary>
internal static class TuneCommand
{
    private const int LongestText = 1 << 16;

    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Option<string> model = ModelOptions.Model();
        Option<string?> type = ModelOptions.Type(), device = CommonOptions.Device();
        Option<string?> prompts = new("--prompts") { Description = "A file of text, one prompt a line, that contexts are filled with; without it any tokens.", HelpName = "file" };
        Option<double> budget = new("--budget") { Description = "Slow-down of a step against plain decoding that is accepted.", HelpName = "factor", DefaultValueFactory = _ => 1.1 };
        Option<string?> widths = Sizes("--widths", "Widths to try; without it 2,3,4,6."), depths = Sizes("--depths", "Depths to try; without it 1,2,3 on a GPU and 1,2 on a CPU.");
        Option<string?> batches = Sizes("--batches", "Numbers of texts at the same time; without it 1."), contexts = Sizes("--contexts", "Tokens before; without it 512,4096 on a GPU and 128 on a CPU.");
        Option<int> steps = new("--steps") { Description = "Steps whose median is taken.", HelpName = "steps", DefaultValueFactory = _ => 24 };
        Option<string?> router = new("--router") { Description = "What chooses among the candidates, as for generate; its cost is measured with the rest.", HelpName = "folder|name" };
        Option<string?> adaptive = new("--adaptive") { Description = "Thresholds of the adaptive tree to try as well, in nats.", HelpName = "n,n,..." };
        var task = new TuneTaskOptions();
        Option<string?> output = new("--out", "-o") { Description = $"Gets the profile that 'lbr generate --tree auto' reads; without it {TreeProfile.FileName} in the model's folder.", HelpName = "file" };
        Option<string?> html = new("--html") { Description = "Gets a page with table and plots.", HelpName = "file" };
        var command = new Command("tune", "Measures what trees cost on this machine, and with --task how well they answer, and recommends the best within a budget.")
        {
            model, prompts, budget, widths, depths, adaptive, batches, contexts, steps, router, output, html, type, device,
        };
        foreach (Option option in task.All) command.Options.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            string folder = parsed.GetRequiredValue(model);
            IReadOnlyList<int>? text = parsed.GetValue(prompts) is { } file ? ReadText(file, folder) : null;
            using Device opened = Device.Open(parsed.GetValue(device));
            bool large = opened.Info.Kind == DeviceKind.Cuda;
            Routing.Router chosen = TreeCommandOptions.ReadRouter(parsed.GetValue(router), folder);
            // What is asked for is measured or refused; of the usual depths those that the router knows.
            int deepest = chosen is SetAttentionRouter learned ? learned.Config.MaxDepth : int.MaxValue;
            int[] usual = [.. (large ? [1, 2, 3] : new[] { 1, 2 }).Where(depth => depth <= deepest)];
            TuningTask? questions = task.Read(parsed, folder, large);
            var tuner = new TreeTuner
            {
                Widths = Parse(parsed, widths) ?? [2, 3, 4, 6],
                Depths = Parse(parsed, depths) ?? usual,
                AdaptiveEntropies = Entropies(parsed.GetValue(adaptive)),
                Batches = Parse(parsed, batches) ?? [1],
                Contexts = Parse(parsed, contexts) ?? (large ? [512, 4096] : [128]),
                Steps = parsed.GetValue(steps),
                Router = chosen,
                Text = text ?? (Edition.HasTraining ? questions?.Text() : null),
            };
            using Transformer loaded = Transformer.Load(folder, opened, ModelOptions.Parse(parsed.GetValue(type)), null, cancellation);
            int total = (tuner.Batches.Count * tuner.Contexts.Count * (1 + tuner.Trees().Count)) + (questions is null ? 0 : 1 + tuner.Trees().Count), done = 0;
            var progress = new ProgressLine<int>(screen, count => $"Measured {count} of {total} ...");
            TreeProfile profile = tuner.Run(loaded, parsed.GetValue(budget), new Callback<TreeMeasurement>(_ => progress.Report(++done)), cancellation);
            if (Edition.HasTraining && questions is not null) profile = questions.Complete(profile, loaded, tuner.Trees(), new Callback<TreeAccuracy>(_ => progress.Report(++done)), cancellation);
            progress.Done($"Measured {total} in {progress.Elapsed.TotalSeconds:0.0} s.");
            string path = parsed.GetValue(output) ?? Path.Combine(folder, TreeProfile.FileName);
            var report = new TuneReport(profile);
            report.Write(screen);
            profile.Save(path);
            if (parsed.GetValue(html) is { } page) report.Page().Save(page);
            screen.Line($"Saved to {path}; 'lbr generate --tree auto' goes by it.");
            return Task.FromResult(0);
        });
        return command;
    }

    private static double[] Entropies(string? list)
    {
        string[] parts = (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return [.. parts.Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && double.IsFinite(value)
            ? value : throw new UsageException($"'{part}' is no entropy; --adaptive takes numbers above 0, separated by commas."))];
    }

    private static Option<string?> Sizes(string name, string description) => new(name) { Description = description, HelpName = "n,n,..." };

    private static int[]? Parse(ParseResult parsed, Option<string?> option)
    {
        if (parsed.GetValue(option) is not { } list) return null;
        string[] parts = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var sizes = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out sizes[i]) || sizes[i] < 1)
                throw new UsageException($"'{parts[i]}' is no size; {option.Name} takes numbers from 1, separated by commas.");
        }

        return sizes.Length > 0 ? sizes : throw new UsageException($"{option.Name} is empty; give numbers separated by commas.");
    }

    private static IReadOnlyList<int> ReadText(string file, string folder)
    {
        PromptEncoder encoder = PromptEncoder.Load(folder) ?? throw new UsageException($"{folder} has no tokenizer.json, so --prompts cannot be read; leave it out.");
        int[] tokens = [.. File.ReadLines(file).Where(line => line.Length > 0).SelectMany(encoder.Encode).Take(LongestText)];
        return tokens.Length > 0 ? tokens : throw new UsageException($"{file} holds no text.");
    }

    // Called at once, on the thread that measures.
    private sealed class Callback<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
