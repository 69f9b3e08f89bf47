using System.CommandLine;
using LbrCore.Cli.Terminal;
using LbrCore.Reporting;

namespace LbrCore.Cli.Eval;

/// <summary><c>lbr plot</c>: the logs of runs as plots, several runs in one.</summary>
internal static class PlotCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Argument<string[]> logs = new("logs") { Description = "Logs of runs, JSON lines; runs are called as their files or, where those have one name, as their folders.", Arity = ArgumentArity.OneOrMore };
        Option<string[]> metrics = new("--metric", "-m") { Description = "Names of numbers to plot; without it all of them.", HelpName = "name", AllowMultipleArgumentsPerToken = true };
        Option<string?> html = new("--html") { Description = "Gets a page with all plots; without it they are drawn here.", HelpName = "file" };
        var command = new Command("plot", "Draws the numbers in logs of runs, those of several runs together.") { logs, metrics, html };
        command.SetAction(parsed =>
        {
            string[] paths = parsed.GetRequiredValue(logs), wanted = parsed.GetValue(metrics) ?? [];
            bool oneName = paths.Select(Path.GetFileName).Distinct().Count() < paths.Length;
            (string, IReadOnlyList<MetricRecord>)[] runs = [.. paths.Select(path => (Name(path, oneName), MetricLog.Read(path)))];
            IReadOnlyList<LinePlot> plots = MetricReport.Compare(runs, wanted);
            if (plots.Count == 0) throw new UsageException(wanted.Length == 0 ? "The logs have no numbers." : $"The logs have no number called {string.Join(" or ", wanted)}; they have {string.Join(", ", Names(runs))}.");
            if (parsed.GetValue(html) is { } path) new HtmlReport("Runs").Plots(plots).Save(path);
            else foreach (LinePlot plot in plots) screen.Line(TerminalPlot.Render(plot));
            return 0;
        });
        return command;
    }

    private static string Name(string path, bool byFolder) =>
        byFolder ? Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))) ?? path : Path.GetFileNameWithoutExtension(path);

    private static IEnumerable<string> Names(IEnumerable<(string, IReadOnlyList<MetricRecord> Records)> runs) =>
        runs.SelectMany(run => run.Records).SelectMany(record => record.Values).Select(value => value.Name).Distinct();
}
