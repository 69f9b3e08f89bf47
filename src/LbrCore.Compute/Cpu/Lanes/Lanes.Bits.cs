using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LbrCore.Compute.Cpu;

// Counts follow Hacker's Delight, chapter 5: no vector instruction for them is reachable on every machine.
public static partial class Lanes
{
    /// <summary>Number of set bits.</summary>
    public static I32 PopCount(U32 value)
    {
        value -= value >> 1 & 0x55555555u;
        value = (value & 0x33333333u) + (value >> 2 & 0x33333333u);
        value = value + (value >> 4) & 0x0f0f0f0fu;
        return (I32)(value * 0x01010101u >> 24);
    }

    /// <summary>Number of set bits.</summary>
    public static I32 PopCount(U64 value) => PopCount((U32)value) + PopCount((U32)(value >> 32));

    /// <summary>Number of zero bits above the highest set bit; 32 for 0.</summary>
    public static I32 LeadingZeroCount(U32 value)
    {
        if (Avx512CD.IsSupported) return new I32(Avx512CD.LeadingZeroCount(value.Lo).AsInt32(), Avx512CD.LeadingZeroCount(value.Hi).AsInt32());
        value |= value >> 1;
        value |= value >> 2;
        value |= value >> 4;
        value |= value >> 8;
        value |= value >> 16;
        return PopCount(~value);
    }

    /// <summary>Number of zero bits above the highest set bit; 64 for 0.</summary>
    public static I32 LeadingZeroCount(U64 value)
    {
        U32 high = (U32)(value >> 32);
        return Select(high == 0u, LeadingZeroCount((U32)value) + 32, LeadingZeroCount(high));
    }

    /// <summary>Number of zero bits below the lowest set bit; 32 for 0.</summary>
    public static I32 TrailingZeroCount(U32 value) => PopCount(~value & value - 1u);

    /// <summary>Number of zero bits below the lowest set bit; 64 for 0.</summary>
    public static I32 TrailingZeroCount(U64 value) => PopCount(~value & value - 1ul);

    /// <summary>Number of set bits.</summary>
    public static int PopCount(uint value) => BitOperations.PopCount(value);

    /// <summary>Number of set bits.</summary>
    public static int PopCount(ulong value) => BitOperations.PopCount(value);

    /// <summary>Number of zero bits above the highest set bit; 32 for 0.</summary>
    public static int LeadingZeroCount(uint value) => BitOperations.LeadingZeroCount(value);

    /// <summary>Number of zero bits above the highest set bit; 64 for 0.</summary>
    public static int LeadingZeroCount(ulong value) => BitOperations.LeadingZeroCount(value);

    /// <summary>Number of zero bits below the lowest set bit; 32 for 0.</summary>
    public static int TrailingZeroCount(uint value) => BitOperations.TrailingZeroCount(value);

    /// <summary>Number of zero bits below the lowest set bit; 64 for 0.</summary>
    public static int TrailingZeroCount(ulong value) => BitOperations.TrailingZeroCount(value);

    /// <summary>Bit 31 to bit 0, bit 0 to bit 31.</summary>
    public static U32 ReverseBits(U32 value)
    {
        value = value >> 1 & 0x55555555u | (value & 0x55555555u) << 1;
        value = value >> 2 & 0x33333333u | (value & 0x33333333u) << 2;
        value = value >> 4 & 0x0f0f0f0fu | (value & 0x0f0f0f0fu) << 4;
        value = value >> 8 & 0x00ff00ffu | (value & 0x00ff00ffu) << 8;
        return value >> 16 | value << 16;
    }

    /// <summary>Bit 63 to bit 0, bit 0 to bit 63.</summary>
    public static U64 ReverseBits(U64 value) => (U64)ReverseBits((U32)value) << 32 | (U64)ReverseBits((U32)(value >> 32));

    /// <summary>Bit 31 to bit 0, bit 0 to bit 31.</summary>
    public static uint ReverseBits(uint value)
    {
        value = value >> 1 & 0x55555555u | (value & 0x55555555u) << 1;
        value = value >> 2 & 0x33333333u | (value & 0x33333333u) << 2;
        value = value >> 4 & 0x0f0f0f0fu | (value & 0x0f0f0f0fu) << 4;
        return BinaryPrimitives.ReverseEndianness(value);
    }

    /// <summary>Bit 63 to bit 0, bit 0 to bit 63.</summary>
    public static ulong ReverseBits(ulong value) => (ulong)ReverseBits((uint)value) << 32 | ReverseBits((uint)(value >> 32));

    /// <summary>
    /// <paramref name="count"/> bits from bit <paramref name="offset"/> upward, as PTX <c>bfe.u32</c>: offset and count are taken modulo 256, bits beyond 31 read as 0.
    /// </summary>
    public static U32 BitExtract(U32 value, I32 offset, I32 count)
    {
        I32 from = offset & 255, bits = count & 255;
        U32 shifted = Select(from > 31, 0u, value >> from);
        U32 field = ((U32)1u << bits) - 1u;
        return Select(bits > 31, shifted, shifted & field);
    }

    /// <summary>
    /// <paramref name="count"/> bits from bit <paramref name="offset"/> upward, as PTX <c>bfe.u32</c>: offset and count are taken modulo 256, bits beyond 31 read as 0.
    /// </summary>
    public static uint BitExtract(uint value, int offset, int count)
    {
        int from = offset & 255, bits = count & 255;
        uint shifted = from > 31 ? 0 : value >> from;
        return bits > 31 ? shifted : shifted & (1u << bits) - 1;
    }

    /// <summary>Bits rotated to the left by the low 5 bits of the count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 RotateLeft(U32 value, I32 count) => value << count | value >> -count;

    /// <summary>Bits rotated to the left by the low 6 bits of the count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 RotateLeft(U64 value, I32 count) => value << count | value >> -count;

    /// <summary>Bits rotated to the left by the low 5 bits of the count.</summary>
    public static uint RotateLeft(uint value, int count) => BitOperations.RotateLeft(value, count);

    /// <summary>Bits rotated to the left by the low 6 bits of the count.</summary>
    public static ulong RotateLeft(ulong value, int count) => BitOperations.RotateLeft(value, count);
}
