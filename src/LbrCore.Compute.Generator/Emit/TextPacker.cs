using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;

namespace LbrCore.Compute.Generator.Emit;

/// <summary>
/// Packs the texts of a kernel's variants into one block, which <c>LbrCore.Compute.PackedTexts</c> opens. Variants differ by constants and by how far
/// names are numbered, so numbers are written relative to those before, and long repeats are found however far back they lie, which deflate with its
/// 32 KB cannot: PTX takes a twentieth of its length, a quarter of what deflate alone makes of it.
/// </summary>
/// <remarks>
/// <para>Folded texts: UTF-8, each text ended by a zero. Where every byte is ASCII (the block's first byte is 1), a number behind a name (letters and _,
/// perhaps after % or $) is a byte 0x80 + d, when it is d below one more than the largest of that name so far in the text; or 0xFE and d; or, above that,
/// 0xFF and the number itself.</para>
/// <para>Block: that first byte, then deflated: the folded length, the number of literals, the literals, and triples (literals to copy, length of the
/// repeat - <see cref="LeastRepeat"/>, its distance). Numbers are 7 bits a byte, low first, all but the last with the high bit.</para>
/// </remarks>
internal static class TextPacker
{
    // Shorter repeats are left to deflate, whose lengths and distances are coded better.
    const int Key = 16, LeastRepeat = 40, ShortNumbers = 100, MostDigits = 8;

    /// <summary>The block of some texts, none of which holds a zero.</summary>
    public static byte[] Pack(IReadOnlyList<string> texts)
    {
        bool ascii = texts.All(text => text.All(c => c < 0x80));
        var folded = new MemoryStream();
        foreach (string text in texts)
        {
            if (ascii) FoldNumbers(text, folded);
            else folded.Write(Encoding.UTF8.GetBytes(text), 0, Encoding.UTF8.GetByteCount(text));
            folded.WriteByte(0);
        }

        var block = new MemoryStream();
        block.WriteByte((byte)(ascii ? 1 : 0));
        using (var deflate = new DeflateStream(block, CompressionLevel.Optimal))
        {
            byte[] repeats = FoldRepeats(folded.ToArray());
            deflate.Write(repeats, 0, repeats.Length);
        }

        return block.ToArray();
    }

    static void FoldNumbers(string text, MemoryStream to)
    {
        var next = new Dictionary<string, int>();
        for (int i = 0; i < text.Length;)
        {
            int name = i;
            to.WriteByte((byte)text[i++]);
            if (text[name] is not ('%' or '$') && !IsLetter(text[name])) continue;
            for (; i < text.Length && IsLetter(text[i]); i++) to.WriteByte((byte)text[i]);
            int digits = DigitsAt(text, i);
            if (digits == 0 || !IsLetter(text[i - 1])) continue;
            string called = text.Substring(name, i - name);
            int number = int.Parse(text.Substring(i, digits));
            i += digits;
            next.TryGetValue(called, out int expected);
            int below = expected - number;
            if (below is >= 0 and < ShortNumbers)
            {
                to.WriteByte((byte)(0x80 + below));
            }
            else
            {
                to.WriteByte((byte)(below < 0 ? 0xFF : 0xFE));
                WriteNumber(to, below < 0 ? number : below);
            }

            next[called] = Math.Max(expected, number + 1);
        }
    }

    static bool IsLetter(char c) => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or '_';

    /// <summary>How many of the next characters are a number that reads back as it stands: no leading zero, and far from overflow.</summary>
    static int DigitsAt(string text, int at)
    {
        int end = at;
        while (end < text.Length && end - at < MostDigits && text[end] is >= '0' and <= '9' && (end == at || text[at] != '0')) end++;
        return end - at;
    }

    /// <summary>Greedy: at every place the last occurrence of the next <see cref="Key"/> bytes, extended both ways.</summary>
    static byte[] FoldRepeats(byte[] text)
    {
        var last = new Dictionary<(long, long), int>(text.Length);
        var literals = new MemoryStream();
        var triples = new MemoryStream();
        int literal = 0, at = 0;
        while (at + Key <= text.Length)
        {
            (long, long) key = (BitConverter.ToInt64(text, at), BitConverter.ToInt64(text, at + 8));
            bool seen = last.TryGetValue(key, out int from);
            last[key] = at;
            if (seen)
            {
                int start = at, end = at + Key, distance = at - from;
                while (end < text.Length && text[end - distance] == text[end]) end++;
                while (start > literal && start > distance && text[start - distance - 1] == text[start - 1]) start--;
                if (end - start >= LeastRepeat)
                {
                    literals.Write(text, literal, start - literal);
                    WriteNumber(triples, start - literal);
                    WriteNumber(triples, end - start - LeastRepeat);
                    WriteNumber(triples, distance);
                    for (at++; at < end && at + Key <= text.Length; at++) last[(BitConverter.ToInt64(text, at), BitConverter.ToInt64(text, at + 8))] = at;
                    at = literal = end;
                    continue;
                }
            }

            at++;
        }

        literals.Write(text, literal, text.Length - literal);
        var folded = new MemoryStream();
        WriteNumber(folded, text.Length);
        WriteNumber(folded, (int)literals.Length);
        literals.WriteTo(folded);
        triples.WriteTo(folded);
        return folded.ToArray();
    }

    static void WriteNumber(MemoryStream to, int number)
    {
        for (; number >= 0x80; number >>= 7) to.WriteByte((byte)(number | 0x80));
        to.WriteByte((byte)number);
    }
}
