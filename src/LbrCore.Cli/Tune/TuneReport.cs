using System.Globalization;
using LbrCore.Cli.Terminal;
using LbrCore.Reporting;
using LbrCore.Tuning;

namespace LbrCore.Cli.Tune;

/// <summary>Measurements of trees as a table, plots and a page.</summary>
internal sealed class TuneReport
{
    private readonly TreeProfile _profile;
    private readonly List<(string Title, bool IsText, Func<TreeMeasurement, string> Cell)> _columns;

    /// <summary>A report. Columns that say nothing are left out.</summary>
    public TuneReport(TreeProfile profile)
    {
        _profile = profile;
        _columns =
        [
            ("batch", false, m => Format.Whole(m.Batch)), ("context", false, m => Format.Whole(m.Context)), ("K", false, m => Format.Whole(m.Width)), ("L", false, m => Format.Whole(m.Depth)),
        ];
        if (profile.Measurements.Any(m => m.AdaptiveEntropy > 0)) _columns.Add(("adaptive", false, m => m.AdaptiveEntropy > 0 ? Number(m.AdaptiveEntropy) : ""));
        _columns.Add(("nodes", false, m => Format.Whole(m.Nodes)));
        _columns.Add(("rows", false, m => Format.Whole(m.Rows)));
        if (HasTask) _columns.Add(("rows grown", false, m => Of(m) is { } a ? Format.Fixed(a.RowsPerToken, 2) : ""));
        _columns.Add(("step", false, m => m.Fits ? Format.Milliseconds(m.Milliseconds) : "does not fit"));
        _columns.Add(("slow-down", false, m => m.Fits ? Format.Fixed(m.SlowDown, 2) : ""));
        _columns.Add(("memory", false, m => Format.Bytes(m.Bytes)));
        if (HasTask)
        {
            _columns.Add(("right %", false, m => Of(m) is { } a ? Points(a.Share.Estimate) : ""));
            _columns.Add(("95%", false, m => Of(m) is { } a ? $"{Points(a.Share.Low)}-{Points(a.Share.High)}" : ""));
            _columns.Add(("front", true, m => profile.Front(m.Batch, m.Context).Contains(m) ? "front" : ""));
        }

        _columns.Add(("", true, m => IsChosen(m) ? "<- chosen" : ""));
    }

    private bool HasTask => _profile.Accuracies.Count > 0;

    /// <summary>Table, plots and recommendation.</summary>
    public void Write(Screen screen)
    {
        TextTable table = new TextTable();
        foreach ((string title, bool isText, _) in _columns) _ = isText ? table.Text(title) : table.Number(title);
        foreach (TreeMeasurement measurement in _profile.Measurements) table.Add(!measurement.Fits, Cells(measurement));
        screen.Line(Heading);
        screen.Table(table);
        foreach (LinePlot plot in Plots()) screen.Line(TerminalPlot.Render(plot));
        foreach (string sentence in Recommendations()) screen.Line(sentence);
    }

    /// <summary>The same as a page.</summary>
    public HtmlReport Page()
    {
        HtmlReport page = new HtmlReport(HasTask ? "What trees cost and gain" : "What trees cost").Paragraph($"{Heading}. Step: median time from token to token. Slow-down: against plain decoding under the same load.");
        if (HasTask) page.Paragraph("Rows grown: nodes for a committed token, the mean over the answers. Front: no other tree is both faster and more often right.");
        foreach (string sentence in Recommendations()) page.Paragraph(sentence);
        return page.Plots(Plots()).Table([.. _columns.Select(column => column.Title)], _profile.Measurements.Select(Cells));
    }

    private string Heading => $"{_profile.Device}, {_profile.ElementType}{(HasTask ? $"; {_profile.Accuracies[0].Problems} problems of {_profile.Task}" : "")}";

    private IEnumerable<(int Batch, int Context)> Loads => _profile.Measurements.Select(m => (m.Batch, m.Context)).Distinct();

    private IEnumerable<string> Recommendations()
    {
        foreach ((int batch, int context) in Loads)
        {
            TreeChoice tree = _profile.Recommend(batch, context);
            string what = (HasTask, tree.Width) switch
            {
                (true, 1) => "plain decoding: no tree is more often right",
                (true, _) => $"{tree}: most often right{Gain(tree)}",
                (false, 1) => "plain decoding: no tree stays",
                _ => $"{tree}: the widest tree",
            };
            yield return string.Create(CultureInfo.InvariantCulture, $"Batch {batch}, context {context}: {what} within {_profile.Budget:0.##}x.");
        }
    }

    // Against plain decoding on the same problems; few problems say little, and the sentence says so.
    private string Gain(TreeChoice tree)
    {
        if (_profile.AccuracyOf(tree) is not { } accuracy) return "";
        string interval = string.Create(CultureInfo.InvariantCulture, $"{100 * accuracy.Gain.Estimate:+0.0;-0.0;0.0} points [{100 * accuracy.Gain.Low:+0.0;-0.0;0.0}, {100 * accuracy.Gain.High:+0.0;-0.0;0.0}] against plain decoding");
        return $" ({interval}{(accuracy.Gain.ExcludesZero ? "" : ", which may be chance: use more --problems")})";
    }

    private string[] Cells(TreeMeasurement measurement) => [.. _columns.Select(column => column.Cell(measurement))];

    private bool IsChosen(TreeMeasurement m) => (HasTask || m.Width > 1) && _profile.Recommend(m.Batch, m.Context) == m.Tree;

    private TreeAccuracy? Of(TreeMeasurement m) => _profile.AccuracyOf(m.Tree);

    private IEnumerable<LinePlot> Plots()
    {
        yield return Cost();
        if (!HasTask) yield break;
        foreach ((int batch, int context) in Loads) yield return Gains(batch, context);
    }

    private LinePlot Cost()
    {
        var plot = new LinePlot("Slow-down against plain decoding") { XLabel = "rows of a step (K^L)", YLabel = "slow-down" };
        foreach (var line in _profile.Measurements.Where(m => m.Fits && m.AdaptiveEntropy == 0).GroupBy(m => (m.Batch, m.Context)))
            plot.Add($"batch {line.Key.Batch}, context {line.Key.Context}", line.OrderBy(m => m.Rows).Select(m => ((double)m.Rows, m.SlowDown)));
        double most = plot.Lines.SelectMany(line => line.Points).Max(point => point.X);
        return plot.Add("budget", [(1, _profile.Budget), (most, _profile.Budget)]);
    }

    // Trees of one depth from narrow to wide, and the front above them.
    private LinePlot Gains(int batch, int context)
    {
        var plot = new LinePlot($"Right answers and cost, batch {batch}, context {context}") { XLabel = "slow-down", YLabel = "right %" };
        TreeMeasurement[] known = [.. _profile.Measurements.Where(m => m.Batch == batch && m.Context == context && m.Fits && Of(m) is not null)];
        foreach (var line in known.Where(m => m.Width > 1).GroupBy(m => (m.Depth, m.AdaptiveEntropy)).OrderBy(line => line.Key))
            plot.Add($"L={line.Key.Depth}{(line.Key.AdaptiveEntropy > 0 ? $" adaptive {Number(line.Key.AdaptiveEntropy)}" : "")}", Ordered(line));
        return plot.Add("front", Ordered(_profile.Front(batch, context)));

        IEnumerable<(double X, double Y)> Ordered(IEnumerable<TreeMeasurement> line) => line.OrderBy(m => m.SlowDown).Select(m => (m.SlowDown, 100 * Of(m)!.Share.Estimate));
    }

    private static string Points(double share) => Format.Fixed(100 * share, 1);

    private static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
