using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

public static partial class Lanes
{
    /// <summary>Largest integer not above the value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 Floor(F32 value) => new(Vector512.Floor(value.Lo), Vector512.Floor(value.Hi));

    /// <summary>Largest integer not above the value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Floor(float value) => MathF.Floor(value);

    /// <summary>Largest integer not above the value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 Floor(F64 value) => new(Vector512.Floor(value.V0), Vector512.Floor(value.V1), Vector512.Floor(value.V2), Vector512.Floor(value.V3));

    /// <summary>Largest integer not above the value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Floor(double value) => Math.Floor(value);

    /// <summary>Smallest integer not below the value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 Ceiling(F32 value) => new(Vector512.Ceiling(value.Lo), Vector512.Ceiling(value.Hi));

    /// <summary>Smallest integer not below the value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Ceiling(float value) => MathF.Ceiling(value);

    /// <summary>Smallest integer not below the value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 Ceiling(F64 value) => new(Vector512.Ceiling(value.V0), Vector512.Ceiling(value.V1), Vector512.Ceiling(value.V2), Vector512.Ceiling(value.V3));

    /// <summary>Smallest integer not below the value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Ceiling(double value) => Math.Ceiling(value);

    /// <summary>Nearest integer, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 Round(F32 value) => new(Vector512.Round(value.Lo), Vector512.Round(value.Hi));

    /// <summary>Nearest integer, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Round(float value) => MathF.Round(value);

    /// <summary>Nearest integer, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 Round(F64 value) => new(Vector512.Round(value.V0), Vector512.Round(value.V1), Vector512.Round(value.V2), Vector512.Round(value.V3));

    /// <summary>Nearest integer, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Round(double value) => Math.Round(value);

    /// <summary>The integer part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 Truncate(F32 value) => new(Vector512.Truncate(value.Lo), Vector512.Truncate(value.Hi));

    /// <summary>The integer part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Truncate(float value) => MathF.Truncate(value);

    /// <summary>The integer part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 Truncate(F64 value) => new(Vector512.Truncate(value.V0), Vector512.Truncate(value.V1), Vector512.Truncate(value.V2), Vector512.Truncate(value.V3));

    /// <summary>The integer part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Truncate(double value) => Math.Truncate(value);

    /// <summary>Square root, correctly rounded; NaN below zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 Sqrt(F32 value) => new(Vector512.Sqrt(value.Lo), Vector512.Sqrt(value.Hi));

    /// <summary>Square root, correctly rounded; NaN below zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sqrt(float value) => MathF.Sqrt(value);

    /// <summary>Square root, correctly rounded; NaN below zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 Sqrt(F64 value) => new(Vector512.Sqrt(value.V0), Vector512.Sqrt(value.V1), Vector512.Sqrt(value.V2), Vector512.Sqrt(value.V3));

    /// <summary>Square root, correctly rounded; NaN below zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sqrt(double value) => Math.Sqrt(value);

    /// <summary>a * b + c with one rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 Fma(F32 a, F32 b, F32 c) => new(Vector512.FusedMultiplyAdd(a.Lo, b.Lo, c.Lo), Vector512.FusedMultiplyAdd(a.Hi, b.Hi, c.Hi));

    /// <summary>a * b + c with one rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fma(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    /// <summary>a * b + c with one rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 Fma(F64 a, F64 b, F64 c) => new(Vector512.FusedMultiplyAdd(a.V0, b.V0, c.V0), Vector512.FusedMultiplyAdd(a.V1, b.V1, c.V1), Vector512.FusedMultiplyAdd(a.V2, b.V2, c.V2), Vector512.FusedMultiplyAdd(a.V3, b.V3, c.V3));

    /// <summary>a * b + c with one rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Fma(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c);

    /// <summary>1 / value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 Rcp(F32 value) => (F32)1f / value;

    /// <summary>1 / value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Rcp(float value) => 1f / value;

    /// <summary>1 / sqrt(value): two roundings.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 Rsqrt(F32 value) => (F32)1f / Sqrt(value);

    /// <summary>1 / sqrt(value): two roundings.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Rsqrt(float value) => 1f / Sqrt(value);

    /// <summary>1 / value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 Rcp(F64 value) => (F64)1.0 / value;

    /// <summary>1 / value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Rcp(double value) => 1.0 / value;

    /// <summary>1 / sqrt(value): two roundings.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 Rsqrt(F64 value) => (F64)1.0 / Sqrt(value);

    /// <summary>1 / sqrt(value): two roundings.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Rsqrt(double value) => 1.0 / Sqrt(value);
}
