namespace LbrCore.Formats.Tokenization.Patterns;

/// <summary>
/// A compiled split pattern: an own small regular-expression engine over UTF-8, since System.Text.RegularExpressions sees UTF-16 units
/// (its <c>\p{L}</c> misses every letter beyond plane 0), has no possessive quantifiers, and is interpreted under native AOT.
/// Backtracking, leftmost, first alternative that matches; work is bounded by a budget in proportion to the text.
/// Immutable and safe to share between threads.
/// </summary>
internal sealed class SplitPattern
{
    private const int MaximumLength = 20_000;

    private SplitPattern(string text, PatternInstruction[] code, LeadBytes lead) => (Text, Code, Lead) = (text, code, lead);

    /// <summary>The pattern as written.</summary>
    public string Text { get; }

    /// <summary>The compiled program.</summary>
    public PatternInstruction[] Code { get; }

    /// <summary>The bytes that a match can start with.</summary>
    public LeadBytes Lead { get; }

    /// <summary>Compiles a regular expression.</summary>
    /// <exception cref="NotSupportedException">A construct outside the supported subset; the message names it.</exception>
    /// <exception cref="InvalidDataException">The expression is malformed.</exception>
    public static SplitPattern Parse(string pattern)
    {
        if (pattern.Length > MaximumLength)
            throw new NotSupportedException($"A split pattern of {pattern.Length} characters is not supported; the limit is {MaximumLength}.");
        (PatternInstruction[] code, LeadBytes lead) = PatternCompiler.Compile(PatternParser.Parse(pattern));
        return new SplitPattern(pattern, code, lead);
    }

    /// <summary>A pattern that matches a text literally.</summary>
    public static SplitPattern Literal(string text)
    {
        var sets = new List<PatternNode>();
        foreach (System.Text.Rune rune in text.EnumerateRunes())
            sets.Add(new PatternNode.Set(UnicodeClass.Single(rune.Value)));
        return FromNode(text, new PatternNode.Sequence(sets));
    }

    /// <summary>A pattern that matches one code point of a class.</summary>
    public static SplitPattern OneOf(string name, UnicodeClass @class) => FromNode(name, new PatternNode.Set(@class));

    private static SplitPattern FromNode(string text, PatternNode node)
    {
        (PatternInstruction[] code, LeadBytes lead) = PatternCompiler.Compile(node);
        return new SplitPattern(text, code, lead);
    }
}
