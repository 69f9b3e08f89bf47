using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

/// <summary>One <see cref="long"/> for each of the 32 lanes of a warp. Operators act lane by lane as C# does on <see cref="long"/>, unchecked.</summary>
public struct I64 : IEquatable<I64>
{
    /// <summary>Lanes 0 to 7.</summary>
    public Vector512<long> V0;

    /// <summary>Lanes 8 to 15.</summary>
    public Vector512<long> V1;

    /// <summary>Lanes 16 to 23.</summary>
    public Vector512<long> V2;

    /// <summary>Lanes 24 to 31.</summary>
    public Vector512<long> V3;

    /// <summary>Lanes from their vectors, lowest lanes first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public I64(Vector512<long> v0, Vector512<long> v1, Vector512<long> v2, Vector512<long> v3)
    {
        V0 = v0;
        V1 = v1;
        V2 = v2;
        V3 = v3;
    }

    /// <summary>The same value in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator I64(long value) => new(Vector512.Create(value), Vector512.Create(value), Vector512.Create(value), Vector512.Create(value));

    /// <summary>The value of one lane.</summary>
    /// <param name="lane">0 to 31.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another lane.</exception>
    public readonly long this[int lane]
    {
        get
        {
            LaneIndex.Check(lane);
            return Unsafe.Add(ref Unsafe.As<I64, long>(ref Unsafe.AsRef(in this)), lane);
        }
    }

    /// <summary>These lanes with one of them replaced.</summary>
    /// <param name="lane">0 to 31.</param>
    /// <param name="value">Its new value.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another lane.</exception>
    public readonly I64 WithLane(int lane, long value)
    {
        LaneIndex.Check(lane);
        I64 result = this;
        Unsafe.Add(ref Unsafe.As<I64, long>(ref result), lane) = value;
        return result;
    }

    /// <summary>Sum. Wraps on overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator +(I64 left, I64 right) => new(left.V0 + right.V0, left.V1 + right.V1, left.V2 + right.V2, left.V3 + right.V3);

    /// <summary>Difference. Wraps on overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator -(I64 left, I64 right) => new(left.V0 - right.V0, left.V1 - right.V1, left.V2 - right.V2, left.V3 - right.V3);

    /// <summary>Product. Wraps on overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator *(I64 left, I64 right) => new(left.V0 * right.V0, left.V1 * right.V1, left.V2 * right.V2, left.V3 * right.V3);

    /// <summary>Quotient, truncated toward zero. A zero divisor gives 0: a kernel must not fault, as the GPU does not. <c>MinValue / -1</c> wraps to <c>MinValue</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator /(I64 left, I64 right) => LaneDivision.Divide(left, right);

    /// <summary>Remainder. A zero divisor gives the dividend, consistent with a quotient of 0. <c>MinValue % -1</c> is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator %(I64 left, I64 right) => left - LaneDivision.Divide(left, right) * right;

    /// <summary>Bitwise and.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator &(I64 left, I64 right) => new(left.V0 & right.V0, left.V1 & right.V1, left.V2 & right.V2, left.V3 & right.V3);

    /// <summary>Bitwise or.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator |(I64 left, I64 right) => new(left.V0 | right.V0, left.V1 | right.V1, left.V2 | right.V2, left.V3 | right.V3);

    /// <summary>Bitwise exclusive or.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator ^(I64 left, I64 right) => new(left.V0 ^ right.V0, left.V1 ^ right.V1, left.V2 ^ right.V2, left.V3 ^ right.V3);

    /// <summary>Negation, wrapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator -(I64 value) => new(-value.V0, -value.V1, -value.V2, -value.V3);

    /// <summary>Bitwise complement.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator ~(I64 value) => new(~value.V0, ~value.V1, ~value.V2, ~value.V3);

    /// <summary>Shift left by the low 6 bits of the count, as C# masks it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator <<(I64 value, int count) => new(value.V0 << (count & 63), value.V1 << (count & 63), value.V2 << (count & 63), value.V3 << (count & 63));

    /// <summary>Shift left by each lane's own count, masked to 6 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator <<(I64 value, I32 count) => LaneShift.Left(value, count);

    /// <summary>Arithmetic shift right by the low 6 bits of the count, as C# masks it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator >>(I64 value, int count) => new(value.V0 >> (count & 63), value.V1 >> (count & 63), value.V2 >> (count & 63), value.V3 >> (count & 63));

