using System.Diagnostics.CodeAnalysis;
using Spectre.Console;

namespace LbrCore.Cli.Terminal;

/// <summary>Where commands write: tables with lines and colour on a terminal, plain text into files and pipes.</summary>
internal sealed class Screen
{
    private const string RichSwitch = "LbrCore.RichTerminal";
    private readonly IAnsiConsole? _console;

    /// <summary>A screen of plain text.</summary>
    /// <param name="output">The results.</param>
    /// <param name="error">Errors and progress.</param>
    public Screen(TextWriter output, TextWriter error)
    {
        Out = output;
        Error = error;
    }

    private Screen(IAnsiConsole console) : this(Console.Out, Console.Error) => _console = console;

    /// <summary>The stream of results.</summary>
    public TextWriter Out { get; }

    /// <summary>The stream of errors and progress.</summary>
    public TextWriter Error { get; }

    /// <summary>Whether the program can draw lines and colours at all; a trimmed one may leave that out.</summary>
    [FeatureSwitchDefinition(RichSwitch)]
    private static bool HasRichTerminal => !AppContext.TryGetSwitch(RichSwitch, out bool rich) || rich;

    /// <summary>The screen of this process: rich on a terminal, unless <c>NO_COLOR</c> is set.</summary>
    public static Screen ForConsole() => HasRichTerminal ? RichWherePossible() : new Screen(Console.Out, Console.Error);

    private static Screen RichWherePossible() =>
        Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } ? new Screen(Console.Out, Console.Error) : new Screen(AnsiConsole.Console);

    /// <summary>Writes a line of text.</summary>
    public void Line(string text = "") => Out.WriteLine(text);

    /// <summary>Writes a line that says whether something is well.</summary>
    public void Verdict(bool good, string text)
    {
        if (!HasRichTerminal || _console is null) Out.WriteLine(text);
        else _console.Write(new Text(text + "\n", new Style(good ? Color.Green : Color.Red)));
    }

    /// <summary>Whether a block of lines can be drawn over the one before it.</summary>
    public bool CanRedraw => HasRichTerminal && _console is { Profile.Capabilities.Ansi: true };

    /// <summary>Draws a block of lines over the block drawn before it; on a screen that cannot, below it. Lines are cut to the width of the terminal, and blocks to its height.</summary>
    /// <param name="lines">The lines; those that are strong stand out.</param>
    /// <param name="before">Lines of the block before.</param>
    /// <returns>Lines drawn.</returns>
    public int Redraw(IReadOnlyList<(string Text, bool Strong)> lines, int before)
    {
        if (!HasRichTerminal || _console is null || !CanRedraw)
        {
            foreach ((string text, _) in lines) Out.WriteLine(text);
            return lines.Count;
        }

        int width = Math.Max(_console.Profile.Width - 1, 1), drawn = Math.Min(lines.Count, Math.Max(_console.Profile.Height - 1, 1));
        if (before > 0) _console.Cursor.MoveUp(before);
        for (int i = 0; i < Math.Max(drawn, before); i++)
        {
            _console.Write(new ControlCode("\r\u001b[2K"));
            (string text, bool strong) = i < drawn ? lines[i] : ("", false);
            _console.Write(new Text((text.Length > width ? text[..width] : text) + "\n", strong ? new Style(Color.Green, decoration: Decoration.Bold) : Style.Plain));
        }

        return Math.Max(drawn, before);
    }

    /// <summary>Writes names with their values, one a line, the values beneath each other.</summary>
    public void Fields(IReadOnlyCollection<(string Name, string Value)> fields)
    {
        int width = 0;
        foreach ((string name, _) in fields) width = Math.Max(width, name.Length);
        foreach ((string name, string value) in fields)
        {
            string indented = value.ReplaceLineEndings("\n" + new string(' ', width + 2));
            if (!HasRichTerminal || _console is null) Out.WriteLine($"{name.PadRight(width)}  {indented}");
            else _console.Write(new Paragraph().Append(name.PadRight(width) + "  ", new Style(Color.Grey)).Append(indented + "\n"));
        }
    }

    /// <summary>Writes a table.</summary>
    public void Table(TextTable table)
    {
        if (!HasRichTerminal || _console is null)
        {
            Out.Write(table.ToPlainText());
            return;
        }

        var rich = new Table { Border = TableBorder.Rounded };
        foreach (TextTable.Column column in table.Columns)
        {
            var added = new TableColumn(new Text(column.Title, new Style(decoration: Decoration.Bold)));
            rich.AddColumn(column.RightAligned ? added.RightAligned() : added);
        }

        foreach (TextTable.Row row in table.Rows)
            rich.AddRow(row.Cells.Select(cell => new Text(cell, row.IsBad ? new Style(Color.Red) : Style.Plain)));
        _console.Write(rich);
    }

    /// <summary>Writes a line about what is going on to the error stream, so that it does not mix with results.</summary>
    public void Progress(string text) => Error.WriteLine(text);
}
