using System.Diagnostics;
using LbrCore.Cli.Terminal;

namespace LbrCore.Cli.Models;

/// <summary>
/// Says on the error stream how far something has come, once it takes more than a second: on a terminal one line that changes, in a file nothing but its end.
/// </summary>
internal sealed class ProgressLine<T>(Screen screen, Func<T, string> text) : IProgress<T>
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly Stopwatch _running = Stopwatch.StartNew();
    private readonly bool _live = !Console.IsErrorRedirected;
    private TimeSpan _shown;
    private int _width;

    /// <summary>Time since it was created.</summary>
    public TimeSpan Elapsed => _running.Elapsed;

    /// <inheritdoc/>
    public void Report(T value)
    {
        TimeSpan now = _running.Elapsed;
        if (!_live || now < s_patience || now < _shown + s_pause) return;
        _shown = now;
        Overwrite(text(value));
    }

    /// <summary>Ends the line with a sentence; none where all went within a second.</summary>
    public void Done(string sentence)
    {
        if (_width > 0) Overwrite("");
        if (_running.Elapsed >= s_patience) screen.Progress(sentence);
    }

    private void Overwrite(string line)
    {
        screen.Error.Write($"\r{line.PadRight(_width)}{(line.Length == 0 ? "\r" : "")}");
        screen.Error.Flush();
        _width = Math.Max(_width, line.Length);
    }
}
