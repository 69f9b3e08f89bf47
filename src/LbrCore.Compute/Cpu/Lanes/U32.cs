using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

/// <summary>One <see cref="uint"/> for each of the 32 lanes of a warp. Operators act lane by lane as C# does on <see cref="uint"/>, unchecked.</summary>
public struct U32 : IEquatable<U32>
{
    /// <summary>Lanes 0 to 15.</summary>
    public Vector512<uint> Lo;

    /// <summary>Lanes 16 to 31.</summary>
    public Vector512<uint> Hi;

    /// <summary>Lanes from their vectors, lowest lanes first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public U32(Vector512<uint> lo, Vector512<uint> hi)
    {
        Lo = lo;
        Hi = hi;
    }

    /// <summary>The same value in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator U32(uint value) => new(Vector512.Create(value), Vector512.Create(value));

    /// <summary>The value of one lane.</summary>
    /// <param name="lane">0 to 31.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another lane.</exception>
    public readonly uint this[int lane]
    {
        get
        {
            LaneIndex.Check(lane);
            return Unsafe.Add(ref Unsafe.As<U32, uint>(ref Unsafe.AsRef(in this)), lane);
        }
    }

    /// <summary>These lanes with one of them replaced.</summary>
    /// <param name="lane">0 to 31.</param>
    /// <param name="value">Its new value.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another lane.</exception>
    public readonly U32 WithLane(int lane, uint value)
    {
        LaneIndex.Check(lane);
        U32 result = this;
        Unsafe.Add(ref Unsafe.As<U32, uint>(ref result), lane) = value;
        return result;
    }

    /// <summary>Sum. Wraps on overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator +(U32 left, U32 right) => new(left.Lo + right.Lo, left.Hi + right.Hi);

    /// <summary>Difference. Wraps on overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator -(U32 left, U32 right) => new(left.Lo - right.Lo, left.Hi - right.Hi);

    /// <summary>Product. Wraps on overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator *(U32 left, U32 right) => new(left.Lo * right.Lo, left.Hi * right.Hi);

    /// <summary>Quotient, truncated toward zero. A zero divisor gives 0: a kernel must not fault, as the GPU does not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator /(U32 left, U32 right) => LaneDivision.Divide(left, right);

    /// <summary>Remainder. A zero divisor gives the dividend, consistent with a quotient of 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator %(U32 left, U32 right) => left - LaneDivision.Divide(left, right) * right;

    /// <summary>Bitwise and.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator &(U32 left, U32 right) => new(left.Lo & right.Lo, left.Hi & right.Hi);

    /// <summary>Bitwise or.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator |(U32 left, U32 right) => new(left.Lo | right.Lo, left.Hi | right.Hi);

    /// <summary>Bitwise exclusive or.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator ^(U32 left, U32 right) => new(left.Lo ^ right.Lo, left.Hi ^ right.Hi);

    /// <summary>Negation, wrapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator -(U32 value) => new(-value.Lo, -value.Hi);

    /// <summary>Bitwise complement.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator ~(U32 value) => new(~value.Lo, ~value.Hi);

    /// <summary>Shift left by the low 5 bits of the count, as C# masks it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator <<(U32 value, int count) => new(value.Lo << (count & 31), value.Hi << (count & 31));

    /// <summary>Shift left by each lane's own count, masked to 5 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator <<(U32 value, I32 count) => LaneShift.Left(value, count);

    /// <summary>Shift right with zeros entering by the low 5 bits of the count, as C# masks it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator >>(U32 value, int count) => new(value.Lo >> (count & 31), value.Hi >> (count & 31));

    /// <summary>Shift right with zeros entering by each lane's own count, masked to 5 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 operator >>(U32 value, I32 count) => LaneShift.Right(value, count);

    /// <summary>Lanes that are equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator ==(U32 left, U32 right) => new(Vector512.Equals(left.Lo, right.Lo).AsInt32(), Vector512.Equals(left.Hi, right.Hi).AsInt32());

    /// <summary>Lanes that differ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator !=(U32 left, U32 right) => new(~Vector512.Equals(left.Lo, right.Lo).AsInt32(), ~Vector512.Equals(left.Hi, right.Hi).AsInt32());

    /// <summary>Lanes where left is less.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator <(U32 left, U32 right) => new(Vector512.LessThan(left.Lo, right.Lo).AsInt32(), Vector512.LessThan(left.Hi, right.Hi).AsInt32());

    /// <summary>Lanes where left is less or equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator <=(U32 left, U32 right) => new(Vector512.LessThanOrEqual(left.Lo, right.Lo).AsInt32(), Vector512.LessThanOrEqual(left.Hi, right.Hi).AsInt32());

    /// <summary>Lanes where left is greater.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator >(U32 left, U32 right) => new(Vector512.GreaterThan(left.Lo, right.Lo).AsInt32(), Vector512.GreaterThan(left.Hi, right.Hi).AsInt32());

    /// <summary>Lanes where left is greater or equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator >=(U32 left, U32 right) => new(Vector512.GreaterThanOrEqual(left.Lo, right.Lo).AsInt32(), Vector512.GreaterThanOrEqual(left.Hi, right.Hi).AsInt32());

    /// <summary>The same bits as <see cref="int"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator I32(U32 value) => new(value.Lo.AsInt32(), value.Hi.AsInt32());

    /// <summary>Rounded to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator F32(U32 value) => new(Vector512.ConvertToSingle(value.Lo), Vector512.ConvertToSingle(value.Hi));

    /// <summary>Zero-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator I64(U32 value) => new(Vector512.WidenLower(value.Lo).AsInt64(), Vector512.WidenUpper(value.Lo).AsInt64(), Vector512.WidenLower(value.Hi).AsInt64(), Vector512.WidenUpper(value.Hi).AsInt64());

    /// <summary>Zero-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator U64(U32 value) => new(Vector512.WidenLower(value.Lo), Vector512.WidenUpper(value.Lo), Vector512.WidenLower(value.Hi), Vector512.WidenUpper(value.Hi));

    /// <summary>Exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator F64(U32 value) => (F64)(U64)value;

    /// <summary>Whether every lane is equal, NaN to NaN included (for tests and debuggers; kernels use <c>==</c>).</summary>
    public readonly bool Equals(U32 other) => Lo.Equals(other.Lo) && Hi.Equals(other.Hi);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is U32 other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(Lo, Hi);

    /// <summary>All 32 values, for the debugger.</summary>
    public override readonly string ToString() => LaneText.Format(this);
}
