using System.CommandLine;
using System.Globalization;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Model;
using LbrCore.Trees;

namespace LbrCore.Cli.Models;

/// <summary><c>lbr replay</c>: recomputes every log-probability of a trace without trees.</summary>
internal static class ReplayCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Argument<string> file = new("file") { Description = "A trace of 'lbr generate --trace'." };
        Option<string?> model = new("--model", "-m") { Description = "The model's folder; without it the one that the trace names.", HelpName = "folder" };
        Option<string?> router = new("--router") { Description = "The router's folder or name; without it the one that the trace names.", HelpName = "folder|name" };
        Option<double?> tolerance = new("--tolerance") { Description = "Fails where a difference is larger.", HelpName = "number" };
        Option<string?> type = ModelOptions.Type(), device = CommonOptions.Device();
        var command = new Command("replay", "Recomputes every log-probability of a trace by separate causal forwards and prints the largest differences.") { file, model, router, tolerance, type, device };
        command.SetAction((parsed, cancellation) =>
        {
            Trace trace = TraceReader.Read(parsed.GetRequiredValue(file));
            string folder = parsed.GetValue(model) ?? trace.Header.Model;
            Routing.Router chosen = TreeCommandOptions.ReadRouter(parsed.GetValue(router) ?? trace.Header.Router, folder);
            using Device opened = Device.Open(parsed.GetValue(device));
            TensorDtype elementType = ModelOptions.Parse(parsed.GetValue(type) ?? trace.Header.ElementType)!.Value;
            var loading = new ProgressLine<LoadProgress>(screen, at => $"loading {Format.Bytes(at.LoadedBytes)} of {Format.Bytes(at.TotalBytes)}");
            using Transformer transformer = Transformer.Load(folder, opened, elementType, loading, cancellation);
            loading.Done($"loaded in {Format.Milliseconds(loading.Elapsed.TotalMilliseconds)} on {opened.SelectionReason}");
            var replaying = new ProgressLine<int>(screen, step => $"replayed {step} of {trace.Steps.Count} steps");
            ReplayReport report = TraceReplay.Run(transformer, trace, chosen, replaying, cancellation);
            replaying.Done($"replayed in {Format.Milliseconds(replaying.Elapsed.TotalMilliseconds)}");
            screen.Fields(
            [
                ("steps", report.Steps.ToString(CultureInfo.InvariantCulture)),
                ("nodes", report.Nodes.ToString(CultureInfo.InvariantCulture)),
                ("node log-probabilities", Text(report.Node, "node")),
                .. report.Draw is null ? Array.Empty<(string, string)>() : [("ordered draws", Text(report.Draw, "node"))],
                ("router log-probabilities", Text(report.Route, "slot")),
            ]);
            bool good = parsed.GetValue(tolerance) is not { } bound || report.Largest <= bound;
            screen.Verdict(good, $"largest difference {Number(report.Largest)}");
            return Task.FromResult(good ? 0 : 1);
        });
        return command;
    }

    private static string Text(ReplayDifference? difference, string what) => difference is null
        ? "none"
        : $"largest difference {Number(difference.Size)} (step {difference.Step}, {what} {difference.Index}: recorded {Number(difference.Recorded)}, recomputed {Number(difference.Recomputed)})";

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
