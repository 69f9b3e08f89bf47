using System.Text;
using System.Text.RegularExpressions;

namespace LbrCore.Tasks.Mathematics;

/// <summary>Writes answers that mean the same in the same way: one spelling of fractions, roots and brackets, no spacing, no units, no dollar or percent signs.</summary>
internal static partial class AnswerText
{
    private const int MaximumLength = 4000;

    // Commands that only place or size what they stand before.
    private static readonly string[] s_dropped =
        ["\\left", "\\right", "\\bigl", "\\bigr", "\\Bigl", "\\Bigr", "\\big", "\\Big", "\\displaystyle", "\\limits", "\\!", "\\,", "\\;", "\\:", "\\quad", "\\qquad", "\\$", "\\%", "\\ "];

    private static readonly (string From, string To)[] s_spellings =
    [
        ("\\dfrac", "\\frac"), ("\\tfrac", "\\frac"), ("\\cfrac", "\\frac"), ("\\dbinom", "\\binom"), ("\\tbinom", "\\binom"), ("\\cdot", "*"), ("\\times", "*"), ("\\div", "/"),
        ("\\lbrace", "\\{"), ("\\rbrace", "\\}"), ("\\lbrack", "["), ("\\rbrack", "]"), ("\\lparen", "("), ("\\rparen", ")"), ("\\vert", "|"), ("\\leq", "\\le"), ("\\geq", "\\ge"), ("\\neq", "\\ne"),
        ("−", "-"), ("–", "-"), ("×", "*"), ("·", "*"), ("÷", "/"), ("π", "\\pi"), ("∞", "\\infty"), ("√", "\\sqrt"), ("≤", "\\le"), ("≥", "\\ge"), ("∪", "\\cup"), ("^\\circ", ""), ("^{\\circ}", ""), ("\\degree", ""), ("°", ""),
        ("\\operatorname", "\\mathrm"), ("\\textbf", "\\text"), ("\\mbox", "\\text"), ("\\textit", "\\text"), ("\\textrm", "\\text"), ("\\mathbf", "\\text"), ("\\mathrm", "\\text"), ("\\mathit", "\\text"), ("\\mathsf", "\\text"),
    ];

    /// <summary>The answer in its one spelling; empty where nothing is left of it.</summary>
    public static string Normalize(string answer)
    {
        if (answer.Length > MaximumLength) return "";
        string text = answer.Trim();
        foreach ((string from, string to) in s_spellings) text = ReplaceCommand(text, from, to);
        foreach (string command in s_dropped) text = ReplaceCommand(text, command, "");
        text = text.Replace("$", "", StringComparison.Ordinal).Replace("%", "", StringComparison.Ordinal).Replace("~", " ", StringComparison.Ordinal);
        text = RemoveUnits(text);
        text = ThousandsInBraces().Replace(text, "");
        text = RemoveSpaces(text);
        if (Thousands().IsMatch(text)) text = text.Replace(",", "", StringComparison.Ordinal);
        text = LeadingZero().Replace(text, "0.");
        text = BraceArguments(text);
        text = ShortSubscript().Replace(text, "_$1");
        text = text.Replace("+\\infty", "\\infty", StringComparison.Ordinal);
        return Unwrap(text.TrimEnd('.', ',', ';').TrimEnd());
    }

    /// <summary>The value of an answer such as <c>x=5</c> or <c>f(x)=2x</c>; other answers as they are.</summary>
    public static string Value(string normalized) => Assignment().Replace(normalized, "");

    /// <summary>The letters and digits alone, for answers that are words.</summary>
    public static string Words(string answer) => string.Concat(answer.Replace("\\text", "", StringComparison.Ordinal).Where(char.IsLetterOrDigit));

    /// <summary>Replaces a command, but not the beginning of a longer one: \le is none in \left.</summary>
    private static string ReplaceCommand(string text, string command, string replacement)
    {
        if (!text.Contains(command, StringComparison.Ordinal)) return text;
        bool isWord = command[0] == '\\' && char.IsAsciiLetter(command[^1]);
        var result = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length;)
        {
            int end = at + command.Length;
            if (string.CompareOrdinal(text, at, command, 0, command.Length) == 0 && !(isWord && end < text.Length && char.IsAsciiLetter(text[end])))
            {
                result.Append(replacement);
                // A backslash that is replaced by nothing shall not join what stood before it with what follows.
                if (isWord && replacement.Length == 0) result.Append(' ');
                at = end;
            }
            else
            {
                // \\ ends a row; its second backslash begins no command.
                int step = text[at] == '\\' && at + 1 < text.Length && text[at + 1] == '\\' ? 2 : 1;
                result.Append(text, at, step);
                at += step;
            }
        }

