namespace LbrCore.Formats.Tokenization.BytePairs;

/// <summary>
/// Byte-pair encoding (Sennrich et al. 2016) of words given as bytes: start from one symbol a byte and keep merging the adjacent pair of lowest
/// rank, the leftmost of equals, until no pair merges. Immutable but for its word cache; safe to share between threads.
/// </summary>
internal sealed class BytePairModel
{
    // Up to here scanning for the lowest rank beats a priority queue; beyond, the queue keeps a word of n bytes at O(n log n).
    private const int LongestScanned = 48;

    private readonly Vocabulary _vocabulary;
    private readonly MergeTable _merges;
    private readonly int[] _byteSymbols = new int[256];
    private readonly BytePairOptions _options;
    private readonly WordCache _cache = new();

    /// <summary>A model over a vocabulary and its merges.</summary>
    public BytePairModel(Vocabulary vocabulary, MergeTable merges, BytePairOptions options)
    {
        (_vocabulary, _merges, _options) = (vocabulary, merges, options);
        for (int value = 0; value < 256; value++)
            _byteSymbols[value] = vocabulary.Find([ByteLevelAlphabet.ToCharacter((byte)value)]) ?? -1;
    }

    /// <summary>The vocabulary without added tokens.</summary>
    public Vocabulary Vocabulary => _vocabulary;

    /// <summary>Appends the tokens of a word.</summary>
    public void Encode(ReadOnlySpan<byte> word, MergeScratch scratch, TokenBuffer output)
    {
        if (word.Length > WordCache.MaximumWordLength)
        {
            EncodeAnew(word, scratch, output);
            return;
        }

        ulong hash = WordCache.Hash(word);
        if (_cache.TryGet(word, hash, out ReadOnlySpan<int> tokens))
        {
            output.Add(tokens);
            return;
        }

        int start = output.Count;
        EncodeAnew(word, scratch, output);
        _cache.Set(word, hash, output.Span[start..]);
    }

    private void EncodeAnew(ReadOnlySpan<byte> word, MergeScratch scratch, TokenBuffer output)
    {
        if (_options.IgnoreMerges && FindWhole(word) is int whole)
        {
            output.Add(whole);
            return;
        }

        scratch.EnsureShort(word.Length);
        int count = Symbolize(word, scratch.Symbols);
        if (count <= LongestScanned)
        {
            output.Add(scratch.Symbols.AsSpan(0, MergeByScanning(scratch, count)));
            return;
        }

        scratch.EnsureLong(count);
        MergeByQueue(scratch, count, output);
        scratch.Trim();
    }

    private int? FindWhole(ReadOnlySpan<byte> word)
    {
        if (word.Length > _vocabulary.LongestToken)
            return null;
        Span<char> spelling = word.Length <= 256 ? stackalloc char[word.Length] : new char[word.Length];
        ByteLevelAlphabet.Spell(word, spelling);
        return _vocabulary.Find(spelling);
    }

    /// <summary>One symbol a byte. A byte without a token becomes the unknown token (several in a row one, if fused), or nothing where there is none.</summary>
    private int Symbolize(ReadOnlySpan<byte> word, int[] symbols)
    {
        int count = 0;
        bool afterUnknown = false;
        foreach (byte value in word)
        {
            int symbol = _byteSymbols[value];
            if (symbol >= 0)
                symbols[count++] = symbol;
            else if (_options.UnknownId is int unknown && !(afterUnknown && _options.FuseUnknown))
                symbols[count++] = unknown;
            afterUnknown = symbol < 0;
        }

        return count;
    }

    private int MergeByScanning(MergeScratch scratch, int count)
    {
        Span<int> symbols = scratch.Symbols;
        Span<ulong> merges = scratch.Merges;
        for (int i = 0; i + 1 < count; i++)
            merges[i] = _merges.Find(symbols[i], symbols[i + 1]);

        while (count > 1)
        {
            int best = 0;
            for (int i = 1; i + 1 < count; i++)
                if (merges[i] >> 32 < merges[best] >> 32)
                    best = i;
            if (merges[best] == ulong.MaxValue)
                break;

            symbols[best] = (int)(uint)merges[best];
            symbols[(best + 2)..count].CopyTo(symbols[(best + 1)..]);
            merges[(best + 1)..(count - 1)].CopyTo(merges[best..]);
            count--;
            if (best > 0)
                merges[best - 1] = _merges.Find(symbols[best - 1], symbols[best]);
            if (best + 1 < count)
                merges[best] = _merges.Find(symbols[best], symbols[best + 1]);
        }

        return count;
    }

    private void MergeByQueue(MergeScratch scratch, int count, TokenBuffer output)
    {
        int[] symbols = scratch.Symbols, next = scratch.Next, previous = scratch.Previous;
        ulong[] merges = scratch.Merges;
        PriorityQueue<int, ulong> candidates = scratch.Candidates;
        candidates.Clear();
        for (int i = 0; i < count; i++)
        {
            (next[i], previous[i]) = (i + 1, i - 1);
            Propose(i);
        }

        while (candidates.TryDequeue(out int position, out ulong priority))
        {
            // An entry is stale when its left symbol has changed or been absorbed since: its pair then has another rank, or none.
            ulong merge = merges[position];
            if (merge == ulong.MaxValue || merge >> 32 != priority >> 32)
                continue;

            int absorbed = next[position];
            symbols[position] = (int)(uint)merge;
            merges[absorbed] = ulong.MaxValue;
            next[position] = next[absorbed];
            if (next[position] < count)
                previous[next[position]] = position;
            Propose(position);
            if (previous[position] >= 0)
                Propose(previous[position]);
        }

        for (int i = 0; i < count; i = next[i])
            output.Add(symbols[i]);

        void Propose(int position)
        {
            int right = next[position];
            ulong merge = right < count ? _merges.Find(symbols[position], symbols[right]) : ulong.MaxValue;
            merges[position] = merge;
            if (merge != ulong.MaxValue)
                candidates.Enqueue(position, merge >> 32 << 32 | (uint)position);
        }
    }
}
