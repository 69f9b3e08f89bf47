using System;
using System.Text;

namespace LbrCore.Compute.Generator.Emit;

/// <summary>C# text with indentation that follows the braces.</summary>
internal sealed class CodeWriter
{
    readonly StringBuilder _text = new();
    int _indent;

    /// <summary>Adds a line; lines that open or close a block change the indentation.</summary>
    public void Line(string text = "")
    {
        if (text.StartsWith("}", StringComparison.Ordinal) || text.StartsWith("]", StringComparison.Ordinal)) _indent--;
        if (text.Length > 0) _text.Append(' ', 4 * _indent).Append(text);
        _text.Append('\n');
        if (text is "{" or "[") _indent++;
    }

    /// <summary>Adds text as it is.</summary>
    public void Raw(string text) => _text.Append(text);

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
