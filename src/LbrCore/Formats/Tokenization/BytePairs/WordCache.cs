using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LbrCore.Formats.Tokenization.BytePairs;

/// <summary>
/// Remembers the tokens of recent words: a direct-mapped table of immutable entries, so that threads share it without locks
/// (a racing write merely replaces an entry). Bounded: a newer word takes the slot of an older one.
/// </summary>
internal sealed class WordCache
{
    /// <summary>Words longer than this many bytes are not kept.</summary>
    public const int MaximumWordLength = 64;

    private const int SlotBits = 15;

    private readonly Entry?[] _entries = new Entry?[1 << SlotBits];

    private sealed record Entry(ulong Hash, byte[] Word, int[] Tokens);

    /// <summary>The tokens of a word, if it is remembered.</summary>
    public bool TryGet(ReadOnlySpan<byte> word, ulong hash, out ReadOnlySpan<int> tokens)
    {
        Entry? entry = Volatile.Read(ref _entries[hash >> 64 - SlotBits]);
        if (entry is not null && entry.Hash == hash && word.SequenceEqual(entry.Word))
        {
            tokens = entry.Tokens;
            return true;
        }

        tokens = default;
        return false;
    }

    /// <summary>Remembers a word.</summary>
    public void Set(ReadOnlySpan<byte> word, ulong hash, ReadOnlySpan<int> tokens) =>
        Volatile.Write(ref _entries[hash >> 64 - SlotBits], new Entry(hash, word.ToArray(), tokens.ToArray()));

    /// <summary>The hash of a word that <see cref="TryGet"/> and <see cref="Set"/> expect.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Hash(ReadOnlySpan<byte> word)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        ulong hash = (ulong)word.Length * Multiplier;
        ref byte first = ref MemoryMarshal.GetReference(word);
        int length = word.Length;
        if (length >= 8)
        {
            int offset = 0;
            for (; offset + 8 <= length; offset += 8)
                hash = Mix(hash ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, offset)));
            // The last eight bytes again, overlapping: no loop over a tail.
            hash = Mix(hash ^ Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref first, length - 8)));
        }
        else
        {
            ulong tail = 0;
            for (int i = 0; i < length; i++)
                tail = tail << 8 | Unsafe.Add(ref first, i);
            hash = Mix(hash ^ tail);
        }

        return Mix(hash);

        static ulong Mix(ulong value)
        {
            value *= Multiplier;
            return value ^ BitOperations.RotateRight(value, 29);
        }
    }
}
