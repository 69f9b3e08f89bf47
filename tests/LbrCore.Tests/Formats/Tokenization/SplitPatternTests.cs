using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using LbrCore.Formats.Tokenization.Patterns;

namespace LbrCore.Tests.Formats.Tokenization;

/// <summary>
/// The own regular-expression engine against System.Text.RegularExpressions, on text of plane 0, where both know the same categories;
/// constructs that .NET has not, and planes beyond, are covered by the expected ids of TokenizerConstructTests.
/// </summary>
public sealed class SplitPatternTests
{
    private static readonly string[] s_patterns =
    [
        @"(?:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        @"\p{N}{1,3}",
        "[一-龥\u3040-ゟ゠-ヿ]+",
        """[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^""" + "\r\n" + @"\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[" + "\r\n" + "]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+",
        @"\s+\z", @"(?:ab|a)*b", @"(?>a+|b)c?", @"a{2,4}?b", @"(?:\p{Lu}\p{Ll}*){2,3}", @"(?=\p{L}).", @"(?!a)[a-c]+", @"\A\S+|\d+", @"x*", @"(?:a|ab)(?:c|bcd)?",
    ];

    private readonly PatternMatcher _matcher = new();

    [Fact]
    public void MatchesAreThoseOfTheReferenceEngine()
    {
        var random = new Random(3);
        for (int round = 0; round < 400; round++)
        {
            string text = RandomText(random);
            foreach (string pattern in s_patterns)
                Assert.True(Reference(pattern, text).SequenceEqual(Matches(Compiled(pattern), text)), $"{pattern} on '{text}'");
        }
    }

    [Fact]
    public void LettersBeyondPlaneZeroAreLetters()
    {
        Assert.Equal(["𝒜𐐀\U00020000a", "😀", "\U0001D7D8"], Matches(SplitPattern.Parse(@"\p{L}+|\p{N}|\p{S}"), "𝒜𐐀\U00020000a 😀,\U0001D7D8"));
    }

    [Fact]
    public void IgnoringCaseFoldsLongSAndKelvin() =>
        Assert.Equal(["'ſ", "'S", "\u212A", "k"], Matches(SplitPattern.Parse("(?i:'s|k)"), "'ſ'S\u212Ak"));

    [Theory]
    [InlineData(@"(?<=a)b", "(?<")]
    [InlineData(@"(a)\1", @"\1")]
    [InlineData(@"\p{Han}", @"\p{Han}")]
    [InlineData(@"\bx", @"\b")]
    [InlineData("[[:alpha:]]", "[:")]
    [InlineData("(?i:[a-z])", "(?i)")]
    [InlineData("(?i:mañana)", "U+00F1")]
    [InlineData("(?i:mass)", "ss")]
    [InlineData("(?x: a b)", "(?x")]
    [InlineData("a{2}+", "{2}+")]
    [InlineData("a**", "quantifier on a quantifier")]
    [InlineData("(?:a*)*", "match nothing")]
    [InlineData(@"[\d-x]", "starts with a class")]
    [InlineData("(?:(?:ab){100}){100}", "instructions")]
    public void UnsupportedConstructsAreNamed(string pattern, string named) =>
        Assert.Contains(named, Assert.Throws<NotSupportedException>(() => SplitPattern.Parse(pattern)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("[a")]
    [InlineData("[]")]
    [InlineData("[z-a]")]
    [InlineData("*a")]
    [InlineData("a{3,2}")]
    [InlineData(@"\")]
    [InlineData(@"\x{110000}")]
    [InlineData(@"\p{L")]
    public void MalformedPatternsAreInvalidData(string pattern) => Assert.Throws<InvalidDataException>(() => SplitPattern.Parse(pattern));

    [Fact]
    public void RandomPatternsParseOrAreRefused()
    {
        var random = new Random(9);
        string[] parts = ["a", "b", "(", ")", "(?:", "(?=", "(?!", "(?>", "(?i:", "[", "]", "[^", "-", "|", "*", "+", "?", "{2,3}", "{", "}", @"\s", @"\p{L}", @"\", "&&", ".", "^", "$", "é", "😀"];
        byte[] text = "aab ba\n\nab é😀b"u8.ToArray();
        int parsed = 0;
        for (int i = 0; i < 20_000; i++)
        {
            string pattern = string.Concat(random.GetItems(parts, random.Next(1, 12)));
            try
            {
                SplitPattern compiled = SplitPattern.Parse(pattern);
                _matcher.Begin(text.Length);
                for (int from = 0; from <= text.Length && _matcher.TryFind(compiled, text, from, out _, out int end); from = Math.Max(end, from + 1))
                    Assert.InRange(end, from, text.Length);
                parsed++;
            }
            catch (Exception e) when (e is NotSupportedException or InvalidDataException)
            {
                Assert.NotEmpty(e.Message);
            }
        }

        Assert.InRange(parsed, 1000, 19_000);
    }

    [Fact]
    public void RunawayBacktrackingStopsWithAnError()
    {
        SplitPattern pattern = SplitPattern.Parse("(?:a|aa)+c");
        var clock = Stopwatch.StartNew();
        byte[] text = Encoding.UTF8.GetBytes(new string('a', 10_000));
        _matcher.Begin(text.Length);
        Assert.Throws<InvalidDataException>(() => _matcher.TryFind(pattern, text, 0, out _, out _));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"took {clock.Elapsed}");
    }

    private static readonly Dictionary<string, SplitPattern> s_compiled = [];

    private static SplitPattern Compiled(string pattern) =>
        s_compiled.TryGetValue(pattern, out SplitPattern? known) ? known : s_compiled[pattern] = SplitPattern.Parse(pattern);

    private List<string> Matches(SplitPattern pattern, string text)
    {
        var found = new List<string>();
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        _matcher.Begin(utf8.Length);
        int from = 0, last = -1;
        while (from <= utf8.Length && _matcher.TryFind(pattern, utf8, from, out int start, out int end))
        {
            if (start < end || start != last)
                found.Add(Encoding.UTF8.GetString(utf8[start..end]));
            last = end;
            from = end > start ? end : end + 1;
        }

        return found;
    }

    private static List<string> Reference(string pattern, string text)
    {
        var found = new List<string>();
        int last = -1;
        foreach (Match match in Regex.Matches(text, pattern, RegexOptions.CultureInvariant))
        {
            // .NET also reports an empty match right behind the one before; Oniguruma's callers do not.
            if (match.Length > 0 || match.Index != last)
                found.Add(match.Value);
            last = match.Index + match.Length;
        }

        return found;
    }

    private static string RandomText(Random random)
    {
        string[] snippets = ["a", "b", "ab", "abc", "bcd", "c", "x", " ", "  ", "\n", "\r\n", "\t", "'s", "'ll", "Word", "UPPER", "12", "3456", "٣", "½", "中文", "カナ", "é", "e\u0301", "Ж", "!", "..", "=", "€", "\u00A0", "\u3000", "\u200B", "ǅ", "ʰ"];
        var text = new StringBuilder();
        for (int i = random.Next(1, 25); i > 0; i--)
            text.Append(random.Next(4) == 0 ? ((char)random.Next(1, 0xD800)).ToString() : snippets[random.Next(snippets.Length)]);
        return text.ToString();
    }
}
