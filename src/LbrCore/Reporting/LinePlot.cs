namespace LbrCore.Reporting;

/// <summary>What a plot shows; how it is drawn is another matter.</summary>
public sealed class LinePlot
{
    /// <summary>A plot without lines.</summary>
    /// <param name="title">Its heading.</param>
    public LinePlot(string title)
    {
        ArgumentNullException.ThrowIfNull(title);
        Title = title;
    }

    /// <summary>A line.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Points">From left to right; points that are not finite leave a gap.</param>
    public sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points);

    /// <summary>The heading.</summary>
    public string Title { get; }

    /// <summary>What runs along the x axis.</summary>
    public string XLabel { get; init; } = "";

    /// <summary>What runs along the y axis.</summary>
    public string YLabel { get; init; } = "";

    /// <summary>Whether the y axis is logarithmic; values of 0 and below are then left out.</summary>
    public bool LogarithmicY { get; init; }

    /// <summary>The lines.</summary>
    public List<Series> Lines { get; } = [];

    /// <summary>Adds a line.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="points">From left to right.</param>
    public LinePlot Add(string name, IEnumerable<(double X, double Y)> points)
    {
        Lines.Add(new Series(name, [.. points]));
        return this;
    }

    /// <summary>Whether a point can be drawn.</summary>
    internal bool IsDrawn((double X, double Y) point) => double.IsFinite(point.X) && double.IsFinite(point.Y) && (!LogarithmicY || point.Y > 0);

    /// <summary>A value where it stands on the y axis.</summary>
    internal double ScaleY(double y) => LogarithmicY ? Math.Log10(y) : y;

    /// <summary>The lines with at most so many points each: neighbours are joined into their mean, so that long runs stay small and readable.</summary>
    internal LinePlot Thin(int points)
    {
        var thin = new LinePlot(Title) { XLabel = XLabel, YLabel = YLabel, LogarithmicY = LogarithmicY };
        foreach (Series line in Lines)
        {
            int width = (line.Points.Count + points - 1) / points;
            thin.Lines.Add(width <= 1 ? line : new Series(line.Name, [.. line.Points.Chunk(width).Select(Mean)]));
        }

        return thin;

        (double, double) Mean((double X, double Y)[] chunk)
        {
            (double X, double Y)[] drawn = [.. chunk.Where(IsDrawn)];
            return drawn.Length == 0 ? (chunk[0].X, double.NaN) : (drawn.Average(point => point.X), drawn.Average(point => point.Y));
        }
    }
}
