using LbrCore.Formats.Tokenization.Patterns;

namespace LbrCore.Formats.Tokenization.PreTokenization;

/// <summary>Takes the words of a text, one at a time and in order.</summary>
internal interface IWordSink
{
    /// <summary>Takes the next word; the bytes are valid during the call only.</summary>
    void Add(ReadOnlySpan<byte> word);
}

/// <summary>Runs a <see cref="PreTokenizer"/>, handing each word on as soon as it is cut, so that no list of pieces is built. For one thread at a time.</summary>
internal sealed class WordSplitter(PreTokenizer preTokenizer, IWordSink sink)
{
    private readonly PatternMatcher _matcher = new();
    private byte[] _prefixed = [];

    /// <summary>Grants the work for one text of a length in bytes; call before its pieces are split.</summary>
    public void Begin(int textLength) => _matcher.Begin(textLength);

    /// <summary>Cuts a piece of text into words.</summary>
    public void Split(ReadOnlySpan<byte> text) => Run(text, 0);

    private void Run(ReadOnlySpan<byte> piece, int stage)
    {
        if (piece.IsEmpty)
            return;
        if (stage < preTokenizer.Stages.Count)
        {
            RunStage(preTokenizer.Stages[stage], piece, stage + 1);
            return;
        }

        if (stage > preTokenizer.Stages.Count)
        {
            sink.Add(piece);
            return;
        }

        if (preTokenizer.AddPrefixSpace && piece[0] != ' ')
            piece = WithPrefixSpace(piece);
        if (preTokenizer.FinalStage is null)
            sink.Add(piece);
        else
            RunStage(preTokenizer.FinalStage, piece, stage + 1);
    }

    private ReadOnlySpan<byte> WithPrefixSpace(ReadOnlySpan<byte> piece)
    {
        if (_prefixed.Length <= piece.Length)
            _prefixed = new byte[piece.Length + 1];
        _prefixed[0] = (byte)' ';
        piece.CopyTo(_prefixed.AsSpan(1));
        return _prefixed.AsSpan(0, piece.Length + 1);
    }

    private void RunStage(SplitStage split, ReadOnlySpan<byte> piece, int next)
    {
        var merger = new SegmentMerger(split.Behavior);
        int covered = 0, from = 0, lastMatchEnd = -1;
        while (from <= piece.Length && _matcher.TryFind(split.Pattern, piece, from, out int start, out int end))
        {
            if (start == end && end == lastMatchEnd)
            {
                // An empty match that touches the one before does not count; look on one character later.
                from = end + (end < piece.Length ? Utf8Text.LengthAt(piece, end) : 1);
                continue;
            }

            from = lastMatchEnd = end;
            if (start > covered)
                Merge(ref merger, piece, covered, start, split.Invert, next);
            Merge(ref merger, piece, start, end, !split.Invert, next);
            covered = end;
        }

        if (covered < piece.Length)
            Merge(ref merger, piece, covered, piece.Length, split.Invert, next);
        if (merger.TryFlush(out Range last))
            Run(piece[last], next);
    }

    private void Merge(ref SegmentMerger merger, ReadOnlySpan<byte> piece, int start, int end, bool isMatch, int next)
    {
        if (merger.TryAdd(start, end, isMatch, out Range finished))
            Run(piece[finished], next);
    }
}
