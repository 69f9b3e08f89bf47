using System.Globalization;
using System.Net;
using System.Text;

namespace LbrCore.Reporting;

/// <summary>Draws a plot as SVG that can stand in a page or alone.</summary>
public static class SvgPlot
{
    private const int Width = 640, Height = 300, Left = 64, Right = 16, Top = 34, Bottom = 44, LegendLine = 18;

    private const int MostPoints = 400;

    // Okabe and Ito's colours, which people with any colour vision tell apart.
    private static readonly string[] s_colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#999999", "#000000"];

    /// <summary>The picture.</summary>
    /// <param name="plot">What to draw. Long lines are thinned by joining neighbours.</param>
    public static string Render(LinePlot plot)
    {
        ArgumentNullException.ThrowIfNull(plot);
        plot = plot.Thin(MostPoints);
        (double X, double Y)[] drawn = [.. plot.Lines.SelectMany(line => line.Points).Where(plot.IsDrawn)];
        PlotAxis x = PlotAxis.For([.. drawn.Select(point => point.X)], 6), y = PlotAxis.For([.. drawn.Select(point => plot.ScaleY(point.Y))], 5);
        bool legend = plot.Lines.Count > 1;
        int height = Height + (legend ? LegendLine * ((plot.Lines.Count + 2) / 3) : 0);

        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" role=\"img\" font-family=\"system-ui,sans-serif\" font-size=\"12\" fill=\"currentColor\">");
        svg.Append(CultureInfo.InvariantCulture, $"<title>{Escape(plot.Title)}</title><text x=\"{Left}\" y=\"20\" font-size=\"14\" font-weight=\"600\">{Escape(plot.Title)}</text>");
        foreach (double tick in x.Ticks)
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{AtX(tick):0.#}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{PlotAxis.Text(tick)}</text>");
        foreach (double tick in y.Ticks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{AtY(tick):0.#}\" y2=\"{AtY(tick):0.#}\" stroke=\"currentColor\" stroke-opacity=\".15\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{AtY(tick) + 4:0.#}\" text-anchor=\"end\">{PlotAxis.Text(plot.LogarithmicY ? Math.Pow(10, tick) : tick)}</text>");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\" text-anchor=\"middle\" fill-opacity=\".7\">{Escape(plot.XLabel)}</text>");
        if (plot.YLabel.Length > 0)
            svg.Append(CultureInfo.InvariantCulture, $"<text transform=\"translate(14 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\" fill-opacity=\".7\">{Escape(plot.YLabel)}</text>");
        for (int i = 0; i < plot.Lines.Count; i++)
        {
            string color = s_colors[i % s_colors.Length];
            AppendLine(svg, plot, plot.Lines[i], color, point => (AtX(point.X), AtY(plot.ScaleY(point.Y))));
            if (!legend) continue;
            int legendX = Left + (i % 3 * 190), legendY = Height + (i / 3 * LegendLine) + 8;
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{legendX}\" x2=\"{legendX + 18}\" y1=\"{legendY - 4}\" y2=\"{legendY - 4}\" stroke=\"{color}\" stroke-width=\"3\"/><text x=\"{legendX + 24}\" y=\"{legendY}\">{Escape(plot.Lines[i].Name)}</text>");
        }

        return svg.Append("</svg>").ToString();

        double AtX(double value) => Left + (x.Share(value) * (Width - Left - Right));
        double AtY(double scaled) => Height - Bottom - (y.Share(scaled) * (Height - Top - Bottom));
    }

    /// <summary>A text as it may stand in a page.</summary>
    internal static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static void AppendLine(StringBuilder svg, LinePlot plot, LinePlot.Series line, string color, Func<(double X, double Y), (double X, double Y)> place)
    {
        // A pen that is lifted over gaps; a point between two gaps would be invisible without its dot.
        var path = new StringBuilder();
        bool down = false;
        (double X, double Y)? last = null;
        foreach ((double X, double Y) point in line.Points)
        {
            if (!plot.IsDrawn(point))
            {
                down = false;
                continue;
            }

            (double px, double py) = place(point);
            path.Append(CultureInfo.InvariantCulture, $"{(down ? "L" : "M")}{px:0.#} {py:0.#}");
            if (!down) path.Append("h0");
            down = true;
            last = point;
        }

        if (last is not { } end) return;
        (double endX, double endY) = place(end);
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" stroke-linejoin=\"round\" stroke-linecap=\"round\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{endX:0.#}\" cy=\"{endY:0.#}\" r=\"3.5\" fill=\"{color}\"><title>{Escape(line.Name)}: {PlotAxis.Text(end.Y)} at {PlotAxis.Text(end.X)}</title></circle>");
    }
}
