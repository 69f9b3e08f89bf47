using System.Text;

namespace LbrCore.Cli.Terminal;

/// <summary>A table of strings with aligned columns.</summary>
internal sealed class TextTable
{
    private readonly List<Column> _columns = [];
    private readonly List<Row> _rows = [];

    /// <summary>A column.</summary>
    /// <param name="Title">Its heading.</param>
    /// <param name="RightAligned">Whether its cells end at one line, as numbers do.</param>
    public sealed record Column(string Title, bool RightAligned);

    /// <summary>A row.</summary>
    /// <param name="Cells">One text for each column.</param>
    /// <param name="IsBad">Whether it shows a failure.</param>
    public sealed record Row(string[] Cells, bool IsBad);

    /// <summary>The columns.</summary>
    public IReadOnlyList<Column> Columns => _columns;

    /// <summary>The rows.</summary>
    public IReadOnlyList<Row> Rows => _rows;

    /// <summary>Adds a column whose cells start at one line.</summary>
    public TextTable Text(string title)
    {
        _columns.Add(new Column(title, RightAligned: false));
        return this;
    }

    /// <summary>Adds a column whose cells end at one line.</summary>
    public TextTable Number(string title)
    {
        _columns.Add(new Column(title, RightAligned: true));
        return this;
    }

    /// <summary>Adds a row with a cell for each column.</summary>
    public void Add(params string[] cells) => Add(isBad: false, cells);

    /// <summary>Adds a row with a cell for each column.</summary>
    public void Add(bool isBad, string[] cells)
    {
        if (cells.Length != _columns.Count) throw new ArgumentException($"{cells.Length} cells for {_columns.Count} columns.", nameof(cells));
        _rows.Add(new Row(cells, isBad));
    }

    /// <summary>The table as plain text, two spaces between the columns.</summary>
    public string ToPlainText()
    {
        int[] widths = [.. _columns.Select((column, index) => _rows.Select(row => row.Cells[index].Length).Append(column.Title.Length).Max())];
        var text = new StringBuilder();
        AppendLine(text, [.. _columns.Select(column => column.Title)], widths);
        foreach (Row row in _rows) AppendLine(text, row.Cells, widths);
        return text.ToString();
    }

    private void AppendLine(StringBuilder text, string[] cells, int[] widths)
    {
        int start = text.Length;
        for (int i = 0; i < cells.Length; i++)
        {
            if (i > 0) text.Append("  ");
            text.Append(_columns[i].RightAligned ? cells[i].PadLeft(widths[i]) : cells[i].PadRight(widths[i]));
        }

        while (text.Length > start && text[^1] == ' ') text.Length--;
        text.Append('\n');
    }
}
