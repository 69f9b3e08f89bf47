using System.Text;
using LbrCore.Formats;

namespace LbrCore.Reporting;

/// <summary>A page that needs nothing but itself: text, tables and plots, one below the other, no scripts.</summary>
public sealed class HtmlReport
{
    private const string Style = """
        :root{color-scheme:light dark;--line:#8884}
        body{font:15px/1.5 system-ui,sans-serif;max-width:1360px;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}
        table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}
        th,td{padding:.3rem .8rem;border-bottom:1px solid var(--line);text-align:right}
        th:first-child,td:first-child{text-align:left}
        pre{overflow:auto;border:1px solid var(--line);border-radius:6px;padding:.8rem}
        .plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,520px),1fr));gap:1rem}
        .plots svg{width:100%;height:auto;border:1px solid var(--line);border-radius:6px}
        """;

    private readonly StringBuilder _body = new();
    private readonly string _title;

    /// <summary>A page with a heading.</summary>
    /// <param name="title">The heading.</param>
    public HtmlReport(string title)
    {
        ArgumentNullException.ThrowIfNull(title);
        _title = title;
    }

    /// <summary>Adds a heading.</summary>
    public HtmlReport Heading(string text) => Append($"<h2>{SvgPlot.Escape(text)}</h2>");

    /// <summary>Adds a paragraph.</summary>
    public HtmlReport Paragraph(string text) => Append($"<p>{SvgPlot.Escape(text)}</p>");

    /// <summary>Adds text whose lines and spaces are kept, such as a tree or a configuration.</summary>
    public HtmlReport Preformatted(string text) => Append($"<pre>{SvgPlot.Escape(text)}</pre>");

    /// <summary>Adds a table.</summary>
    /// <param name="columns">The headings; the first column is text, the others are numbers.</param>
    /// <param name="rows">A cell for each column.</param>
    public HtmlReport Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        _body.Append("<table><thead><tr>");
        foreach (string column in columns) _body.Append($"<th>{SvgPlot.Escape(column)}</th>");
        _body.Append("</tr></thead><tbody>\n");
        foreach (IReadOnlyList<string> row in rows)
        {
            _body.Append("<tr>");
            foreach (string cell in row) _body.Append($"<td>{SvgPlot.Escape(cell)}</td>");
            _body.Append("</tr>\n");
        }

        return Append("</tbody></table>");
    }

    /// <summary>Adds plots beside and below each other.</summary>
    public HtmlReport Plots(IEnumerable<LinePlot> plots)
    {
        ArgumentNullException.ThrowIfNull(plots);
        _body.Append("<div class=\"plots\">\n");
        foreach (LinePlot plot in plots) _body.Append(SvgPlot.Render(plot)).Append('\n');
        return Append("</div>");
    }

    /// <summary>The page.</summary>
    public string Render() =>
        $"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{SvgPlot.Escape(_title)}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n<h1>{SvgPlot.Escape(_title)}</h1>\n{_body}</body>\n</html>\n";

    /// <summary>Writes the page; a page that was there is whole until it is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The folder does not exist or the disk is full.</exception>
    public void Save(string path) => AtomicFile.WriteAllBytes(path, Encoding.UTF8.GetBytes(Render()));

    private HtmlReport Append(string text)
    {
        _body.Append(text).Append('\n');
        return this;
    }
}
