using System.Buffers;
using System.Text;
using System.Text.Json;
using LbrCore.Formats.Tokenization.Normalization;

namespace LbrCore.Tests.Formats.Tokenization;

public sealed class NfcNormalizerTests
{
    private readonly ArrayBufferWriter<byte> _output = new();

    [Fact]
    public void ExpectedStrings()
    {
        int changed = 0, count = 0;
        foreach (JsonElement pair in TokenizerFixtures.Expected("nfc-expected.json").EnumerateArray())
        {
            string text = pair[0].GetString()!, expected = pair[1].GetString()!;
            Assert.Equal(expected, Normalize(text));
            Assert.Equal(expected, Normalize(expected));
            changed += text != expected ? 1 : 0;
            count++;
        }

        Assert.True(count > 1500 && changed > 1200, $"{changed} of {count}");
    }

    [Fact]
    public void PiecesBetweenStableCharactersNormalizeOnTheirOwn()
    {
        string[] parts = [.. TokenizerFixtures.Expected("nfc-expected.json").EnumerateArray().Select(pair => pair[0].GetString()!)];
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            // '|' neither composes nor reorders, so the whole must be the parts joined.
            string[] chosen = random.GetItems(parts, random.Next(1, 6));
            Assert.Equal(string.Join('|', chosen.Select(Normalize)), Normalize(string.Join('|', chosen)));
        }
    }

    [Fact]
    public void HangulComposesBothWays()
    {
        for (int syllable = 0xAC00; syllable <= 0xD7A3; syllable++)
        {
            int index = syllable - 0xAC00, trail = index % 28;
            string jamo = $"{(char)(0x1100 + index / 588)}{(char)(0x1161 + index / 28 % 21)}{(trail == 0 ? "" : (char)(0x11A7 + trail))}";
            Assert.Equal(((char)syllable).ToString(), Normalize(jamo));
        }
    }

    [Fact]
    public void NormalizedTextIsReportedUnchanged()
    {
        foreach (string text in (string[])["", "plain ASCII", "Grüße, Москва, 東京, 서울, 😀, é", "\u0915\u093F"])
            Assert.False(NfcNormalizer.Normalize(Encoding.UTF8.GetBytes(text), _output));
    }

    [Fact]
    public void AMillionMarksTakeNoQuadraticTime()
    {
        string marks = string.Concat(Enumerable.Repeat("\u0301\u0327", 500_000));
        string normalized = Normalize("a" + marks);
        // First all marks of class 202, then all of class 230; the base composes with the first of the latter, since 202 does not block 230.
        Assert.Equal("\u00E1" + new string('\u0327', 500_000) + new string('\u0301', 499_999), normalized);
    }

    private string Normalize(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return Encoding.UTF8.GetString(NfcNormalizer.Normalize(utf8, _output) ? _output.WrittenSpan : utf8);
    }
}
