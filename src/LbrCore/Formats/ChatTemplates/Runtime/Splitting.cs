namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>How Python's <c>str</c> is cut up.</summary>
internal static class Splitting
{
    /// <summary><c>split(sep=None, maxsplit=-1)</c>, or <c>rsplit</c>.</summary>
    public static TemplateSequence Split(string text, Arguments arguments, bool fromRight, RenderBudget budget)
    {
        arguments.Expect("sep", "maxsplit");
        long limit = arguments.Integer("maxsplit", -1);
        int most = limit is < 0 or > int.MaxValue - 1 ? int.MaxValue : (int)limit;
        List<string> parts;
        if (arguments.Get("sep") is null)
        {
            parts = fromRight ? WordsFromRight(text, most) : Words(text, most);
        }
        else
        {
            string separator = arguments.Text("sep");
            if (separator.Length == 0)
                throw new TemplateValueException("the separator of split is empty");
            parts = fromRight ? ByFromRight(text, separator, most) : By(text, separator, most);
        }

        budget.ChargeItems(parts.Count);
        return ToSequence(parts);
    }

    /// <summary><c>splitlines(keepends)</c>.</summary>
    public static TemplateSequence Lines(string text, bool keepEnds, RenderBudget budget)
    {
        var lines = new List<string>();
        int start = 0;
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] is not ('\n' or '\r' or '\v' or '\f' or >= '\x1C' and <= '\x1E' or '\x85' or '\u2028' or '\u2029'))
                continue;
            int end = at;
            if (text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n')
                at++;
            lines.Add(text[start..(keepEnds ? at + 1 : end)]);
            start = at + 1;
        }

        if (start < text.Length)
            lines.Add(text[start..]);
        budget.ChargeItems(lines.Count);
        return ToSequence(lines);
    }

    /// <summary><c>partition(sep)</c>, or <c>rpartition</c>: what is before, the separator, what is behind.</summary>
    public static TemplateSequence Partition(string text, string separator, bool fromRight)
    {
        if (separator.Length == 0)
            throw new TemplateValueException("the separator of partition is empty");
        int at = fromRight ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        object?[] parts = at >= 0
            ? [text[..at], separator, text[(at + separator.Length)..]]
            : fromRight ? [string.Empty, string.Empty, text] : [text, string.Empty, string.Empty];
        return new TemplateSequence([.. parts], isTuple: true);
    }

    private static TemplateSequence ToSequence(List<string> parts) => new([.. parts]);

    private static List<string> By(string text, string separator, int most)
    {
        var parts = new List<string>();
        int start = 0;
        while (parts.Count < most && text.IndexOf(separator, start, StringComparison.Ordinal) is >= 0 and var at)
        {
            parts.Add(text[start..at]);
            start = at + separator.Length;
        }

        parts.Add(text[start..]);
        return parts;
    }

    private static List<string> ByFromRight(string text, string separator, int most)
    {
        var parts = new List<string>();
        ReadOnlySpan<char> rest = text;
        while (parts.Count < most && rest.LastIndexOf(separator, StringComparison.Ordinal) is >= 0 and var at)
        {
            parts.Add(rest[(at + separator.Length)..].ToString());
            rest = rest[..at];
        }

        parts.Add(rest.ToString());
        parts.Reverse();
        return parts;
    }

    private static List<string> Words(string text, int most)
    {
        var parts = new List<string>();
        int at = 0;
        while (true)
        {
            while (at < text.Length && PythonText.IsSpace(text[at]))
                at++;
            if (at == text.Length)
                return parts;
            if (parts.Count == most)
            {
                parts.Add(text[at..]);
                return parts;
            }

            int start = at;
            while (at < text.Length && !PythonText.IsSpace(text[at]))
                at++;
            parts.Add(text[start..at]);
        }
    }

    private static List<string> WordsFromRight(string text, int most)
    {
        var parts = new List<string>();
        int at = text.Length;
        while (true)
        {
            while (at > 0 && PythonText.IsSpace(text[at - 1]))
                at--;
            if (at == 0)
                break;
            if (parts.Count == most)
            {
                parts.Add(text[..at]);
                break;
            }

            int end = at;
            while (at > 0 && !PythonText.IsSpace(text[at - 1]))
                at--;
            parts.Add(text[at..end]);
        }

        parts.Reverse();
        return parts;
    }
}
