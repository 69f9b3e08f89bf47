using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LbrCore.Compute;

/// <summary>A fill in the terms of the driver: a unit of 1, 2 or 4 bytes, repeated.</summary>
/// <param name="UnitBytes">1, 2 or 4.</param>
/// <param name="Unit">The unit, in the low bytes.</param>
/// <param name="Count">How often it is repeated.</param>
internal readonly record struct FillPattern(int UnitBytes, uint Unit, long Count)
{
    /// <summary>Bytes that the fill writes.</summary>
    internal long Bytes => UnitBytes * Count;

    /// <summary>The fill that sets a number of elements to a value.</summary>
    /// <exception cref="ArgumentException">No repeated unit of at most 4 bytes makes this value.</exception>
    internal static FillPattern Of<T>(T value, long count) where T : unmanaged
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));
        switch (bytes.Length)
        {
            case 1: return new FillPattern(1, bytes[0], count);
            case 2: return new FillPattern(2, MemoryMarshal.Read<ushort>(bytes), count);
        }

        if (bytes.Length % 4 == 0)
        {
            ReadOnlySpan<uint> words = MemoryMarshal.Cast<byte, uint>(bytes);
            if (!words.ContainsAnyExcept(words[0])) return new FillPattern(4, words[0], count * words.Length);
        }
        else if (!bytes.ContainsAnyExcept(bytes[0]))
        {
            return new FillPattern(1, bytes[0], count * bytes.Length);
        }

        throw new ArgumentException($"A fill repeats at most 4 bytes; this {typeof(T).Name} of {Unsafe.SizeOf<T>()} bytes does not repeat. Launch a kernel that stores the value.", nameof(value));
    }
}
