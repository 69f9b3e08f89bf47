using System.Runtime.CompilerServices;

namespace LbrCore.Formats.Tokenization.BytePairs;

/// <summary>The merges of a byte-pair model: (left id, right id) to (rank, merged id), by open addressing in flat arrays.</summary>
internal sealed class MergeTable
{
    private const ulong EmptyKey = ulong.MaxValue;

    private readonly ulong[] _keys;
    private readonly ulong[] _values;
    private readonly int _shift;
    private readonly int _mask;

    /// <summary>A table with room for a number of merges.</summary>
    public MergeTable(int capacity)
    {
        int slots = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 8) * 2);
        _keys = new ulong[slots];
        _values = new ulong[slots];
        Array.Fill(_keys, EmptyKey);
        _mask = slots - 1;
        _shift = 64 - System.Numerics.BitOperations.Log2((uint)slots);
    }

    /// <summary>Sets the merge of a pair; a pair set twice keeps the later rank.</summary>
    public void Set(int left, int right, int rank, int merged)
    {
        ulong key = Key(left, right);
        int slot = Slot(key);
        while (_keys[slot] != EmptyKey && _keys[slot] != key)
            slot = slot + 1 & _mask;
        _keys[slot] = key;
        _values[slot] = (ulong)rank << 32 | (uint)merged;
    }

    /// <summary>The merge of a pair as <c>rank &lt;&lt; 32 | merged id</c>, or <see cref="ulong.MaxValue"/> where the pair does not merge.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Find(int left, int right)
    {
        ulong key = Key(left, right);
        ulong[] keys = _keys;
        int slot = Slot(key);
        while (true)
        {
            ulong found = keys[slot];
            if (found == key)
                return _values[slot];
            if (found == EmptyKey)
                return ulong.MaxValue;
            slot = slot + 1 & _mask;
        }
    }

    private static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Slot(ulong key) => (int)(key * 0x9E3779B97F4A7C15 >> _shift);
}
