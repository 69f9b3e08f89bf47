using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

/// <summary>One <see cref="int"/> for each of the 32 lanes of a warp. Operators act lane by lane as C# does on <see cref="int"/>, unchecked.</summary>
/// <remarks>
/// Two vectors of 16 lanes: the JIT keeps a struct of up to four vectors in registers. Where the machine has no AVX-512 each vector is
/// two of 256 bits. The fields are public and writable so that large kernels can be printed as <c>new I32 { Lo = a.Lo + b.Lo, Hi = a.Hi + b.Hi }</c>:
/// the JIT stops inlining in methods beyond some hundred operators, and that form needs no inlining.
/// </remarks>
public struct I32 : IEquatable<I32>
{
    /// <summary>Lanes 0 to 15.</summary>
    public Vector512<int> Lo;

    /// <summary>Lanes 16 to 31.</summary>
    public Vector512<int> Hi;

    /// <summary>Lanes from their vectors, lowest lanes first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public I32(Vector512<int> lo, Vector512<int> hi)
    {
        Lo = lo;
        Hi = hi;
    }

    /// <summary>The same value in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator I32(int value) => new(Vector512.Create(value), Vector512.Create(value));

    /// <summary>0, 1, 2, ... 31: every lane's own number.</summary>
    public static I32 LaneIdx
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<int>.Indices, Vector512<int>.Indices + Vector512.Create(16));
    }

    /// <summary>The value of one lane.</summary>
    /// <param name="lane">0 to 31.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another lane.</exception>
    public readonly int this[int lane]
    {
        get
        {
            LaneIndex.Check(lane);
            return Unsafe.Add(ref Unsafe.As<I32, int>(ref Unsafe.AsRef(in this)), lane);
        }
    }

    /// <summary>These lanes with one of them replaced.</summary>
    /// <param name="lane">0 to 31.</param>
    /// <param name="value">Its new value.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another lane.</exception>
    public readonly I32 WithLane(int lane, int value)
    {
        LaneIndex.Check(lane);
        I32 result = this;
        Unsafe.Add(ref Unsafe.As<I32, int>(ref result), lane) = value;
        return result;
    }

    /// <summary>Sum. Wraps on overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator +(I32 left, I32 right) => new(left.Lo + right.Lo, left.Hi + right.Hi);

    /// <summary>Difference. Wraps on overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator -(I32 left, I32 right) => new(left.Lo - right.Lo, left.Hi - right.Hi);

    /// <summary>Product. Wraps on overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator *(I32 left, I32 right) => new(left.Lo * right.Lo, left.Hi * right.Hi);

    /// <summary>Quotient, truncated toward zero. A zero divisor gives 0: a kernel must not fault, as the GPU does not. <c>MinValue / -1</c> wraps to <c>MinValue</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator /(I32 left, I32 right) => LaneDivision.Divide(left, right);

    /// <summary>Remainder. A zero divisor gives the dividend, consistent with a quotient of 0. <c>MinValue % -1</c> is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator %(I32 left, I32 right) => left - LaneDivision.Divide(left, right) * right;

    /// <summary>Bitwise and.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator &(I32 left, I32 right) => new(left.Lo & right.Lo, left.Hi & right.Hi);

    /// <summary>Bitwise or.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator |(I32 left, I32 right) => new(left.Lo | right.Lo, left.Hi | right.Hi);

    /// <summary>Bitwise exclusive or.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator ^(I32 left, I32 right) => new(left.Lo ^ right.Lo, left.Hi ^ right.Hi);

    /// <summary>Negation, wrapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator -(I32 value) => new(-value.Lo, -value.Hi);

    /// <summary>Bitwise complement.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator ~(I32 value) => new(~value.Lo, ~value.Hi);

    /// <summary>Shift left by the low 5 bits of the count, as C# masks it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator <<(I32 value, int count) => new(value.Lo << (count & 31), value.Hi << (count & 31));

    /// <summary>Shift left by each lane's own count, masked to 5 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator <<(I32 value, I32 count) => LaneShift.Left(value, count);

    /// <summary>Arithmetic shift right by the low 5 bits of the count, as C# masks it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator >>(I32 value, int count) => new(value.Lo >> (count & 31), value.Hi >> (count & 31));

    /// <summary>Arithmetic shift right by each lane's own count, masked to 5 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator >>(I32 value, I32 count) => LaneShift.Right(value, count);

    /// <summary>Shift right with zeros entering by the low 5 bits of the count, as C# masks it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator >>>(I32 value, int count) => new(value.Lo >>> (count & 31), value.Hi >>> (count & 31));

    /// <summary>Shift right with zeros entering by each lane's own count, masked to 5 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 operator >>>(I32 value, I32 count) => LaneShift.RightLogical(value, count);

    /// <summary>Lanes that are equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator ==(I32 left, I32 right) => new(Vector512.Equals(left.Lo, right.Lo), Vector512.Equals(left.Hi, right.Hi));

    /// <summary>Lanes that differ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator !=(I32 left, I32 right) => new(~Vector512.Equals(left.Lo, right.Lo), ~Vector512.Equals(left.Hi, right.Hi));

    /// <summary>Lanes where left is less.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator <(I32 left, I32 right) => new(Vector512.LessThan(left.Lo, right.Lo), Vector512.LessThan(left.Hi, right.Hi));

    /// <summary>Lanes where left is less or equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator <=(I32 left, I32 right) => new(Vector512.LessThanOrEqual(left.Lo, right.Lo), Vector512.LessThanOrEqual(left.Hi, right.Hi));

    /// <summary>Lanes where left is greater.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator >(I32 left, I32 right) => new(Vector512.GreaterThan(left.Lo, right.Lo), Vector512.GreaterThan(left.Hi, right.Hi));

    /// <summary>Lanes where left is greater or equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator >=(I32 left, I32 right) => new(Vector512.GreaterThanOrEqual(left.Lo, right.Lo), Vector512.GreaterThanOrEqual(left.Hi, right.Hi));

    /// <summary>The same bits as <see cref="uint"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator U32(I32 value) => new(value.Lo.AsUInt32(), value.Hi.AsUInt32());

    /// <summary>Rounded to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator F32(I32 value) => new(Vector512.ConvertToSingle(value.Lo), Vector512.ConvertToSingle(value.Hi));

    /// <summary>Sign-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator I64(I32 value) => new(Vector512.WidenLower(value.Lo), Vector512.WidenUpper(value.Lo), Vector512.WidenLower(value.Hi), Vector512.WidenUpper(value.Hi));

    /// <summary>Sign-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator U64(I32 value) => new(Vector512.WidenLower(value.Lo).AsUInt64(), Vector512.WidenUpper(value.Lo).AsUInt64(), Vector512.WidenLower(value.Hi).AsUInt64(), Vector512.WidenUpper(value.Hi).AsUInt64());

    /// <summary>Exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator F64(I32 value) => (F64)(I64)value;

    /// <summary>Whether every lane is equal, NaN to NaN included (for tests and debuggers; kernels use <c>==</c>).</summary>
    public readonly bool Equals(I32 other) => Lo.Equals(other.Lo) && Hi.Equals(other.Hi);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is I32 other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(Lo, Hi);

    /// <summary>All 32 values, for the debugger.</summary>
    public override readonly string ToString() => LaneText.Format(this);
}
