using System.Globalization;

namespace LbrCore.Formats.Tokenization.Normalization;

/// <summary>Lookup tables for normalization form C, built once from <see cref="NfcData"/>; Hangul is computed.</summary>
internal static class NfcTables
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TrailCount = 28, SyllableCount = LeadCount * VowelCount * TrailCount;

    private static readonly Dictionary<int, byte> s_combiningClasses = [];
    private static readonly Dictionary<int, (int First, int Second)> s_decompositions = [];
    private static readonly Dictionary<long, int> s_compositions = [];
    private static readonly ulong[] s_unstable = new ulong[0x20000 / 64];

    static NfcTables()
    {
        ReadCombiningClasses();
        ReadCompositions();
        ReadDecompositions();
        MarkUnstable();
    }

    /// <summary>
    /// Whether a code point can be changed, moved or absorbed by normalization. A stable one starts a segment that normalizes independently of
    /// everything before it.
    /// </summary>
    public static bool IsUnstable(int codePoint)
    {
        if (codePoint < 0x20000)
            return (s_unstable[codePoint >> 6] >> codePoint & 1) != 0;
        return s_decompositions.ContainsKey(codePoint); // Above plane 1 there are only compatibility ideographs.
    }

    /// <summary>The canonical combining class.</summary>
    public static int CombiningClass(int codePoint) => codePoint < 0x300 ? 0 : s_combiningClasses.GetValueOrDefault(codePoint);

    /// <summary>One step of canonical decomposition; <paramref name="second"/> is -1 for a singleton.</summary>
    public static bool TryDecompose(int codePoint, out int first, out int second)
    {
        int syllable = codePoint - HangulBase;
        if ((uint)syllable < SyllableCount)
        {
            int trail = syllable % TrailCount;
            first = trail != 0 ? codePoint - trail : LeadBase + syllable / (VowelCount * TrailCount);
            second = trail != 0 ? TrailBase + trail : VowelBase + syllable / TrailCount % VowelCount;
            return true;
        }

        bool found = s_decompositions.TryGetValue(codePoint, out (int First, int Second) pair);
        (first, second) = pair;
        return found;
    }

    /// <summary>The primary composite of two code points.</summary>
    public static bool TryCompose(int first, int second, out int composite)
    {
        int lead = first - LeadBase, vowel = second - VowelBase;
        if ((uint)lead < LeadCount && (uint)vowel < VowelCount)
        {
            composite = HangulBase + (lead * VowelCount + vowel) * TrailCount;
            return true;
        }

        int syllable = first - HangulBase, trail = second - TrailBase;
        if ((uint)syllable < SyllableCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            composite = first + trail;
            return true;
        }

        return s_compositions.TryGetValue((long)first << 32 | (uint)second, out composite);
    }

    private static void ReadCombiningClasses()
    {
        foreach ((int first, int last, string value) in Entries(NfcData.CombiningClasses))
            for (int codePoint = first; codePoint <= last; codePoint++)
                s_combiningClasses[codePoint] = byte.Parse(value, CultureInfo.InvariantCulture);
    }

    private static void ReadCompositions()
    {
        foreach ((int composite, _, string value) in Entries(NfcData.Compositions))
        {
            (int first, int second) = ParsePair(value);
            s_decompositions[composite] = (first, second);
            s_compositions[(long)first << 32 | (uint)second] = composite;
        }
    }

    private static void ReadDecompositions()
    {
        foreach ((int start, _, string value) in Entries(NfcData.Decompositions))
        {
            int codePoint = start;
            foreach (string target in value.Split(','))
                s_decompositions[codePoint++] = ParsePair(target);
        }
    }

    private static void MarkUnstable()
    {
        foreach (int codePoint in s_combiningClasses.Keys)
            Mark(codePoint);
        foreach ((int codePoint, (int First, int Second) parts) in s_decompositions)
        {
            if (parts.Second >= 0 && s_compositions.ContainsKey((long)parts.First << 32 | (uint)parts.Second))
                Mark(parts.Second); // May be absorbed by what stands before it; the composite itself is stable.
            else
                Mark(codePoint);
        }

        for (int vowel = 0; vowel < VowelCount; vowel++)
            Mark(VowelBase + vowel);
        for (int trail = 1; trail < TrailCount; trail++)
            Mark(TrailBase + trail);
    }

    private static void Mark(int codePoint)
    {
        if (codePoint < 0x20000)
            s_unstable[codePoint >> 6] |= 1UL << codePoint;
    }

    private static IEnumerable<(int First, int Last, string Value)> Entries(string data)
    {
        foreach (string entry in data.Split([' ', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            string[] halves = entry.Split('=');
            string[] range = halves[0].Split('-');
            yield return (ParseHexadecimal(range[0]), ParseHexadecimal(range[^1]), halves[1]);
        }
    }

    private static (int First, int Second) ParsePair(string text)
    {
        string[] parts = text.Split('+');
        return (ParseHexadecimal(parts[0]), parts.Length > 1 ? ParseHexadecimal(parts[1]) : -1);
    }

    private static int ParseHexadecimal(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
