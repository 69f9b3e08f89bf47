using System.CommandLine;
using System.IO.Enumeration;
using LbrCore.Checks;
using LbrCore.Cli.Kernels;
using LbrCore.Cli.Models;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Model;

namespace LbrCore.Cli.Check;

/// <summary><c>lbr check</c>: what must hold for Local Branch Routing, measured on the device at hand.</summary>
internal static class CheckCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Option<string?> type = ModelOptions.Type(), device = CommonOptions.Device(), filter = CommonOptions.Filter();
        Option<bool> json = CommonOptions.Json(), list = new("--list") { Description = "Lists the checks and what they say." };
        var command = new Command(
            "check", "Proves on this device what must hold for trees: likelihoods that sum to one, kept marginals, reuse after shifts, stops and budget, batches, replays, one graph launch a token.")
        {
            device, type, filter, json, list,
        };
        command.SetAction((parsed, cancellation) =>
        {
            Checks.Check[] checks = Select(parsed.GetValue(filter));
            if (parsed.GetValue(list))
            {
                screen.Fields([.. checks.Select(check => (check.Name, check.Statement))]);
                return Task.FromResult(0);
            }

            using Device opened = Device.Open(parsed.GetValue(device));
            TensorDtype elementType = ModelOptions.Parse(parsed.GetValue(type)) ?? ElementTypes.DefaultFor(opened);
            bool asJson = parsed.GetValue(json);
            if (!asJson) screen.Line($"{opened.SelectionReason}; {elementType}");
            IReadOnlyList<CheckResult> results = Checks.Check.Run(opened, elementType, checks, new Callback(result => screen.Progress($"{result.Name} {Format.Milliseconds(result.Elapsed.TotalMilliseconds)}")), cancellation);
            if (asJson) screen.Line(CheckReport.Json(opened.Info, elementType, results));
            else CheckReport.Write(results, screen);
            return Task.FromResult(results.All(result => result.Passed) ? 0 : 1);
        });
        return command;
    }

    private static Checks.Check[] Select(string? filter)
    {
        if (string.IsNullOrWhiteSpace(filter)) return [.. Checks.Check.All];
        string[] parts = KernelNames.Parts(filter);
        Checks.Check[] checks = [.. Checks.Check.All.Where(check => parts.Any(part => FileSystemName.MatchesSimpleExpression(part.Contains('*') ? part : $"*{part}*", check.Name)))];
        return checks.Length > 0 ? checks : throw new UsageException($"The filter '{filter}' matches no check; there are {string.Join(", ", Checks.Check.All.Select(check => check.Name))}.");
    }

    // Called at once, on the thread that checks.
    private sealed class Callback(Action<CheckResult> report) : IProgress<CheckResult>
    {
        public void Report(CheckResult value) => report(value);
    }
}
