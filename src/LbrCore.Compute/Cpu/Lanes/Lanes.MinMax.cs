using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

// Vector512.Min and Max of floats are those of IEEE 754-2019 (minimum, maximum), as Math.Min and Math.Max.
public static partial class Lanes
{
    /// <summary>The smaller value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 Min(I32 left, I32 right) => new(Vector512.Min(left.Lo, right.Lo), Vector512.Min(left.Hi, right.Hi));

    /// <summary>The smaller value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 Min(U32 left, U32 right) => new(Vector512.Min(left.Lo, right.Lo), Vector512.Min(left.Hi, right.Hi));

    /// <summary>The smaller value; NaN if either is NaN; -0 counts as less than +0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 Min(F32 left, F32 right) => new(Vector512.Min(left.Lo, right.Lo), Vector512.Min(left.Hi, right.Hi));

    /// <summary>The smaller value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 Min(I64 left, I64 right) => new(Vector512.Min(left.V0, right.V0), Vector512.Min(left.V1, right.V1), Vector512.Min(left.V2, right.V2), Vector512.Min(left.V3, right.V3));

    /// <summary>The smaller value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 Min(U64 left, U64 right) => new(Vector512.Min(left.V0, right.V0), Vector512.Min(left.V1, right.V1), Vector512.Min(left.V2, right.V2), Vector512.Min(left.V3, right.V3));

    /// <summary>The smaller value; NaN if either is NaN; -0 counts as less than +0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 Min(F64 left, F64 right) => new(Vector512.Min(left.V0, right.V0), Vector512.Min(left.V1, right.V1), Vector512.Min(left.V2, right.V2), Vector512.Min(left.V3, right.V3));

    /// <summary>The smaller value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Min(int left, int right) => Math.Min(left, right);

    /// <summary>The smaller value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Min(uint left, uint right) => Math.Min(left, right);

    /// <summary>The smaller value; NaN if either is NaN; -0 counts as less than +0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Min(float left, float right) => MathF.Min(left, right);

    /// <summary>The smaller value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Min(long left, long right) => Math.Min(left, right);

    /// <summary>The smaller value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Min(ulong left, ulong right) => Math.Min(left, right);

    /// <summary>The smaller value; NaN if either is NaN; -0 counts as less than +0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Min(double left, double right) => Math.Min(left, right);

    /// <summary>The larger value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 Max(I32 left, I32 right) => new(Vector512.Max(left.Lo, right.Lo), Vector512.Max(left.Hi, right.Hi));

    /// <summary>The larger value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 Max(U32 left, U32 right) => new(Vector512.Max(left.Lo, right.Lo), Vector512.Max(left.Hi, right.Hi));

    /// <summary>The larger value; NaN if either is NaN; -0 counts as less than +0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 Max(F32 left, F32 right) => new(Vector512.Max(left.Lo, right.Lo), Vector512.Max(left.Hi, right.Hi));

    /// <summary>The larger value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 Max(I64 left, I64 right) => new(Vector512.Max(left.V0, right.V0), Vector512.Max(left.V1, right.V1), Vector512.Max(left.V2, right.V2), Vector512.Max(left.V3, right.V3));

    /// <summary>The larger value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 Max(U64 left, U64 right) => new(Vector512.Max(left.V0, right.V0), Vector512.Max(left.V1, right.V1), Vector512.Max(left.V2, right.V2), Vector512.Max(left.V3, right.V3));

    /// <summary>The larger value; NaN if either is NaN; -0 counts as less than +0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 Max(F64 left, F64 right) => new(Vector512.Max(left.V0, right.V0), Vector512.Max(left.V1, right.V1), Vector512.Max(left.V2, right.V2), Vector512.Max(left.V3, right.V3));

    /// <summary>The larger value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Max(int left, int right) => Math.Max(left, right);

    /// <summary>The larger value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Max(uint left, uint right) => Math.Max(left, right);

    /// <summary>The larger value; NaN if either is NaN; -0 counts as less than +0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(float left, float right) => MathF.Max(left, right);

    /// <summary>The larger value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Max(long left, long right) => Math.Max(left, right);

    /// <summary>The larger value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Max(ulong left, ulong right) => Math.Max(left, right);

    /// <summary>The larger value; NaN if either is NaN; -0 counts as less than +0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Max(double left, double right) => Math.Max(left, right);

    /// <summary>Absolute value; that of <c>MinValue</c> wraps to <c>MinValue</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 Abs(I32 value) => new(Vector512.Abs(value.Lo), Vector512.Abs(value.Hi));

    /// <summary>Absolute value; that of <c>MinValue</c> wraps to <c>MinValue</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 Abs(I64 value) => new(Vector512.Abs(value.V0), Vector512.Abs(value.V1), Vector512.Abs(value.V2), Vector512.Abs(value.V3));

    /// <summary>Absolute value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 Abs(F32 value) => new(Vector512.Abs(value.Lo), Vector512.Abs(value.Hi));

    /// <summary>Absolute value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 Abs(F64 value) => new(Vector512.Abs(value.V0), Vector512.Abs(value.V1), Vector512.Abs(value.V2), Vector512.Abs(value.V3));

    /// <summary>Absolute value; that of <c>MinValue</c> wraps to <c>MinValue</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Abs(int value) => value < 0 ? -value : value;

    /// <summary>Absolute value; that of <c>MinValue</c> wraps to <c>MinValue</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Abs(long value) => value < 0 ? -value : value;

    /// <summary>Absolute value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Abs(float value) => MathF.Abs(value);

    /// <summary>Absolute value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Abs(double value) => Math.Abs(value);

    /// <summary>Lanes that are not a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask IsNaN(F32 value) => Differ(value, value);

    /// <summary>Whether a value is not a number.</summary>
    public static bool IsNaN(float value) => float.IsNaN(value);

    /// <summary>Lanes that are not a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask IsNaN(F64 value) => Differ(value, value);

    /// <summary>Whether a value is not a number.</summary>
    public static bool IsNaN(double value) => double.IsNaN(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Mask Differ(F32 left, F32 right) => left != right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Mask Differ(F64 left, F64 right) => left != right;
}
