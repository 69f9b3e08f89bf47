using System.Text;

namespace LbrCore.Reporting;

/// <summary>Draws a plot with characters.</summary>
public static class TerminalPlot
{
    private const string Marks = "*+ox#@%&";

    private const int LeastWidth = 20, LeastHeight = 3;

    /// <summary>The picture: lines of text, the last ones the x axis and the names.</summary>
    /// <param name="plot">What to draw.</param>
    /// <param name="width">Characters of a line, numbers included; at least 20.</param>
    /// <param name="height">Lines between top and x axis; at least 3.</param>
    public static string Render(LinePlot plot, int width = 72, int height = 12)
    {
        ArgumentNullException.ThrowIfNull(plot);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, LeastWidth);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, LeastHeight);
        (double X, double Y)[] drawn = [.. plot.Lines.SelectMany(line => line.Points).Where(plot.IsDrawn)];
        PlotAxis x = PlotAxis.For([.. drawn.Select(point => point.X)], 4), y = PlotAxis.For([.. drawn.Select(point => plot.ScaleY(point.Y))], Math.Max(2, height / 3));
        string[] numbers = new string[height];
        Array.Fill(numbers, "");
        foreach (double tick in y.Ticks) numbers[Row(tick)] = PlotAxis.Text(plot.LogarithmicY ? Math.Pow(10, tick) : tick);
        int margin = numbers.Max(number => number.Length), columns = Math.Max(8, width - margin - 2);
        char[][] cells = [.. Enumerable.Range(0, height).Select(_ => Enumerable.Repeat(' ', columns).ToArray())];
        for (int i = 0; i < plot.Lines.Count; i++)
            foreach ((int column, int row) in Cells(plot, plot.Lines[i], x, columns, Row)) cells[row][column] = Marks[i % Marks.Length];

        var text = new StringBuilder(plot.Title).Append('\n');
        for (int row = 0; row < height; row++)
            text.Append(numbers[row].PadLeft(margin)).Append(numbers[row].Length > 0 ? " ┤" : " │").Append(new string(cells[row]).TrimEnd()).Append('\n');
        text.Append(' ', margin + 1).Append('└').Append('─', columns).Append('\n');
        string low = PlotAxis.Text(x.Low), high = $"{PlotAxis.Text(x.High)}{(plot.XLabel.Length > 0 ? " " + plot.XLabel : "")}";
        text.Append(' ', margin + 2).Append(low).Append(' ', Math.Max(1, columns - low.Length - high.Length)).Append(high).Append('\n');
        if (plot.Lines.Count > 1)
            text.Append(' ', margin + 2).AppendJoin("  ", plot.Lines.Select((line, i) => $"{Marks[i % Marks.Length]} {line.Name}")).Append('\n');
        return text.ToString();

        int Row(double scaled) => (int)Math.Round((1 - y.Share(scaled)) * (height - 1));
    }

    /// <summary>One cell a column: the mean of the points that fall there, or between two points the straight line.</summary>
    private static IEnumerable<(int Column, int Row)> Cells(LinePlot plot, LinePlot.Series line, PlotAxis x, int columns, Func<double, int> row)
    {
        var sums = new (double Sum, int Count)[columns];
        foreach ((double X, double Y) point in line.Points)
        {
            if (!plot.IsDrawn(point)) continue;
            int column = (int)Math.Round(x.Share(point.X) * (columns - 1));
            sums[column] = (sums[column].Sum + plot.ScaleY(point.Y), sums[column].Count + 1);
        }

        int? before = null;
        for (int column = 0; column < columns; column++)
        {
            if (sums[column].Count == 0) continue;
            double value = Mean(column);
            if (before is { } from)
                for (int between = from + 1; between < column; between++)
                    yield return (between, row(Mean(from) + ((value - Mean(from)) * (between - from) / (column - from))));
            yield return (column, row(value));
            before = column;
        }

        double Mean(int column) => sums[column].Sum / sums[column].Count;
    }
}
