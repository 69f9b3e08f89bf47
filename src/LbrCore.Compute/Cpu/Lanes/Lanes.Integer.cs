using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LbrCore.Compute.Cpu;

public static unsafe partial class Lanes
{
    /// <summary>Quotient, truncated; a zero divisor gives 0, <c>MinValue / -1</c> wraps, as the lanes do.</summary>
    public static int Divide(int dividend, int divisor) => LaneDivision.Divide(dividend, divisor);

    /// <summary>Quotient, truncated; a zero divisor gives 0.</summary>
    public static uint Divide(uint dividend, uint divisor) => LaneDivision.Divide(dividend, divisor);

    /// <summary>Quotient, truncated; a zero divisor gives 0, <c>MinValue / -1</c> wraps, as the lanes do.</summary>
    public static long Divide(long dividend, long divisor) => LaneDivision.Divide(dividend, divisor);

    /// <summary>Quotient, truncated; a zero divisor gives 0.</summary>
    public static ulong Divide(ulong dividend, ulong divisor) => LaneDivision.Divide(dividend, divisor);

    /// <summary>Remainder; a zero divisor gives the dividend, as the lanes do.</summary>
    public static int Remainder(int dividend, int divisor) => dividend - LaneDivision.Divide(dividend, divisor) * divisor;

    /// <summary>Remainder; a zero divisor gives the dividend, as the lanes do.</summary>
    public static uint Remainder(uint dividend, uint divisor) => dividend - LaneDivision.Divide(dividend, divisor) * divisor;

    /// <summary>Remainder; a zero divisor gives the dividend, as the lanes do.</summary>
    public static long Remainder(long dividend, long divisor) => dividend - LaneDivision.Divide(dividend, divisor) * divisor;

    /// <summary>Remainder; a zero divisor gives the dividend, as the lanes do.</summary>
    public static ulong Remainder(ulong dividend, ulong divisor) => dividend - LaneDivision.Divide(dividend, divisor) * divisor;

    /// <summary>dividend - divisor * truncate(dividend / divisor), each step rounded: what the GPU computes for <c>%</c>.</summary>
    public static F32 Remainder(F32 dividend, F32 divisor) => dividend - divisor * Truncate(dividend / divisor);

    /// <summary>dividend - divisor * truncate(dividend / divisor), each step rounded: what the GPU computes for <c>%</c>.</summary>
    public static F64 Remainder(F64 dividend, F64 divisor) => dividend - divisor * Truncate(dividend / divisor);

    /// <summary>dividend - divisor * truncate(dividend / divisor), each step rounded: what the GPU computes for <c>%</c>.</summary>
    public static float Remainder(float dividend, float divisor) => dividend - divisor * MathF.Truncate(dividend / divisor);

    /// <summary>dividend - divisor * truncate(dividend / divisor), each step rounded: what the GPU computes for <c>%</c>.</summary>
    public static double Remainder(double dividend, double divisor) => dividend - divisor * Math.Truncate(dividend / divisor);

    /// <summary>The high 32 bits of the 64-bit product.</summary>
    public static U32 MultiplyHigh(U32 left, U32 right) => new(MultiplyHigh(left.Lo, right.Lo), MultiplyHigh(left.Hi, right.Hi));

    /// <summary>The high 32 bits of the 64-bit product.</summary>
    public static I32 MultiplyHigh(I32 left, I32 right)
    {
        // Two's complement: a negative factor counts 2^32 too much of the other one.
        U32 high = MultiplyHigh((U32)left, (U32)right);
        return (I32)high - ((left >> 31) & right) - ((right >> 31) & left);
    }

    /// <summary>The high 64 bits of the 128-bit product.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static U64 MultiplyHigh(U64 left, U64 right)
    {
        ulong* a = (ulong*)&left, b = (ulong*)&right;
        for (int lane = 0; lane < 32; lane++) a[lane] = Math.BigMul(a[lane], b[lane], out _);
        return left;
    }

    /// <summary>The high 64 bits of the 128-bit product.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static I64 MultiplyHigh(I64 left, I64 right)
    {
        long* a = (long*)&left, b = (long*)&right;
        for (int lane = 0; lane < 32; lane++) a[lane] = Math.BigMul(a[lane], b[lane], out _);
        return left;
    }

    /// <summary>The high 32 bits of the 64-bit product.</summary>
    public static int MultiplyHigh(int left, int right) => (int)((long)left * right >> 32);

    /// <summary>The high 32 bits of the 64-bit product.</summary>
    public static uint MultiplyHigh(uint left, uint right) => (uint)((ulong)left * right >> 32);

    /// <summary>The high 64 bits of the 128-bit product.</summary>
    public static long MultiplyHigh(long left, long right) => Math.BigMul(left, right, out _);

    /// <summary>The high 64 bits of the 128-bit product.</summary>
    public static ulong MultiplyHigh(ulong left, ulong right) => Math.BigMul(left, right, out _);

    // The hardware multiplies the even 32-bit elements of both operands to 64 bits; the odd ones are moved down for a second product.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> MultiplyHigh(Vector512<uint> left, Vector512<uint> right)
    {
        Vector512<ulong> even = MultiplyEven(left, right);
        Vector512<ulong> odd = MultiplyEven((left.AsUInt64() >> 32).AsUInt32(), (right.AsUInt64() >> 32).AsUInt32());
        return (even >> 32 | odd & Vector512.Create(0xffffffff00000000ul)).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> MultiplyEven(Vector512<uint> left, Vector512<uint> right)
    {
        if (Avx512F.IsSupported) return Avx512F.Multiply(left, right);
        if (Avx2.IsSupported) return Vector512.Create(Avx2.Multiply(left.GetLower(), right.GetLower()), Avx2.Multiply(left.GetUpper(), right.GetUpper()));
        Vector512<ulong> low = Vector512.Create(0xfffffffful);
        return (left.AsUInt64() & low) * (right.AsUInt64() & low);
    }
}
