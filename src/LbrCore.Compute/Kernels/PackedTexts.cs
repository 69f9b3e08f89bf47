using System.ComponentModel;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace LbrCore.Compute;

/// <summary>
/// Texts of a kernel's variants that generated code holds packed, because many kernels would make a small program large. For generated code only.
/// </summary>
/// <remarks>The format is described where it is written, at the generator's <c>TextPacker</c>. Opened when a text is asked for; the garbage collector may take them back.</remarks>
/// <param name="block">Gives the packed block.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class PackedTexts(PtxSource block)
{
    private const int LeastRepeat = 40, LongestText = 1 << 28, LongBelow = 0xFE, Absolute = 0xFF;
    private readonly WeakReference<byte[][]> _texts = new([]);

    /// <summary>A text as UTF-8.</summary>
    /// <param name="index">Its place among those that were packed.</param>
    /// <exception cref="InvalidDataException">The block is damaged.</exception>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            if (!_texts.TryGetTarget(out byte[][]? texts) || texts.Length == 0) _texts.SetTarget(texts = Open(block()));
            return texts[index];
        }
    }

    private static unsafe byte[][] Open(ReadOnlySpan<byte> packed)
    {
        try
        {
            fixed (byte* start = packed[1..])
            {
                using var source = new UnmanagedMemoryStream(start, packed.Length - 1);
                using var inflate = new DeflateStream(source, CompressionMode.Decompress);
                using var plain = new MemoryStream();
                inflate.CopyTo(plain);
                return Split(UnfoldRepeats(plain.GetBuffer().AsSpan(0, (int)plain.Length)), packed[0] == 1);
            }
        }
        catch (Exception exception) when (exception is ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            throw new InvalidDataException("A packed text of this program is damaged.", exception);
        }
    }

    private static byte[] UnfoldRepeats(ReadOnlySpan<byte> folded)
    {
        int total = ReadNumber(ref folded), count = ReadNumber(ref folded), done = 0;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(total, LongestText);
        var text = new byte[total];
        ReadOnlySpan<byte> literals = folded[..count], triples = folded[count..];
        while (triples.Length > 0)
        {
            int copied = ReadNumber(ref triples), length = ReadNumber(ref triples) + LeastRepeat, distance = ReadNumber(ref triples);
            literals[..copied].CopyTo(text.AsSpan(done));
            literals = literals[copied..];
            done += copied;
            // A repeat may run into itself, so byte by byte.
            for (int end = done + length; done < end; done++) text[done] = text[done - distance];
        }

        literals.CopyTo(text.AsSpan(done));
        return text;
    }

    private static byte[][] Split(ReadOnlySpan<byte> folded, bool hasNumbers)
    {
        var texts = new List<byte[]>();
        while (folded.Length > 0)
        {
            int end = folded.IndexOf((byte)0);
            texts.Add(hasNumbers ? UnfoldNumbers(folded[..end]) : folded[..end].ToArray());
            folded = folded[(end + 1)..];
        }

        return [.. texts];
    }

    private static byte[] UnfoldNumbers(ReadOnlySpan<byte> folded)
    {
        using var text = new MemoryStream(2 * folded.Length);
        var next = new Dictionary<string, int>();
        Span<byte> digits = stackalloc byte[16];
        while (folded.Length > 0)
        {
            int plain = folded.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
            text.Write(plain < 0 ? folded : folded[..plain]);
            if (plain < 0) break;
            int start = plain;
            while (start > 0 && (char.IsAsciiLetter((char)folded[start - 1]) || folded[start - 1] == '_')) start--;
            if (start > 0 && folded[start - 1] is (byte)'%' or (byte)'$') start--;
            string name = Encoding.ASCII.GetString(folded[start..plain]);
            int mark = folded[plain];
            folded = folded[(plain + 1)..];
            int expected = next.GetValueOrDefault(name);
            int number = mark switch
            {
                Absolute => ReadNumber(ref folded),
                LongBelow => expected - ReadNumber(ref folded),
                _ => expected - (mark - 0x80),
            };
            number.TryFormat(digits, out int length, provider: CultureInfo.InvariantCulture);
            text.Write(digits[..length]);
            next[name] = Math.Max(expected, number + 1);
        }

        return text.ToArray();
    }

    private static int ReadNumber(ref ReadOnlySpan<byte> from)
    {
        int number = 0, at = 0, shift = 0;
        for (; from[at] >= 0x80 && shift < 28; shift += 7) number |= (from[at++] & 0x7F) << shift;
        number |= from[at++] << shift;
        from = from[at..];
        return number;
    }
}
