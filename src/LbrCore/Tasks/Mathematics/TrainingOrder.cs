using System.Collections.Concurrent;

namespace LbrCore.Tasks.Mathematics;

/// <summary>The order in which training goes through a finite set: again and again, every time in another order, which the seed and the round give.</summary>
/// <param name="count">Problems of the set.</param>
internal sealed class TrainingOrder(int count)
{
    // A use of random numbers that no split has.
    private const uint Use = 0x6F726472;

    // Batches look at the end of one round and the beginning of the next.
    private const int Kept = 4;

    private readonly ConcurrentDictionary<(ulong Seed, long Round), int[]> _orders = new();

    /// <summary>Which problem is the i-th of a seed.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="index">From 0.</param>
    public int At(ulong seed, long index)
    {
        if (_orders.Count > Kept) _orders.Clear();
        return _orders.GetOrAdd((seed, index / count), Shuffled)[index % count];
    }

    private int[] Shuffled((ulong Seed, long Round) of)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new TaskRandom(of.Seed, Use, (ulong)of.Round).Shuffle<int>(order);
        return order;
    }
}
