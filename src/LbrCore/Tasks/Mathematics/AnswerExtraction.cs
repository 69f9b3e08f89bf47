namespace LbrCore.Tasks.Mathematics;

/// <summary>Finds the answer in what a model wrote.</summary>
public static class AnswerExtraction
{
    private const string EndOfThought = "</think>", Box = "\\boxed", FramedBox = "\\fbox";

    // Phrases that lead to an answer which is not in a box, the most explicit first.
    private static readonly string[] s_leads = ["####", "final answer is", "answer is"];

    /// <summary>The content of the last <c>\boxed{}</c> after the last <c>&lt;/think&gt;</c>.</summary>
    /// <param name="text">What the model wrote.</param>
    /// <param name="boxedOnly">False also takes what follows "the answer is" or <c>####</c> where there is no box.</param>
    /// <returns>The answer; null where there is none, or where its box is never closed.</returns>
    public static string? Find(string text, bool boxedOnly)
    {
        ArgumentNullException.ThrowIfNull(text);
        int thought = text.LastIndexOf(EndOfThought, StringComparison.Ordinal);
        if (thought >= 0) text = text[(thought + EndOfThought.Length)..];
        int box = text.LastIndexOf(Box, StringComparison.Ordinal), framed = text.LastIndexOf(FramedBox, StringComparison.Ordinal);
        if (box >= 0 || framed >= 0) return Boxed(text, box > framed ? box + Box.Length : framed + FramedBox.Length);
        return boxedOnly ? null : Unboxed(text);
    }

    /// <summary>What stands in the braces that begin here, or without braces the next word: <c>\boxed 5</c>.</summary>
    private static string? Boxed(string text, int at)
    {
        while (at < text.Length && char.IsWhiteSpace(text[at])) at++;
        if (at >= text.Length) return null;
        if (text[at] != '{')
        {
            int end = at;
            while (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] != '$') end++;
            return end == at ? null : text[at..end];
        }

        int depth = 0;
        for (int i = at; i < text.Length; i++)
        {
            // \{ and \} are characters of the answer, such as those of a set.
            if (text[i] == '\\') i++;
            else if (text[i] == '{') depth++;
            else if (text[i] == '}' && --depth == 0) return text[(at + 1)..i].Trim();
        }

        return null;
    }

    private static string? Unboxed(string text)
    {
        foreach (string lead in s_leads)
        {
            int at = text.LastIndexOf(lead, StringComparison.OrdinalIgnoreCase);
            if (at < 0) continue;
            string rest = text[(at + lead.Length)..].TrimStart(' ', ':', '\n', '*');
            int end = rest.IndexOf('\n', StringComparison.Ordinal);
            string answer = (end < 0 ? rest : rest[..end]).Trim().TrimEnd('.', '*');
            if (answer.Length > 0) return answer;
        }

        return null;
    }
}
