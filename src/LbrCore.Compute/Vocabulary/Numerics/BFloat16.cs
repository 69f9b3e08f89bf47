using System.Globalization;
using System.Runtime.CompilerServices;

namespace LbrCore.Compute;

/// <summary>
/// The upper half of a <see cref="float"/>: 8 bits of exponent, 7 of mantissa. The storage type of weights and activations; arithmetic happens in <see cref="float"/>.
/// </summary>
/// <remarks>
/// PTX ISA, Alternate Floating-Point Data Formats: <c>.bf16</c>. Conversions to it round once, to nearest, ties to even, whatever the source type; NaN stays NaN, what is too
/// great becomes infinity, denormals are kept. An operator converts to <see cref="float"/>, computes there and leaves a <see cref="float"/>: rounding back is an explicit conversion.
/// </remarks>
public readonly partial struct BFloat16 : IEquatable<BFloat16>, IComparable<BFloat16>, IFormattable
{
    private const ushort SignBit = 0x8000;
    private const ushort InfinityBits = 0x7F80;

    private BFloat16(ushort bits) => Bits = bits;

    /// <summary>The bits: sign, 8 of exponent, 7 of mantissa.</summary>
    public ushort Bits { get; }

    /// <summary>Zero.</summary>
    public static BFloat16 Zero => new(0);

    /// <summary>One.</summary>
    public static BFloat16 One => new(0x3F80);

    /// <summary>Greatest finite number, 3.3895314e38.</summary>
    public static BFloat16 MaxValue => new(0x7F7F);

    /// <summary>Least finite number, -3.3895314e38.</summary>
    public static BFloat16 MinValue => new(0xFF7F);

    /// <summary>Least positive number, a denormal: 2^-133.</summary>
    public static BFloat16 Epsilon => new(0x0001);

    /// <summary>Positive infinity.</summary>
    public static BFloat16 PositiveInfinity => new(InfinityBits);

    /// <summary>Negative infinity.</summary>
    public static BFloat16 NegativeInfinity => new(0xFF80);

    /// <summary>A quiet NaN.</summary>
    public static BFloat16 NaN => new(0x7FC0);

    /// <summary>The number with these bits.</summary>
    /// <param name="bits">The bits.</param>
    /// <returns>The number.</returns>
    public static BFloat16 FromBits(ushort bits) => new(bits);

    /// <summary>Whether the value is NaN.</summary>
    /// <param name="value">The value.</param>
    /// <returns>True for NaN.</returns>
    public static bool IsNaN(BFloat16 value) => (value.Bits & ~SignBit) > InfinityBits;

    /// <summary>Whether the value is positive or negative infinity.</summary>
    /// <param name="value">The value.</param>
    /// <returns>True for infinities.</returns>
    public static bool IsInfinity(BFloat16 value) => (value.Bits & ~SignBit) == InfinityBits;

    /// <summary>Whether the value is neither infinite nor NaN.</summary>
    /// <param name="value">The value.</param>
    /// <returns>True for finite numbers.</returns>
    public static bool IsFinite(BFloat16 value) => (value.Bits & ~SignBit) < InfinityBits;

    /// <summary>The number as a float; exact.</summary>
    /// <param name="value">The number.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator float(BFloat16 value) => BitConverter.UInt32BitsToSingle((uint)value.Bits << 16);

    /// <summary>The number as a double; exact.</summary>
    /// <param name="value">The number.</param>
    public static explicit operator double(BFloat16 value) => (float)value;

    /// <summary>The number as an integer, its fraction cut off; as C# converts a float.</summary>
    /// <param name="value">The number.</param>
    public static explicit operator int(BFloat16 value) => (int)(float)value;

    /// <summary>Rounds a float to nearest, ties to even.</summary>
    /// <remarks><c>cvt.rn.bf16.f32</c> (in pairs <c>cvt.rn.bf16x2.f32</c>).</remarks>
    /// <param name="value">The float.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if ((bits & 0x7FFFFFFFu) > 0x7F800000u)
        {
            // PTX gives the canonical NaN, without sign and payload; so do we.
            return new BFloat16(0x7FFF);
        }

        // Adds half a unit of the kept part, less one when the kept part is even: ties go to even, and a carry moves into the exponent, up to infinity.
        return new BFloat16((ushort)((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16));
    }

    /// <summary>Rounds a double once, to nearest, ties to even.</summary>
    /// <remarks><c>cvt.rz.f32.f64</c>, its last bit set when inexact (round to odd), then <c>cvt.rn.bf16.f32</c>: two roundings to nearest could miss.</remarks>
    /// <param name="value">The double.</param>
    public static explicit operator BFloat16(double value) => (BFloat16)RoundToOdd(value);

    /// <summary>Rounds an integer once, to nearest, ties to even.</summary>
    /// <param name="value">The integer.</param>
    public static explicit operator BFloat16(int value) => (BFloat16)(double)value;

    /// <summary>Whether two numbers are equal; NaN equals nothing, 0 equals -0.</summary>
    /// <param name="left">First number.</param>
    /// <param name="right">Second number.</param>
    public static bool operator ==(BFloat16 left, BFloat16 right) => (float)left == (float)right;

    /// <summary>Whether two numbers differ.</summary>
    /// <param name="left">First number.</param>
    /// <param name="right">Second number.</param>
    public static bool operator !=(BFloat16 left, BFloat16 right) => (float)left != (float)right;

    /// <summary>Equality as collections need it: NaN equals NaN.</summary>
    /// <param name="other">The other number.</param>
    /// <returns>Whether they are equal.</returns>
    public bool Equals(BFloat16 other) => ((float)this).Equals((float)other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BFloat16 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((float)this).GetHashCode();

    /// <summary>Order as collections need it: NaN comes first.</summary>
    /// <param name="other">The other number.</param>
    /// <returns>Negative, zero or positive.</returns>
    public int CompareTo(BFloat16 other) => ((float)this).CompareTo((float)other);

    /// <inheritdoc/>
    public override string ToString() => ToString(null, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ((float)this).ToString(format, formatProvider);

    /// <summary>The float next to a double towards zero, its last mantissa bit set when it is not exact: rounding that again to fewer bits rounds only once.</summary>
    /// <param name="value">The double.</param>
    /// <returns>The float.</returns>
    internal static float RoundToOdd(double value)
    {
        float nearest = (float)value;
        if (nearest == value || double.IsNaN(value) || double.IsInfinity(value))
        {
            return nearest;
        }

        uint bits = BitConverter.SingleToUInt32Bits(nearest);
        if (Math.Abs((double)nearest) > Math.Abs(value))
        {
            bits--;
        }

        return BitConverter.UInt32BitsToSingle(bits | 1u);
    }
}
