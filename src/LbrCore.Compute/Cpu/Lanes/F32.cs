using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

/// <summary>One <see cref="float"/> for each of the 32 lanes of a warp. Operators act lane by lane as C# does on <see cref="float"/>, unchecked.</summary>
public struct F32 : IEquatable<F32>
{
    /// <summary>Lanes 0 to 15.</summary>
    public Vector512<float> Lo;

    /// <summary>Lanes 16 to 31.</summary>
    public Vector512<float> Hi;

    /// <summary>Lanes from their vectors, lowest lanes first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public F32(Vector512<float> lo, Vector512<float> hi)
    {
        Lo = lo;
        Hi = hi;
    }

    /// <summary>The same value in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator F32(float value) => new(Vector512.Create(value), Vector512.Create(value));

    /// <summary>The value of one lane.</summary>
    /// <param name="lane">0 to 31.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another lane.</exception>
    public readonly float this[int lane]
    {
        get
        {
            LaneIndex.Check(lane);
            return Unsafe.Add(ref Unsafe.As<F32, float>(ref Unsafe.AsRef(in this)), lane);
        }
    }

    /// <summary>These lanes with one of them replaced.</summary>
    /// <param name="lane">0 to 31.</param>
    /// <param name="value">Its new value.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another lane.</exception>
    public readonly F32 WithLane(int lane, float value)
    {
        LaneIndex.Check(lane);
        F32 result = this;
        Unsafe.Add(ref Unsafe.As<F32, float>(ref result), lane) = value;
        return result;
    }

    /// <summary>Sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 operator +(F32 left, F32 right) => new(left.Lo + right.Lo, left.Hi + right.Hi);

    /// <summary>Difference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 operator -(F32 left, F32 right) => new(left.Lo - right.Lo, left.Hi - right.Hi);

    /// <summary>Product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 operator *(F32 left, F32 right) => new(left.Lo * right.Lo, left.Hi * right.Hi);

    /// <summary>Quotient, correctly rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 operator /(F32 left, F32 right) => new(left.Lo / right.Lo, left.Hi / right.Hi);

    /// <summary>Remainder with the sign of the dividend, as C# defines it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 operator %(F32 left, F32 right) => LaneDivision.Remainder(left, right);

    /// <summary>Negation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 operator -(F32 value) => new(-value.Lo, -value.Hi);

    /// <summary>Lanes that are equal. A NaN equals nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator ==(F32 left, F32 right) => new(Vector512.Equals(left.Lo, right.Lo).AsInt32(), Vector512.Equals(left.Hi, right.Hi).AsInt32());

    /// <summary>Lanes that differ. True where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator !=(F32 left, F32 right) => new(~Vector512.Equals(left.Lo, right.Lo).AsInt32(), ~Vector512.Equals(left.Hi, right.Hi).AsInt32());

    /// <summary>Lanes where left is less. False where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator <(F32 left, F32 right) => new(Vector512.LessThan(left.Lo, right.Lo).AsInt32(), Vector512.LessThan(left.Hi, right.Hi).AsInt32());

    /// <summary>Lanes where left is less or equal. False where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator <=(F32 left, F32 right) => new(Vector512.LessThanOrEqual(left.Lo, right.Lo).AsInt32(), Vector512.LessThanOrEqual(left.Hi, right.Hi).AsInt32());

    /// <summary>Lanes where left is greater. False where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator >(F32 left, F32 right) => new(Vector512.GreaterThan(left.Lo, right.Lo).AsInt32(), Vector512.GreaterThan(left.Hi, right.Hi).AsInt32());

    /// <summary>Lanes where left is greater or equal. False where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator >=(F32 left, F32 right) => new(Vector512.GreaterThanOrEqual(left.Lo, right.Lo).AsInt32(), Vector512.GreaterThanOrEqual(left.Hi, right.Hi).AsInt32());

    /// <summary>Truncated toward zero; values out of range saturate and NaN gives 0, as C# converts on .NET 9 and later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator I32(F32 value) => new(Vector512.ConvertToInt32(value.Lo), Vector512.ConvertToInt32(value.Hi));

    /// <summary>Truncated toward zero; values out of range saturate and NaN gives 0, as C# converts on .NET 9 and later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator U32(F32 value) => new(Vector512.ConvertToUInt32(value.Lo), Vector512.ConvertToUInt32(value.Hi));

    /// <summary>Truncated toward zero; values out of range saturate and NaN gives 0, as C# converts on .NET 9 and later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator I64(F32 value) => (I64)(F64)value;

    /// <summary>Truncated toward zero; values out of range saturate and NaN gives 0, as C# converts on .NET 9 and later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator U64(F32 value) => (U64)(F64)value;

    /// <summary>Exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator F64(F32 value) => new(Vector512.WidenLower(value.Lo), Vector512.WidenUpper(value.Lo), Vector512.WidenLower(value.Hi), Vector512.WidenUpper(value.Hi));

    /// <summary>Whether every lane is equal, NaN to NaN included (for tests and debuggers; kernels use <c>==</c>).</summary>
    public readonly bool Equals(F32 other) => Lo.Equals(other.Lo) && Hi.Equals(other.Hi);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is F32 other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(Lo, Hi);

    /// <summary>All 32 values, for the debugger.</summary>
    public override readonly string ToString() => LaneText.Format(this);
}
