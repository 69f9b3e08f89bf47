using System.CommandLine;
using System.Text.Json;
using LbrCore.Cli.Data;
using LbrCore.Cli.Models;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Evaluation;
using LbrCore.Evaluation.Probes;
using LbrCore.Model;
using LbrCore.Tasks.Reachability;

namespace LbrCore.Cli.Eval;

/// <summary><c>lbr probe</c>: what states of a model know about a reachability problem.</summary>
internal static class ProbeCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Option<string> model = ModelOptions.Model();
        Option<string?> type = ModelOptions.Type(), device = CommonOptions.Device(), task = TaskOptions.Task();
        Option<string[]> settings = TaskOptions.Settings();
        Option<int> train = new("--train-problems") { Description = "Problems to fit probes with.", HelpName = "problems", DefaultValueFactory = _ => 4000 };
        Option<int> test = new("--problems", "-n") { Description = "Held-out problems to measure with.", HelpName = "problems", DefaultValueFactory = _ => 1000 };
        Option<ulong> seed = new("--seed") { Description = "Which problems.", HelpName = "number", DefaultValueFactory = _ => 0 };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("probe", "Fits linear probes to states of a model: whether a state tells the reachable target before and after a branching digit, and which node is being written.")
        {
            model, task, settings, train, test, seed, json, type, device,
        };
        command.SetAction((parsed, cancellation) =>
        {
            string folder = parsed.GetRequiredValue(model);
            if (TaskOptions.Resolve(parsed.GetValue(task), parsed.GetValue(settings) ?? [], folder, null) is not ReachabilityTask reachability)
                throw new UsageException("Probes are made for reachability; name it: --task reachability.");
            if (parsed.GetValue(train) < 1 || parsed.GetValue(test) < 1) throw new UsageException("--train-problems and --problems are at least 1.");
            using Device opened = Device.Open(parsed.GetValue(device));
            using Transformer transformer = Transformer.Load(folder, opened, ModelOptions.Parse(parsed.GetValue(type)), cancellation: cancellation);
            // Fails with a sentence where the model was not made for the task.
            _ = new Evaluator(transformer, reachability);
            var progress = new ProgressLine<string>(screen, text => text);
            ReachabilityProbes probes = ReachabilityProbes.Measure(transformer, reachability, parsed.GetValue(train), parsed.GetValue(test), parsed.GetValue(seed), progress);
            progress.Done($"probed in {Format.Milliseconds(progress.Elapsed.TotalMilliseconds)}");
            if (parsed.GetValue(json)) screen.Line(Json.OneLine(writer => Write(writer, probes)));
            else Show(screen, probes);
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Show(Screen screen, ReachabilityProbes probes)
    {
        TextTable table = new TextTable().Text("state").Number("prefers the target");
        table.Add("before a branching digit", probes.Before.ToString());
        table.Add("after a right digit", probes.AfterCorrect.ToString());
        table.Add("after a wrong digit", probes.AfterWrong.ToString());
        for (int digit = 0; digit < probes.Identity.Count; digit++) table.Add($"node being written, after digit {digit + 1}", Format.Fixed(probes.Identity[digit], 3));
        screen.Line($"{probes.BranchingPoints} branching points");
        screen.Table(table);
    }

    private static void Write(Utf8JsonWriter writer, ReachabilityProbes probes)
    {
        writer.WriteStartObject();
        writer.WriteNumber("branching_points", probes.BranchingPoints);
        foreach ((string name, Interval interval) in new[] { ("before", probes.Before), ("after_correct", probes.AfterCorrect), ("after_wrong", probes.AfterWrong) })
        {
            writer.WriteStartArray(name);
            writer.WriteNumberValue(interval.Estimate);
            writer.WriteNumberValue(interval.Low);
            writer.WriteNumberValue(interval.High);
            writer.WriteEndArray();
        }

        writer.WriteStartArray("identity");
        foreach (double accuracy in probes.Identity) writer.WriteNumberValue(accuracy);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
