namespace LbrCore.Formats.Tokenization.PreTokenization;

/// <summary>Joins alternating matches and gaps into pieces as a <see cref="SplitBehavior"/> says; a piece is finished when the next segment cannot join it.</summary>
internal struct SegmentMerger(SplitBehavior behavior)
{
    private int _start;
    private int _end = -1;
    private bool _previousWasMatch;

    private readonly bool HasPending => _end >= 0;

    /// <summary>Takes the next segment; returns whether a piece is finished by that.</summary>
    public bool TryAdd(int start, int end, bool isMatch, out Range finished)
    {
        finished = start..end;
        switch (behavior)
        {
            case SplitBehavior.Isolated:
                return true;
            case SplitBehavior.Removed:
                return !isMatch;
        }

        bool joins = HasPending && behavior switch
        {
            SplitBehavior.MergedWithPrevious => isMatch && !_previousWasMatch,
            SplitBehavior.MergedWithNext => !isMatch && _previousWasMatch,
            _ => isMatch == _previousWasMatch,
        };
        _previousWasMatch = isMatch;
        if (joins)
        {
            _end = end;
            return false;
        }

        bool flushed = TryFlush(out finished);
        (_start, _end) = (start, end);
        return flushed;
    }

    /// <summary>The piece that is still open, if there is one.</summary>
    public bool TryFlush(out Range finished)
    {
        finished = HasPending ? _start.._end : default;
        bool pending = HasPending;
        _end = -1;
        return pending;
    }
}