        return result.ToString();
    }

    /// <summary>Removes spaces, but for one that ends a command: \sin x is not \sinx.</summary>
    private static string RemoveSpaces(string text)
    {
        var result = new StringBuilder(text.Length);
        bool inCommand = false, space = false;
        foreach (char c in text)
        {
            if (char.IsWhiteSpace(c))
            {
                space = true;
                continue;
            }

            bool isLetter = char.IsAsciiLetter(c);
            if (space && inCommand && isLetter) result.Append(' ');
            inCommand = c == '\\' || (inCommand && isLetter && !space);
            space = false;
            result.Append(c);
        }

        return result.ToString();
    }

    /// <summary>Text behind a number is its unit; text elsewhere is part of the answer and keeps its words.</summary>
    private static string RemoveUnits(string text)
    {
        text = TrailingTextUnit().Replace(text, "${number}");
        text = TextCommand().Replace(text, "${words}");
        text = Conjunction().Replace(text, ",");
        return TrailingWordUnit().Replace(text, "${number}");
    }

    /// <summary>\frac12 as \frac{1}{2}, \sqrt3 as \sqrt{3}: arguments in braces always.</summary>
    private static string BraceArguments(string text)
    {
        text = ShortFraction().Replace(text, "\\frac{$1}{$2}");
        text = HalfShortFraction().Replace(text, "\\frac{$1}{");
        text = FractionWithShortEnd().Replace(text, "$1{$2}");
        return ShortRoot().Replace(text, "\\sqrt{$1}");
    }

    /// <summary>Removes braces around everything.</summary>
    private static string Unwrap(string text)
    {
        while (text.Length >= 2 && text[0] == '{' && text[^1] == '}' && AnswerStructure.MatchingEnd(text, 0) == text.Length - 1) text = text[1..^1];
        return text;
    }

    [GeneratedRegex(@"(?<=\d)\{,\}(?=\d{3})", RegexOptions.CultureInvariant)]
    private static partial Regex ThousandsInBraces();

    [GeneratedRegex(@"^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Thousands();

    [GeneratedRegex(@"(?<![\d.])\.(?=\d)", RegexOptions.CultureInvariant)]
    private static partial Regex LeadingZero();

    [GeneratedRegex(@"^(?:[a-zA-Z](?:_\{?\w+\}?)?(?:\([a-z]\))?(?:=|\\in(?![a-zA-Z])))(?=[^=]+$)", RegexOptions.CultureInvariant)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"(?<number>[\d}).])\s*\\text\s*\{[^{}\d]*\}\s*(?:\^\s*\{?\s*[23]\s*\}?)?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex TrailingTextUnit();

    [GeneratedRegex(@"(?<number>\d)\s*(?:degrees?|dollars?|cents?|units?|inches|inch|feet|foot|ft|yards?|miles?|mph|km|cm|mm|meters?|metres?|kg|grams?|hours?|hrs?|minutes?|mins?|seconds?|days?|weeks?|years?|percent|points?|square\s+\w+|cubic\s+\w+)\s*(?:\^\s*\{?\s*[23]\s*\}?)?\s*\.?$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex TrailingWordUnit();

    [GeneratedRegex(@"\s(?:or|and)\s", RegexOptions.CultureInvariant)]
    private static partial Regex Conjunction();

    [GeneratedRegex(@"\\text\s*\{(?<words>[^{}]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex TextCommand();

    [GeneratedRegex(@"\\frac([0-9a-zA-Z])([0-9a-zA-Z])", RegexOptions.CultureInvariant)]
    private static partial Regex ShortFraction();

    [GeneratedRegex(@"\\frac([0-9a-zA-Z])\{", RegexOptions.CultureInvariant)]
    private static partial Regex HalfShortFraction();

    [GeneratedRegex(@"(\\frac\{[^{}]*\})([0-9a-zA-Z])", RegexOptions.CultureInvariant)]
    private static partial Regex FractionWithShortEnd();

    [GeneratedRegex(@"_\{(\w)\}", RegexOptions.CultureInvariant)]
    private static partial Regex ShortSubscript();

    [GeneratedRegex(@"\\sqrt([0-9a-zA-Z])", RegexOptions.CultureInvariant)]
    private static partial Regex ShortRoot();
}
