using System.Buffers;
using System.Text;
using LbrCore.Formats.Tokenization.Patterns;

namespace LbrCore.Formats.Tokenization;

/// <summary>Finds added tokens in UTF-8 text: leftmost, then longest, by a byte trie entered only at bytes that some token starts with.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<int, int> _edges = [];
    private readonly List<AddedToken?> _tokenAt = [null];
    private readonly SearchValues<byte> _leads;

    /// <summary>A matcher of tokens, each by the bytes it is looked for with.</summary>
    public AddedTokenMatcher(IEnumerable<(AddedToken Token, byte[] Pattern)> tokens)
    {
        var leads = new HashSet<byte>();
        foreach ((AddedToken token, byte[] pattern) in tokens)
        {
            leads.Add(pattern[0]);
            int node = 0;
            foreach (byte value in pattern)
            {
                if (!_edges.TryGetValue(node << 8 | value, out int child))
                {
                    child = _tokenAt.Count;
                    _edges[node << 8 | value] = child;
                    _tokenAt.Add(null);
                }

                node = child;
            }

            _tokenAt[node] = token;
        }

        _leads = SearchValues.Create([.. leads]);
    }

    /// <summary>
    /// The next added token at or behind <paramref name="searchFrom"/>, which moves behind it; <paramref name="start"/> and
    /// <paramref name="end"/> include the whitespace that the token strips, but nothing before <paramref name="consumed"/> to its left.
    /// </summary>
    public bool TryFindNext(ReadOnlySpan<byte> text, ref int searchFrom, int consumed, out AddedToken token, out int start, out int end)
    {
        while (TryFindRaw(text, searchFrom, out token, out start, out end))
        {
            searchFrom = end;
            if (token.SingleWord && (EndsWithWord(text[..start]) || StartsWithWord(text[end..])))
                continue;
            if (token.StripLeft)
                start = Math.Max(TrimEnd(text, start), consumed);
            if (token.StripRight)
                end = TrimStart(text, end);
            return true;
        }

        return false;
    }

    private bool TryFindRaw(ReadOnlySpan<byte> text, int from, out AddedToken token, out int start, out int end)
    {
        for (start = from; start < text.Length; start++)
        {
            int skip = text[start..].IndexOfAny(_leads);
            if (skip < 0)
                break;
            start += skip;
            if (TryMatchAt(text, start, out token, out end))
                return true;
        }

        (token, start, end) = (null!, -1, -1);
        return false;
    }

    private bool TryMatchAt(ReadOnlySpan<byte> text, int start, out AddedToken token, out int end)
    {
        (token, end) = (null!, -1);
        int node = 0;
        for (int position = start; position < text.Length && _edges.TryGetValue(node << 8 | text[position], out node); position++)
            if (_tokenAt[node] is AddedToken found)
                (token, end) = (found, position + 1);
        return end >= 0;
    }

    private static bool EndsWithWord(ReadOnlySpan<byte> text) =>
        Rune.DecodeLastFromUtf8(text, out Rune last, out _) == OperationStatus.Done && UnicodeClasses.Word.Contains(last.Value);

    private static bool StartsWithWord(ReadOnlySpan<byte> text) =>
        Rune.DecodeFromUtf8(text, out Rune first, out _) == OperationStatus.Done && UnicodeClasses.Word.Contains(first.Value);

    private static int TrimEnd(ReadOnlySpan<byte> text, int end)
    {
        while (Rune.DecodeLastFromUtf8(text[..end], out Rune last, out int length) == OperationStatus.Done && Rune.IsWhiteSpace(last))
            end -= length;
        return end;
    }

    private static int TrimStart(ReadOnlySpan<byte> text, int start)
    {
        while (Rune.DecodeFromUtf8(text[start..], out Rune first, out int length) == OperationStatus.Done && Rune.IsWhiteSpace(first))
            start += length;
        return start;
    }
}
