namespace LbrCore.Compute;

/// <summary>The driver's compiler refused the PTX of a kernel.</summary>
public sealed class PtxCompilationException : ComputeException
{
    /// <summary>Refused PTX.</summary>
    /// <param name="message">The whole message: kernel, driver's error, log, and the lines it points at.</param>
    /// <param name="kernel">The kernel, with its specialisation.</param>
    /// <param name="log">The compiler's error log.</param>
    /// <param name="line">First line of the PTX that the log names, from 1, or 0 if it names none.</param>
    /// <param name="lineText">The text of that line, or empty.</param>
    /// <param name="source">The C# place that the PTX names above that line, as <c>file.cs:line</c>, or null.</param>
    public PtxCompilationException(string message, string kernel, string log, int line, string lineText, string? source) : base(message)
    {
        Kernel = kernel;
        Log = log;
        Line = line;
        LineText = lineText;
        SourcePlace = source;
    }

    /// <summary>The kernel, with its specialisation.</summary>
    public string Kernel { get; }

    /// <summary>The compiler's error log.</summary>
    public string Log { get; }

    /// <summary>First line of the PTX that the log names, from 1, or 0 if it names none.</summary>
    public int Line { get; }

    /// <summary>The text of <see cref="Line"/>, or empty.</summary>
    public string LineText { get; }

    /// <summary>The C# place that the PTX names above <see cref="Line"/>, as <c>file.cs:line</c>, or null.</summary>
    public string? SourcePlace { get; }
}
