using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

/// <summary>One <see cref="double"/> for each of the 32 lanes of a warp. Operators act lane by lane as C# does on <see cref="double"/>, unchecked.</summary>
public struct F64 : IEquatable<F64>
{
    /// <summary>Lanes 0 to 7.</summary>
    public Vector512<double> V0;

    /// <summary>Lanes 8 to 15.</summary>
    public Vector512<double> V1;

    /// <summary>Lanes 16 to 23.</summary>
    public Vector512<double> V2;

    /// <summary>Lanes 24 to 31.</summary>
    public Vector512<double> V3;

    /// <summary>Lanes from their vectors, lowest lanes first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public F64(Vector512<double> v0, Vector512<double> v1, Vector512<double> v2, Vector512<double> v3)
    {
        V0 = v0;
        V1 = v1;
        V2 = v2;
        V3 = v3;
    }

    /// <summary>The same value in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator F64(double value) => new(Vector512.Create(value), Vector512.Create(value), Vector512.Create(value), Vector512.Create(value));

    /// <summary>The value of one lane.</summary>
    /// <param name="lane">0 to 31.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another lane.</exception>
    public readonly double this[int lane]
    {
        get
        {
            LaneIndex.Check(lane);
            return Unsafe.Add(ref Unsafe.As<F64, double>(ref Unsafe.AsRef(in this)), lane);
        }
    }

    /// <summary>These lanes with one of them replaced.</summary>
    /// <param name="lane">0 to 31.</param>
    /// <param name="value">Its new value.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another lane.</exception>
    public readonly F64 WithLane(int lane, double value)
    {
        LaneIndex.Check(lane);
        F64 result = this;
        Unsafe.Add(ref Unsafe.As<F64, double>(ref result), lane) = value;
        return result;
    }

    /// <summary>Sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 operator +(F64 left, F64 right) => new(left.V0 + right.V0, left.V1 + right.V1, left.V2 + right.V2, left.V3 + right.V3);

    /// <summary>Difference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 operator -(F64 left, F64 right) => new(left.V0 - right.V0, left.V1 - right.V1, left.V2 - right.V2, left.V3 - right.V3);

    /// <summary>Product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 operator *(F64 left, F64 right) => new(left.V0 * right.V0, left.V1 * right.V1, left.V2 * right.V2, left.V3 * right.V3);

    /// <summary>Quotient, correctly rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 operator /(F64 left, F64 right) => new(left.V0 / right.V0, left.V1 / right.V1, left.V2 / right.V2, left.V3 / right.V3);

    /// <summary>Remainder with the sign of the dividend, as C# defines it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 operator %(F64 left, F64 right) => LaneDivision.Remainder(left, right);

    /// <summary>Negation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 operator -(F64 value) => new(-value.V0, -value.V1, -value.V2, -value.V3);

    /// <summary>Lanes that are equal. A NaN equals nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator ==(F64 left, F64 right) => new(Vector512.Narrow(Vector512.Equals(left.V0, right.V0).AsInt64(), Vector512.Equals(left.V1, right.V1).AsInt64()), Vector512.Narrow(Vector512.Equals(left.V2, right.V2).AsInt64(), Vector512.Equals(left.V3, right.V3).AsInt64()));

    /// <summary>Lanes that differ. True where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator !=(F64 left, F64 right) => new(~Vector512.Narrow(Vector512.Equals(left.V0, right.V0).AsInt64(), Vector512.Equals(left.V1, right.V1).AsInt64()), ~Vector512.Narrow(Vector512.Equals(left.V2, right.V2).AsInt64(), Vector512.Equals(left.V3, right.V3).AsInt64()));

    /// <summary>Lanes where left is less. False where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator <(F64 left, F64 right) => new(Vector512.Narrow(Vector512.LessThan(left.V0, right.V0).AsInt64(), Vector512.LessThan(left.V1, right.V1).AsInt64()), Vector512.Narrow(Vector512.LessThan(left.V2, right.V2).AsInt64(), Vector512.LessThan(left.V3, right.V3).AsInt64()));

    /// <summary>Lanes where left is less or equal. False where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator <=(F64 left, F64 right) => new(Vector512.Narrow(Vector512.LessThanOrEqual(left.V0, right.V0).AsInt64(), Vector512.LessThanOrEqual(left.V1, right.V1).AsInt64()), Vector512.Narrow(Vector512.LessThanOrEqual(left.V2, right.V2).AsInt64(), Vector512.LessThanOrEqual(left.V3, right.V3).AsInt64()));

    /// <summary>Lanes where left is greater. False where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator >(F64 left, F64 right) => new(Vector512.Narrow(Vector512.GreaterThan(left.V0, right.V0).AsInt64(), Vector512.GreaterThan(left.V1, right.V1).AsInt64()), Vector512.Narrow(Vector512.GreaterThan(left.V2, right.V2).AsInt64(), Vector512.GreaterThan(left.V3, right.V3).AsInt64()));

    /// <summary>Lanes where left is greater or equal. False where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator >=(F64 left, F64 right) => new(Vector512.Narrow(Vector512.GreaterThanOrEqual(left.V0, right.V0).AsInt64(), Vector512.GreaterThanOrEqual(left.V1, right.V1).AsInt64()), Vector512.Narrow(Vector512.GreaterThanOrEqual(left.V2, right.V2).AsInt64(), Vector512.GreaterThanOrEqual(left.V3, right.V3).AsInt64()));

    /// <summary>Truncated toward zero; values out of range saturate and NaN gives 0, as C# converts on .NET 9 and later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator I32(F64 value) => LaneConvert.ToI32(value);

    /// <summary>Truncated toward zero; values out of range saturate and NaN gives 0, as C# converts on .NET 9 and later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator U32(F64 value) => LaneConvert.ToU32(value);

    /// <summary>Rounded to nearest even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator F32(F64 value) => new(Vector512.Narrow(value.V0, value.V1), Vector512.Narrow(value.V2, value.V3));

    /// <summary>Truncated toward zero; values out of range saturate and NaN gives 0, as C# converts on .NET 9 and later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator I64(F64 value) => new(Vector512.ConvertToInt64(value.V0), Vector512.ConvertToInt64(value.V1), Vector512.ConvertToInt64(value.V2), Vector512.ConvertToInt64(value.V3));

    /// <summary>Truncated toward zero; values out of range saturate and NaN gives 0, as C# converts on .NET 9 and later.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator U64(F64 value) => new(Vector512.ConvertToUInt64(value.V0), Vector512.ConvertToUInt64(value.V1), Vector512.ConvertToUInt64(value.V2), Vector512.ConvertToUInt64(value.V3));

    /// <summary>Whether every lane is equal, NaN to NaN included (for tests and debuggers; kernels use <c>==</c>).</summary>
    public readonly bool Equals(F64 other) => V0.Equals(other.V0) && V1.Equals(other.V1) && V2.Equals(other.V2) && V3.Equals(other.V3);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is F64 other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(V0, V1, V2, V3);

    /// <summary>All 32 values, for the debugger.</summary>
    public override readonly string ToString() => LaneText.Format(this);
}
