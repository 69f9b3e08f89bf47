using System.Globalization;
using LbrCore.Cli.Terminal;
using LbrCore.Reporting;
using LbrCore.Tuning;

namespace LbrCore.Cli.Tune;

/// <summary>Measurements of trees as a table, a plot and a page.</summary>
internal sealed class TuneReport(TreeProfile profile)
{
    private static readonly string[] s_columns = ["batch", "context", "K", "L", "nodes", "rows", "step", "slow-down", "memory", ""];

    /// <summary>Table, plot and recommendation.</summary>
    public void Write(Screen screen)
    {
        TextTable table = new TextTable();
        foreach (string column in s_columns) _ = column.Length == 0 ? table.Text(column) : table.Number(column);
        foreach (TreeMeasurement measurement in profile.Measurements) table.Add(!measurement.Fits, Cells(measurement));
        screen.Line($"{profile.Device}, {profile.ElementType}");
        screen.Table(table);
        screen.Line(TerminalPlot.Render(Plot()));
        foreach (string sentence in Recommendations()) screen.Line(sentence);
    }

    /// <summary>The same as a page.</summary>
    public HtmlReport Page()
    {
        HtmlReport page = new HtmlReport("What trees cost").Paragraph($"{profile.Device}, {profile.ElementType}. Step: median time from token to token. Slow-down: against plain decoding under the same load.");
        foreach (string sentence in Recommendations()) page.Paragraph(sentence);
        return page.Plots([Plot()]).Table(s_columns, profile.Measurements.Select(Cells));
    }

    private IEnumerable<string> Recommendations()
    {
        foreach (var load in profile.Measurements.Select(m => (m.Batch, m.Context)).Distinct())
        {
            (int width, int depth) = profile.Recommend(load.Batch, load.Context);
            string tree = width == 1 ? "plain decoding: no tree stays" : $"--width {width} --depth {depth}: the widest tree";
            yield return string.Create(CultureInfo.InvariantCulture, $"Batch {load.Batch}, context {load.Context}: {tree} within {profile.Budget:0.##}x.");
        }
    }

    private string[] Cells(TreeMeasurement m)
    {
        bool chosen = m.Width > 1 && profile.Recommend(m.Batch, m.Context) == (m.Width, m.Depth);
        return
        [
            Format.Whole(m.Batch), Format.Whole(m.Context), Format.Whole(m.Width), Format.Whole(m.Depth), Format.Whole(m.Nodes), Format.Whole(m.Rows),
            m.Fits ? Format.Milliseconds(m.Milliseconds) : "does not fit", m.Fits ? Format.Fixed(m.SlowDown, 2) : "", Format.Bytes(m.Bytes), chosen ? "<- widest within the budget" : "",
        ];
    }

    private LinePlot Plot()
    {
        var plot = new LinePlot("Slow-down against plain decoding") { XLabel = "rows of a step (K^L)", YLabel = "slow-down" };
        foreach (var line in profile.Measurements.Where(m => m.Fits).GroupBy(m => (m.Batch, m.Context)))
            plot.Add($"batch {line.Key.Batch}, context {line.Key.Context}", line.OrderBy(m => m.Rows).Select(m => ((double)m.Rows, m.SlowDown)));
        double most = plot.Lines.SelectMany(line => line.Points).Max(point => point.X);
        return plot.Add("budget", [(1, profile.Budget), (most, profile.Budget)]);
    }
}
