using System.Globalization;
using System.Xml.Linq;
using LbrCore.Reporting;

namespace LbrCore.Tests.Reporting;

public class PlotTests
{
    [Fact]
    public void A_picture_is_xml_with_a_path_for_each_line_within_its_frame()
    {
        LinePlot plot = new LinePlot("loss < \"one\" & more") { XLabel = "step", YLabel = "nats" }
            .Add("first", Enumerable.Range(0, 5000).Select(i => ((double)i, Math.Sin(i / 100.0))))
            .Add("gaps", [(0, double.NaN), (1000, 0.5), (2000, double.PositiveInfinity), (3000, -0.5)])
            .Add("empty", []);
        XElement svg = XDocument.Parse(SvgPlot.Render(plot)).Root!;
        Assert.Equal("svg", svg.Name.LocalName);
        string[] paths = [.. svg.Descendants().Where(element => element.Name.LocalName == "path").Select(element => element.Attribute("d")!.Value)];
        Assert.Equal(2, paths.Length);
        Assert.Equal(2, paths[1].Count(c => c == 'M'));
        Assert.True(paths[0].Count(c => c == 'L') < 401);
        Assert.Contains(svg.Descendants(), element => element.Value == plot.Title);
        foreach (string pair in paths[0].Replace("h0", "", StringComparison.Ordinal).Split('M', 'L').Skip(1))
        {
            double[] xy = [.. pair.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
            Assert.InRange(xy[0], 64, 624);
            Assert.InRange(xy[1], 34, 256);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0.1234, 0.1235)]
    [InlineData(-3, 7e9)]
    [InlineData(5, 5)]
    [InlineData(0, 0)]
    [InlineData(1e-12, 2e-12)]
    [InlineData(1e300, 1e301)]
    public void Axes_hold_their_values_between_few_round_numbers(double low, double high)
    {
        PlotAxis axis = PlotAxis.For([low, high], 5);
        Assert.InRange(axis.Ticks.Count, 2, 12);
        Assert.InRange(axis.Share(low), -1e-6, 1 + 1e-6);
        Assert.InRange(axis.Share(high), -1e-6, 1 + 1e-6);
        Assert.All(axis.Ticks.Zip(axis.Ticks.Skip(1)), pair => Assert.True(pair.Second > pair.First));
    }

    [Fact]
    public void Characters_show_a_line_that_rises()
    {
        string text = TerminalPlot.Render(new LinePlot("reward") { XLabel = "step" }.Add("a", [(0, 0), (100, 1)]).Add("b", [(0, 1), (100, 1)]), 40, 5);
        string[] lines = text.Split('\n');
        Assert.Equal("reward", lines[0]);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 42));
        // b lies at the top; a begins at the bottom left and ends at the top right.
        Assert.Contains('+', lines[1]);
        Assert.Equal('*', lines[5][lines[5].IndexOf('┤', StringComparison.Ordinal) + 1]);
        Assert.Contains("* a", text, StringComparison.Ordinal);
        Assert.Contains("100 step", text, StringComparison.Ordinal);
        Assert.NotEmpty(TerminalPlot.Render(new LinePlot("nothing")));
    }

    [Fact]
    public void Logarithmic_axes_leave_out_what_has_no_logarithm()
    {
        LinePlot plot = new LinePlot("lr") { LogarithmicY = true }.Add("a", [(0, 0), (1, 1e-3), (2, 1e-1)]);
        XElement svg = XDocument.Parse(SvgPlot.Render(plot)).Root!;
        Assert.Contains(svg.Descendants(), element => element.Value == "0.01");
        Assert.Single(svg.Descendants(), element => element.Name.LocalName == "path");
        Assert.Contains("0.1", TerminalPlot.Render(plot), StringComparison.Ordinal);
    }

    [Fact]
    public void A_page_stands_alone_and_shows_text_as_it_is()
    {
        MetricRecord[] records = [.. Enumerable.Range(1, 20).Select(i => new MetricRecord("train", i, [("time", i), ("loss", 1.0 / i), ("entropy/node", 2.0 / i), ("entropy/router", 0.5)]))];
        string html = MetricReport.Page("run <1>", records, "{ \"a\": \"<b>\" }").Render();
        Assert.StartsWith("<!doctype html>", html, StringComparison.Ordinal);
        Assert.Contains("run &lt;1&gt;", html, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(" src=", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("href", html, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(2, MetricReport.Plots(records).Count);
        Assert.Equal(["node", "router"], MetricReport.Plots(records)[1].Lines.Select(line => line.Name));
        Assert.Empty(MetricReport.Plots(records, "eval"));
        // Everything but the declaration is XML, so no element is left open.
        XDocument.Parse(html["<!doctype html>".Length..].Replace("<meta charset=\"utf-8\">", "", StringComparison.Ordinal).Replace("<meta name=\"viewport\" content=\"width=device-width\">", "", StringComparison.Ordinal));
    }
}
