using System.Text;

namespace LbrCore.Formats;

/// <summary>Puts text from a file into a message: quoted, short, on one line, whatever the file holds.</summary>
internal static class Quoting
{
    private const int MaxLength = 80;

    /// <summary>The text between apostrophes, control characters as <c>\u001b</c>, cut after 80 characters.</summary>
    public static string Quote(string text) => $"'{Clean(text)}'";

    /// <inheritdoc cref="Quote(string)"/>
    public static string Quote(ReadOnlySpan<byte> utf8) =>
        Quote(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 4 * MaxLength)]));

    /// <summary>Like <see cref="Quote(string)"/> without the apostrophes.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(Math.Min(text.Length, MaxLength) + 8);
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, MaxLength)))
            clean.Append(char.IsControl(c) || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : c.ToString());
        return text.Length > MaxLength ? clean.Append("...").ToString() : clean.ToString();
    }
}
