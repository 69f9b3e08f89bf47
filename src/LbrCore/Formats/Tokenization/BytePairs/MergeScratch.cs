namespace LbrCore.Formats.Tokenization.BytePairs;

/// <summary>Working memory for merging one word at a time; grows with the longest word met, and is let go of when that was unusually long.</summary>
internal sealed class MergeScratch
{
    private const int KeptLength = 1 << 16;

    /// <summary>Token ids of the symbols.</summary>
    public int[] Symbols = new int[WordCache.MaximumWordLength];

    /// <summary>The merge of each symbol with the next, as <see cref="MergeTable.Find"/> returns it.</summary>
    public ulong[] Merges = new ulong[WordCache.MaximumWordLength];

    /// <summary>Index of the next symbol that is alive; used for long words only.</summary>
    public int[] Next = [];

    /// <summary>Index of the previous symbol that is alive; used for long words only.</summary>
    public int[] Previous = [];

    /// <summary>Candidate merges by rank, then position; used for long words only.</summary>
    public PriorityQueue<int, ulong> Candidates { get; private set; } = new();

    /// <summary>Makes room for a word merged in place.</summary>
    public void EnsureShort(int length)
    {
        if (Symbols.Length < length)
        {
            Symbols = new int[length];
            Merges = new ulong[length];
        }
    }

    /// <summary>Makes room for a word merged through the queue.</summary>
    public void EnsureLong(int length)
    {
        EnsureShort(length);
        if (Next.Length < length)
        {
            Next = new int[length];
            Previous = new int[length];
        }
    }

    /// <summary>Lets go of memory that only an unusually long word needed.</summary>
    public void Trim()
    {
        if (Symbols.Length <= KeptLength)
            return;
        (Symbols, Merges, Next, Previous) = (new int[WordCache.MaximumWordLength], new ulong[WordCache.MaximumWordLength], [], []);
        Candidates = new PriorityQueue<int, ulong>();
    }
}