    /// <summary>Arithmetic shift right by each lane's own count, masked to 6 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator >>(I64 value, I32 count) => LaneShift.Right(value, count);

    /// <summary>Shift right with zeros entering by the low 6 bits of the count, as C# masks it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator >>>(I64 value, int count) => new(value.V0 >>> (count & 63), value.V1 >>> (count & 63), value.V2 >>> (count & 63), value.V3 >>> (count & 63));

    /// <summary>Shift right with zeros entering by each lane's own count, masked to 6 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 operator >>>(I64 value, I32 count) => LaneShift.RightLogical(value, count);

    /// <summary>Lanes that are equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator ==(I64 left, I64 right) => new(Vector512.Narrow(Vector512.Equals(left.V0, right.V0), Vector512.Equals(left.V1, right.V1)), Vector512.Narrow(Vector512.Equals(left.V2, right.V2), Vector512.Equals(left.V3, right.V3)));

    /// <summary>Lanes that differ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator !=(I64 left, I64 right) => new(~Vector512.Narrow(Vector512.Equals(left.V0, right.V0), Vector512.Equals(left.V1, right.V1)), ~Vector512.Narrow(Vector512.Equals(left.V2, right.V2), Vector512.Equals(left.V3, right.V3)));

    /// <summary>Lanes where left is less.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator <(I64 left, I64 right) => new(Vector512.Narrow(Vector512.LessThan(left.V0, right.V0), Vector512.LessThan(left.V1, right.V1)), Vector512.Narrow(Vector512.LessThan(left.V2, right.V2), Vector512.LessThan(left.V3, right.V3)));

    /// <summary>Lanes where left is less or equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator <=(I64 left, I64 right) => new(Vector512.Narrow(Vector512.LessThanOrEqual(left.V0, right.V0), Vector512.LessThanOrEqual(left.V1, right.V1)), Vector512.Narrow(Vector512.LessThanOrEqual(left.V2, right.V2), Vector512.LessThanOrEqual(left.V3, right.V3)));

    /// <summary>Lanes where left is greater.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator >(I64 left, I64 right) => new(Vector512.Narrow(Vector512.GreaterThan(left.V0, right.V0), Vector512.GreaterThan(left.V1, right.V1)), Vector512.Narrow(Vector512.GreaterThan(left.V2, right.V2), Vector512.GreaterThan(left.V3, right.V3)));

    /// <summary>Lanes where left is greater or equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator >=(I64 left, I64 right) => new(Vector512.Narrow(Vector512.GreaterThanOrEqual(left.V0, right.V0), Vector512.GreaterThanOrEqual(left.V1, right.V1)), Vector512.Narrow(Vector512.GreaterThanOrEqual(left.V2, right.V2), Vector512.GreaterThanOrEqual(left.V3, right.V3)));

    /// <summary>The low 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator I32(I64 value) => new(Vector512.Narrow(value.V0, value.V1), Vector512.Narrow(value.V2, value.V3));

    /// <summary>The low 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator U32(I64 value) => new(Vector512.Narrow(value.V0, value.V1).AsUInt32(), Vector512.Narrow(value.V2, value.V3).AsUInt32());

    /// <summary>Rounded once to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator F32(I64 value) => LaneConvert.ToF32(value);

    /// <summary>The same bits as <see cref="ulong"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator U64(I64 value) => new(value.V0.AsUInt64(), value.V1.AsUInt64(), value.V2.AsUInt64(), value.V3.AsUInt64());

    /// <summary>Rounded to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator F64(I64 value) => new(Vector512.ConvertToDouble(value.V0), Vector512.ConvertToDouble(value.V1), Vector512.ConvertToDouble(value.V2), Vector512.ConvertToDouble(value.V3));

    /// <summary>Whether every lane is equal, NaN to NaN included (for tests and debuggers; kernels use <c>==</c>).</summary>
    public readonly bool Equals(I64 other) => V0.Equals(other.V0) && V1.Equals(other.V1) && V2.Equals(other.V2) && V3.Equals(other.V3);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is I64 other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(V0, V1, V2, V3);

    /// <summary>All 32 values, for the debugger.</summary>
    public override readonly string ToString() => LaneText.Format(this);
}
