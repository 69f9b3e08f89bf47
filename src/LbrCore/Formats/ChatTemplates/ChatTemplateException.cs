namespace LbrCore.Formats.ChatTemplates;

/// <summary>
/// A chat template that cannot be parsed or rendered: a construct that is not supported (named in the message), a mistake in the template, a value it
/// cannot work with, a limit exceeded, or the template's own <c>raise_exception</c>.
/// </summary>
public sealed class ChatTemplateException : Exception
{
    /// <summary>An error at a place of the template.</summary>
    /// <param name="problem">What is wrong, without the place.</param>
    /// <param name="line">Line of the template, from 1.</param>
    /// <param name="column">Column of the template, from 1.</param>
    /// <param name="inner">The cause, if it is another exception.</param>
    public ChatTemplateException(string problem, int line, int column, Exception? inner = null)
        : base($"Chat template, line {line}, column {column}: {problem}", inner) =>
        (Problem, Line, Column) = (problem, line, column);

    /// <summary>What is wrong, without the place. For <c>raise_exception</c>, the template's own words.</summary>
    public string Problem { get; }

    /// <summary>Line of the template, from 1.</summary>
    public int Line { get; }

    /// <summary>Column of the template, from 1.</summary>
    public int Column { get; }
}
