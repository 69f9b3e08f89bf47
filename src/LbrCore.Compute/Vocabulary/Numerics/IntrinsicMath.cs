using System.Numerics;

namespace LbrCore.Compute;

/// <summary>Integer instructions that C# has no operator for.</summary>
/// <remarks>PTX ISA, Integer Arithmetic Instructions.</remarks>
public static class IntrinsicMath
{
    /// <summary>Number of one bits, 0..32.</summary>
    /// <remarks><c>popc.b32</c>.</remarks>
    /// <param name="value">The bits.</param>
    /// <returns>The count.</returns>
    public static int PopCount(uint value) => BitOperations.PopCount(value);

    /// <inheritdoc cref="PopCount(uint)"/>
    public static int PopCount(int value) => BitOperations.PopCount((uint)value);

    /// <summary>Number of one bits, 0..64.</summary>
    /// <remarks><c>popc.b64</c>.</remarks>
    /// <param name="value">The bits.</param>
    /// <returns>The count.</returns>
    public static int PopCount(ulong value) => BitOperations.PopCount(value);

    /// <inheritdoc cref="PopCount(ulong)"/>
    public static int PopCount(long value) => BitOperations.PopCount((ulong)value);

    /// <summary>Number of zero bits above the highest one bit, 0..32; 32 for 0.</summary>
    /// <remarks><c>clz.b32</c>.</remarks>
    /// <param name="value">The bits.</param>
    /// <returns>The count.</returns>
    public static int LeadingZeroCount(uint value) => BitOperations.LeadingZeroCount(value);

    /// <inheritdoc cref="LeadingZeroCount(uint)"/>
    public static int LeadingZeroCount(int value) => BitOperations.LeadingZeroCount((uint)value);

    /// <summary>Number of zero bits above the highest one bit, 0..64; 64 for 0.</summary>
    /// <remarks><c>clz.b64</c>.</remarks>
    /// <param name="value">The bits.</param>
    /// <returns>The count.</returns>
    public static int LeadingZeroCount(ulong value) => BitOperations.LeadingZeroCount(value);

    /// <inheritdoc cref="LeadingZeroCount(ulong)"/>
    public static int LeadingZeroCount(long value) => BitOperations.LeadingZeroCount((ulong)value);

    /// <summary>Number of zero bits below the lowest one bit, 0..32; 32 for 0.</summary>
    /// <remarks><c>brev.b32</c> and <c>clz.b32</c>.</remarks>
    /// <param name="value">The bits.</param>
    /// <returns>The count.</returns>
    public static int TrailingZeroCount(uint value) => BitOperations.TrailingZeroCount(value);

    /// <inheritdoc cref="TrailingZeroCount(uint)"/>
    public static int TrailingZeroCount(int value) => BitOperations.TrailingZeroCount((uint)value);

    /// <summary>Number of zero bits below the lowest one bit, 0..64; 64 for 0.</summary>
    /// <remarks><c>brev.b64</c> and <c>clz.b64</c>.</remarks>
    /// <param name="value">The bits.</param>
    /// <returns>The count.</returns>
    public static int TrailingZeroCount(ulong value) => BitOperations.TrailingZeroCount(value);

    /// <inheritdoc cref="TrailingZeroCount(ulong)"/>
    public static int TrailingZeroCount(long value) => BitOperations.TrailingZeroCount((ulong)value);

    /// <summary>The bits in reverse order: bit i becomes bit 31-i.</summary>
    /// <remarks><c>brev.b32</c>.</remarks>
    /// <param name="value">The bits.</param>
    /// <returns>The reversed bits.</returns>
    public static uint ReverseBits(uint value)
    {
        value = ((value >> 1) & 0x55555555u) | ((value & 0x55555555u) << 1);
        value = ((value >> 2) & 0x33333333u) | ((value & 0x33333333u) << 2);
        value = ((value >> 4) & 0x0f0f0f0fu) | ((value & 0x0f0f0f0fu) << 4);
        return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(value);
    }

    /// <summary>The bits in reverse order: bit i becomes bit 63-i.</summary>
    /// <remarks><c>brev.b64</c>.</remarks>
    /// <param name="value">The bits.</param>
    /// <returns>The reversed bits.</returns>
    public static ulong ReverseBits(ulong value) => ((ulong)ReverseBits((uint)value) << 32) | ReverseBits((uint)(value >> 32));

    /// <summary>The <paramref name="count"/> bits of <paramref name="value"/> from bit <paramref name="offset"/> on, zero-extended; bits past 31 are zero.</summary>
    /// <remarks><c>bfe.u32</c>.</remarks>
    /// <param name="value">The bits.</param>
    /// <param name="offset">Lowest bit, 0..255.</param>
    /// <param name="count">Number of bits, 0..255.</param>
    /// <returns>The field.</returns>
    public static uint BitExtract(uint value, int offset, int count)
    {
        // bfe reads the low byte of both operands and, unlike C# shifts, does not reduce them modulo 32.
        int start = offset & 0xff;
        int width = count & 0xff;
        uint shifted = start < 32 ? value >> start : 0u;
        return width < 32 ? shifted & ((1u << width) - 1u) : shifted;
    }

    /// <summary>The upper half of the double-width product.</summary>
    /// <remarks><c>mul.hi.s32</c>.</remarks>
    /// <param name="left">First factor.</param>
    /// <param name="right">Second factor.</param>
    /// <returns>The upper half.</returns>
    public static int MultiplyHigh(int left, int right) => (int)(((long)left * right) >> 32);

    /// <summary>The upper half of the double-width product.</summary>
    /// <remarks><c>mul.hi.u32</c>.</remarks>
    /// <param name="left">First factor.</param>
    /// <param name="right">Second factor.</param>
    /// <returns>The upper half.</returns>
    public static uint MultiplyHigh(uint left, uint right) => (uint)(((ulong)left * right) >> 32);

    /// <summary>The upper half of the double-width product.</summary>
    /// <remarks><c>mul.hi.s64</c>.</remarks>
    /// <param name="left">First factor.</param>
    /// <param name="right">Second factor.</param>
    /// <returns>The upper half.</returns>
    public static long MultiplyHigh(long left, long right) => Math.BigMul(left, right, out _);

    /// <summary>The upper half of the double-width product.</summary>
    /// <remarks><c>mul.hi.u64</c>.</remarks>
    /// <param name="left">First factor.</param>
    /// <param name="right">Second factor.</param>
    /// <returns>The upper half.</returns>
    public static ulong MultiplyHigh(ulong left, ulong right) => Math.BigMul(left, right, out _);
}
