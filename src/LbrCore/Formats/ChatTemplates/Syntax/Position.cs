namespace LbrCore.Formats.ChatTemplates.Syntax;

/// <summary>A place in a template: line and column, from 1.</summary>
internal readonly record struct Position(int Line, int Column)
{
    /// <summary>An error at this place.</summary>
    public ChatTemplateException Error(string problem, Exception? inner = null) => new(problem, Line, Column, inner);
}
