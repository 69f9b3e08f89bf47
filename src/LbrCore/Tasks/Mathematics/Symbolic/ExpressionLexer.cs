namespace LbrCore.Tasks.Mathematics.Symbolic;

/// <summary>Cuts normalised LaTeX or plain mathematics into numbers, names, commands and marks.</summary>
internal static class ExpressionLexer
{
    // Names that are read whole where they stand without a backslash.
    private static readonly string[] s_words = ["arcsin", "arccos", "arctan", "sqrt", "sinh", "cosh", "tanh", "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "pi"];

    /// <summary>The tokens; null where there is a character that mathematics does not have.</summary>
    public static List<string>? Cut(string text)
    {
        var tokens = new List<string>();
        for (int at = 0; at < text.Length;)
        {
            char c = text[at];
            int length = char.IsWhiteSpace(c) ? 0
                : char.IsAsciiDigit(c) || c == '.' ? NumberLength(text, at)
                : c == '\\' ? CommandLength(text, at)
                : char.IsAsciiLetter(c) ? WordLength(text, at)
                : "+-*/^!()[]{}|_,".Contains(c) ? 1
                : -1;
            if (length < 0) return null;
            if (length > 0) tokens.Add(text.Substring(at, length));
            at += Math.Max(1, length);
        }

        return tokens;
    }

    private static int NumberLength(string text, int at)
    {
        int length = 0, points = 0;
        while (at + length < text.Length && (char.IsAsciiDigit(text[at + length]) || text[at + length] == '.'))
            if (text[at + length++] == '.') points++;
        // Neither "1.2.3" nor "." is a number.
        return points > 1 || (points == 1 && length == 1) ? -1 : length;
    }

    private static int CommandLength(string text, int at)
    {
        int length = 1;
        while (at + length < text.Length && char.IsAsciiLetter(text[at + length])) length++;
        return length > 1 ? length : at + 1 < text.Length ? 2 : -1;
    }

    private static int WordLength(string text, int at)
    {
        foreach (string word in s_words)
            if (string.CompareOrdinal(text, at, word, 0, word.Length) == 0) return word.Length;
        return 1;
    }
}
