using System.Buffers;
using System.Text;
using LbrCore.Formats.Tokenization.Patterns;

namespace LbrCore.Formats.Tokenization.Normalization;

/// <summary>
/// Unicode normalization form C of UTF-8 text (Unicode Standard Annex 15), by the tables of Unicode 9.0 (see <see cref="NfcData"/>).
/// Own code because string.Normalize returns its input under invariant globalization, which a native binary without ICU runs in.
/// </summary>
internal static class NfcNormalizer
{
    // Every code point below U+0300 is stable, and 0xCC is the lead byte of U+0300.
    private static readonly SearchValues<byte> s_leadsOfPossibleChange = SearchValues.Create([.. Enumerable.Range(0xCC, 0x100 - 0xCC).Select(b => (byte)b)]);

    /// <summary>
    /// Normalizes well-formed UTF-8. Returns false, and writes nothing, where the text is normalized already;
    /// otherwise clears <paramref name="output"/> and writes the normalized text to it.
    /// </summary>
    public static bool Normalize(ReadOnlySpan<byte> text, ArrayBufferWriter<byte> output)
    {
        int unstable = IndexOfUnstable(text, 0);
        if (unstable < 0)
            return false;

        output.ResetWrittenCount();
        var segment = new List<int>();
        int copied = 0;
        while (unstable >= 0)
        {
            // The segment: one stable code point before (it may absorb), then everything up to the next stable one.
            int start = unstable > copied ? Utf8Text.StepBack(text, unstable) : unstable;
            output.Write(text[copied..start]);
            int end = start;
            segment.Clear();
            while (end < text.Length)
            {
                int codePoint = Utf8Text.Decode(text, end, out int length);
                if (end > start && !NfcTables.IsUnstable(codePoint))
                    break;
                AppendDecomposition(codePoint, segment);
                end += length;
            }

            Reorder(segment);
            Compose(segment);
            foreach (int codePoint in segment)
                output.Advance(new Rune(codePoint).EncodeToUtf8(output.GetSpan(4)));
            copied = end;
            unstable = IndexOfUnstable(text, end);
        }

        output.Write(text[copied..]);
        return true;
    }

    private static int IndexOfUnstable(ReadOnlySpan<byte> text, int from)
    {
        int position = from;
        while (position < text.Length)
        {
            if (text[position] < 0xCC)
            {
                int skip = text[position..].IndexOfAny(s_leadsOfPossibleChange);
                if (skip < 0)
                    return -1;
                position += skip;
            }

            int codePoint = Utf8Text.Decode(text, position, out int length);
            if (NfcTables.IsUnstable(codePoint))
                return position;
            position += length;
        }

        return -1;
    }

    private static void AppendDecomposition(int codePoint, List<int> to)
    {
        if (!NfcTables.TryDecompose(codePoint, out int first, out int second))
        {
            to.Add(codePoint);
            return;
        }

        AppendDecomposition(first, to);
        if (second >= 0)
            AppendDecomposition(second, to);
    }

    /// <summary>Sorts every run of marks by combining class, stably.</summary>
    private static void Reorder(List<int> segment)
    {
        for (int start = 0; start < segment.Count; start++)
        {
            if (NfcTables.CombiningClass(segment[start]) == 0)
                continue;

            int end = start;
            var keys = new List<(int Class, int Order, int CodePoint)>();
            for (; end < segment.Count && NfcTables.CombiningClass(segment[end]) is > 0 and int combiningClass; end++)
                keys.Add((combiningClass, end, segment[end]));
            keys.Sort();
            for (int i = 0; i < keys.Count; i++)
                segment[start + i] = keys[i].CodePoint;
            start = end - 1;
        }
    }

    /// <summary>Composes each mark with the last starter where nothing between blocks it; shrinks the list in place.</summary>
    private static void Compose(List<int> segment)
    {
        int starter = -1, written = 0, previousClass = 0;
        for (int i = 0; i < segment.Count; i++)
        {
            int codePoint = segment[i];
            int combiningClass = NfcTables.CombiningClass(codePoint);
            bool adjacent = starter == written - 1;
            bool blocked = !adjacent && previousClass >= combiningClass;
            if (starter >= 0 && !blocked && NfcTables.TryCompose(segment[starter], codePoint, out int composite))
            {
                segment[starter] = composite;
                continue;
            }

            if (combiningClass == 0)
                starter = written;
            previousClass = combiningClass;
            segment[written++] = codePoint;
        }

        segment.RemoveRange(written, segment.Count - written);
    }
}
