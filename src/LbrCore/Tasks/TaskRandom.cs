using LbrCore.Compute;

namespace LbrCore.Tasks;

/// <summary>Random numbers of one problem: a Philox stream of its own for every seed, use and index, so problems can be made in any order.</summary>
internal sealed class TaskRandom
{
    private readonly UInt2 _key;
    private readonly uint _use, _low, _high;
    private uint _block;
    private UInt4 _words;
    private int _left;

    /// <summary>A stream at its start.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="use">What the numbers are for; streams of different uses are independent.</param>
    /// <param name="index">Which stream of the use.</param>
    public TaskRandom(ulong seed, uint use, ulong index)
    {
        _key = new UInt2((uint)seed, (uint)(seed >> 32));
        (_use, _low, _high) = (use, (uint)index, (uint)(index >> 32));
    }

    /// <summary>A stream for a problem.</summary>
    public static TaskRandom ForProblem(ProblemSplit split, ulong seed, long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new TaskRandom(seed, (uint)split, (ulong)index);
    }

    /// <summary>32 uniform bits.</summary>
    public uint Next()
    {
        if (_left == 0)
        {
            _words = Philox.Next(new UInt4(_block++, _low, _high, _use), _key);
            _left = 4;
        }

        return _left-- switch
        {
            4 => _words.X,
            3 => _words.Y,
            2 => _words.Z,
            _ => _words.W,
        };
    }

    /// <summary>A uniform whole number from 0 to below a bound.</summary>
    /// <param name="bound">At least 1.</param>
    public int Below(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        // Lemire's method: the high word of a product; low words below 2^32 mod bound would favour some results.
        ulong product = (ulong)Next() * (uint)bound;
        if ((uint)product < (uint)bound)
        {
            uint threshold = (0u - (uint)bound) % (uint)bound;
            while ((uint)product < threshold) product = (ulong)Next() * (uint)bound;
        }

        return (int)(product >> 32);
    }

    /// <summary>A uniform whole number between two bounds, both included.</summary>
    public int Between(int least, int most) => least + Below(most - least + 1);

    /// <summary>A uniform number from 0 to below 1.</summary>
    public double NextDouble() => ((((ulong)Next() << 32) | Next()) >> 11) * (1.0 / (1UL << 53));

    /// <summary>Puts items into a random order (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>A uniform set bit of a word that has one.</summary>
    public int SetBit(ulong bits)
    {
        for (int skip = Below(System.Numerics.BitOperations.PopCount(bits)); skip > 0; skip--) bits &= bits - 1;
        return System.Numerics.BitOperations.TrailingZeroCount(bits);
    }
}
