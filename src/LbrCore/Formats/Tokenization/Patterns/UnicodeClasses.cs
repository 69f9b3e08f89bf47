using System.Collections.Frozen;
using System.Globalization;

namespace LbrCore.Formats.Tokenization.Patterns;

/// <summary>The named Unicode classes that split patterns use: <c>\p{L}</c>, <c>\s</c>, <c>\d</c>, <c>\w</c> and their kin.</summary>
internal static class UnicodeClasses
{
    private static readonly FrozenDictionary<string, int> s_masks = BuildMasks();

    /// <summary>White_Space: <c>\s</c>.</summary>
    public static UnicodeClass WhiteSpace { get; } = new UnicodeClass.WhiteSpace();

    /// <summary>Nd: <c>\d</c>.</summary>
    public static UnicodeClass DecimalDigit { get; } = new UnicodeClass.Categories(s_masks["nd"]);

    /// <summary>N: what Rust calls numeric and the Digits pre-tokenizer isolates.</summary>
    public static UnicodeClass Numeric { get; } = new UnicodeClass.Categories(s_masks["n"]);

    /// <summary><c>\w</c> as Unicode Technical Standard 18 has it: Alphabetic, M, Nd, Pc and the two joiners. Added tokens with <c>single_word</c> ask it.</summary>
    public static UnicodeClass Word { get; } = new UnicodeClass.Union(
    [
        AlphabeticMarkDigitConnector(),
        new UnicodeClass.Range(0x200C, 0x200D),
    ]);

    /// <summary><c>\w</c> inside brackets as Oniguruma has it: no joiners.</summary>
    public static UnicodeClass OnigurumaWordInBrackets { get; } = AlphabeticMarkDigitConnector();

    /// <summary><c>\w</c> on its own as Oniguruma has it: no joiners, but the Latin-1 superscripts and fractions.</summary>
    public static UnicodeClass OnigurumaWord { get; } = new UnicodeClass.Union(
    [
        AlphabeticMarkDigitConnector(),
        new UnicodeClass.Range(0xB2, 0xB3),
        new UnicodeClass.Range(0xB9, 0xB9),
        new UnicodeClass.Range(0xBC, 0xBE),
    ]);

    /// <summary>The general category called <paramref name="name"/> (L, Lu, N, Nd, P, ...), or null where no category has that name.</summary>
    public static UnicodeClass? Category(string name) =>
        s_masks.TryGetValue(name.ToLowerInvariant(), out int mask) ? new UnicodeClass.Categories(mask) : null;

    private static UnicodeClass.Union AlphabeticMarkDigitConnector() => new(
    [
        new UnicodeClass.Categories(s_masks["l"] | s_masks["nl"] | s_masks["m"] | s_masks["nd"] | s_masks["pc"]),
        // Other_Alphabetic symbols: circled and squared Latin letters.
        new UnicodeClass.Range(0x24B6, 0x24E9),
        new UnicodeClass.Range(0x1F130, 0x1F149),
        new UnicodeClass.Range(0x1F150, 0x1F169),
        new UnicodeClass.Range(0x1F170, 0x1F189),
    ]);

    private static FrozenDictionary<string, int> BuildMasks()
    {
        // In the order of the members of UnicodeCategory.
        string[] names =
        [
            "lu", "ll", "lt", "lm", "lo", "mn", "mc", "me", "nd", "nl", "no", "zs", "zl", "zp", "cc", "cf", "cs", "co", "pc", "pd",
            "ps", "pe", "pi", "pf", "po", "sm", "sc", "sk", "so", "cn",
        ];
        var masks = new Dictionary<string, int>();
        for (int category = 0; category < names.Length; category++)
        {
            string name = names[category];
            masks[name] = 1 << category;
            string major = name[..1];
            masks[major] = masks.GetValueOrDefault(major) | 1 << category;
        }

        return masks.ToFrozenDictionary();
    }
}
