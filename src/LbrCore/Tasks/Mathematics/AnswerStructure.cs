namespace LbrCore.Tasks.Mathematics;

/// <summary>Takes normalised answers apart that have several parts: lists, tuples, intervals, sets, unions, matrices.</summary>
internal static class AnswerStructure
{
    private const string Begin = "\\begin{", End = "\\end{";

    /// <summary>Where the bracket at a place closes; -1 where it does not.</summary>
    public static int MatchingEnd(string text, int at)
    {
        int depth = 0;
        for (int i = at; i < text.Length; i++)
        {
            if (IsOpening(text, i)) depth++;
            else if (IsClosing(text, i) && --depth == 0) return i;
        }

        return -1;
    }

    /// <summary>The parts between separators that stand in no bracket; null where brackets do not match. Round and square ones may close each other, as in [0,1).</summary>
    public static List<string>? Split(string text, string separator)
    {
        var parts = new List<string>();
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (IsOpening(text, i)) depth++;
            else if (IsClosing(text, i) && --depth < 0) return null;
            else if (depth == 0 && string.CompareOrdinal(text, i, separator, 0, separator.Length) == 0)
            {
                parts.Add(text[start..i]);
                start = i + separator.Length;
                i = start - 1;
            }
        }

        parts.Add(text[start..]);
        return depth == 0 ? parts : null;
    }

    /// <summary>Whether the whole text stands in one pair of brackets, and which.</summary>
    /// <param name="text">The text.</param>
    /// <param name="brackets">The opening and the closing one; braces for a set.</param>
    /// <param name="inside">What stands between.</param>
    public static bool TryOpen(string text, out (char Open, char Close) brackets, out string inside)
    {
        (brackets, inside) = (default, "");
        bool isSet = text.StartsWith("\\{", StringComparison.Ordinal);
        if (isSet ? !text.EndsWith("\\}", StringComparison.Ordinal) : text.Length < 2 || text[0] is not ('(' or '[') || text[^1] is not (')' or ']')) return false;
        int open = isSet ? 1 : 0;
        if (MatchingEnd(text, open) != text.Length - 1) return false;
        brackets = isSet ? ('{', '}') : (text[0], text[^1]);
        inside = isSet ? text[2..^2] : text[1..^1];
        return true;
    }

    /// <summary>The cells of a matrix by rows; null for what is no matrix.</summary>
    public static List<List<string>>? Matrix(string text)
    {
        if (!text.StartsWith(Begin, StringComparison.Ordinal)) return null;
        int name = text.IndexOf('}', StringComparison.Ordinal), end = text.LastIndexOf(End, StringComparison.Ordinal);
        if (name < 0 || end <= name || !text.EndsWith('}') || text[Begin.Length..name] != text[(end + End.Length)..^1]) return null;
        if (!text[Begin.Length..name].EndsWith("matrix", StringComparison.Ordinal)) return null;
        string body = text[(name + 1)..end];
        if (body.EndsWith("\\\\", StringComparison.Ordinal)) body = body[..^2];
        return [.. body.Split("\\\\").Select(row => row.Split('&').ToList())];
    }

    private static bool IsOpening(string text, int at) => text[at] is '(' or '[' or '{';

    private static bool IsClosing(string text, int at) => text[at] is ')' or ']' or '}';
}
