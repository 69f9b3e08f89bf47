namespace LbrCore.Reporting;

/// <summary>Turns a log into plots: one for each name, or for each part of a name before a slash.</summary>
public static class MetricReport
{
    // What a run says once, in the end: nothing to plot over steps.
    private static readonly string[] s_summaries = ["memory", "time"];

    /// <summary>The plots of a log in the order in which names first occur. The clock is not plotted.</summary>
    /// <param name="records">The log.</param>
    /// <param name="kinds">Kinds to plot; none for all but summaries of memory and time.</param>
    public static IReadOnlyList<LinePlot> Plots(IEnumerable<MetricRecord> records, params ReadOnlySpan<string> kinds)
    {
        ArgumentNullException.ThrowIfNull(records);
        string[] wanted = [.. kinds];
        var plots = new List<LinePlot>();
        var lines = new Dictionary<(string Plot, string Line), List<(double, double)>>();
        var order = new List<(string Plot, string Line)>();
        foreach (MetricRecord record in records)
        {
            if (wanted.Length > 0 ? !wanted.Contains(record.Kind) : s_summaries.Contains(record.Kind)) continue;
            foreach ((string name, double value) in record.Values)
            {
                if (name == "time") continue;
                int slash = name.IndexOf('/', StringComparison.Ordinal);
                (string Plot, string Line) key = slash < 0 ? (name, name) : (name[..slash], name[(slash + 1)..]);
                if (!lines.TryGetValue(key, out List<(double, double)>? points))
                {
                    lines.Add(key, points = []);
                    order.Add(key);
                }

                points.Add((record.Step, value));
            }
        }

        foreach (IGrouping<string, (string Plot, string Line)> group in order.GroupBy(key => key.Plot))
        {
            var plot = new LinePlot(Words(group.Key)) { XLabel = "step" };
            foreach ((string Plot, string Line) key in group) plot.Add(Words(key.Line), lines[key]);
            plots.Add(plot);
        }

        return plots;
    }

    /// <summary>A plot for each name, with a line for each run that has it.</summary>
    /// <param name="runs">Names of runs with their logs.</param>
    /// <param name="names">Names of the numbers; none for all. The clock is not plotted.</param>
    public static IReadOnlyList<LinePlot> Compare(IReadOnlyList<(string Name, IReadOnlyList<MetricRecord> Records)> runs, IReadOnlyCollection<string> names)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentNullException.ThrowIfNull(names);
        var plots = new List<LinePlot>();
        foreach (string name in runs.SelectMany(run => run.Records).Where(record => !s_summaries.Contains(record.Kind)).SelectMany(record => record.Values).Select(value => value.Name).Distinct())
        {
            if (name == "time" || (names.Count > 0 && !names.Contains(name))) continue;
            var plot = new LinePlot(Words(name)) { XLabel = "step" };
            foreach ((string run, IReadOnlyList<MetricRecord> records) in runs)
            {
                (double, double)[] points = [.. records.Where(record => record[name] is not null).Select(record => ((double)record.Step, record[name]!.Value))];
                if (points.Length > 0) plot.Add(run, points);
            }

            plots.Add(plot);
        }

        return plots;
    }

    /// <summary>A page of all plots with the last value of everything.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="records">The log.</param>
    /// <param name="configuration">The configuration as text; null for none.</param>
    public static HtmlReport Page(string title, IReadOnlyList<MetricRecord> records, string? configuration = null)
    {
        ArgumentNullException.ThrowIfNull(records);
        IReadOnlyList<LinePlot> plots = Plots(records);
        HtmlReport page = new HtmlReport(title).Plots(plots).Heading("Last values");
        page.Table(["", "last", "least", "greatest"], plots.SelectMany(plot => plot.Lines.Select(line => Row(plot, line))));
        foreach (string kind in s_summaries)
        {
            if (records.LastOrDefault(record => record.Kind == kind) is not { } summary) continue;
            page.Heading(char.ToUpperInvariant(kind[0]) + kind[1..]).Table(["", ""], summary.Values.Where(value => value.Name != "time").Select(value => (string[])[Words(value.Name), PlotAxis.Text(value.Value)]));
        }

        if (configuration is not null) page.Heading("Configuration").Preformatted(configuration);
        return page;
    }

    private static string[] Row(LinePlot plot, LinePlot.Series line)
    {
        double[] values = [.. line.Points.Select(point => point.Y).Where(double.IsFinite)];
        string name = plot.Title == line.Name ? line.Name : $"{plot.Title}: {line.Name}";
        return values.Length == 0 ? [name, "", "", ""] : [name, PlotAxis.Text(values[^1]), PlotAxis.Text(values.Min()), PlotAxis.Text(values.Max())];
    }

    private static string Words(string name) => name.Replace('_', ' ');
}
