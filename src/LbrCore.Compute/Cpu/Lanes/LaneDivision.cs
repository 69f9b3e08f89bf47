using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

/// <summary>Integer quotients in which no lane can fault: a zero divisor gives 0 and <c>MinValue / -1</c> wraps.</summary>
internal static class LaneDivision
{
    // A 53-bit quotient of two 32-bit integers, truncated, is the integer quotient: it can only reach the next integer if it is exact.
    public static I32 Divide(I32 dividend, I32 divisor)
    {
        I64 quotient = (I64)((F64)dividend / (F64)Nonzero(divisor));
        return new(
            Vector512.AndNot(Vector512.Narrow(quotient.V0, quotient.V1), Vector512.Equals(divisor.Lo, Vector512<int>.Zero)),
            Vector512.AndNot(Vector512.Narrow(quotient.V2, quotient.V3), Vector512.Equals(divisor.Hi, Vector512<int>.Zero)));
    }

    public static U32 Divide(U32 dividend, U32 divisor)
    {
        U32 nonzero = (U32)Nonzero((I32)divisor);
        I64 quotient = (I64)((F64)dividend / (F64)nonzero);
        return new(
            Vector512.AndNot(Vector512.Narrow(quotient.V0, quotient.V1).AsUInt32(), Vector512.Equals(divisor.Lo, Vector512<uint>.Zero)),
            Vector512.AndNot(Vector512.Narrow(quotient.V2, quotient.V3).AsUInt32(), Vector512.Equals(divisor.Hi, Vector512<uint>.Zero)));
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static unsafe I64 Divide(I64 dividend, I64 divisor)
    {
        long* left = (long*)&dividend, right = (long*)&divisor;
        for (int lane = 0; lane < 32; lane++) left[lane] = Divide(left[lane], right[lane]);
        return dividend;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static unsafe U64 Divide(U64 dividend, U64 divisor)
    {
        ulong* left = (ulong*)&dividend, right = (ulong*)&divisor;
        for (int lane = 0; lane < 32; lane++) left[lane] = Divide(left[lane], right[lane]);
        return dividend;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static unsafe F32 Remainder(F32 dividend, F32 divisor)
    {
        float* left = (float*)&dividend, right = (float*)&divisor;
        for (int lane = 0; lane < 32; lane++) left[lane] %= right[lane];
        return dividend;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static unsafe F64 Remainder(F64 dividend, F64 divisor)
    {
        double* left = (double*)&dividend, right = (double*)&divisor;
        for (int lane = 0; lane < 32; lane++) left[lane] %= right[lane];
        return dividend;
    }

    public static int Divide(int dividend, int divisor) => divisor switch { 0 => 0, -1 => unchecked(-dividend), _ => dividend / divisor };

    public static uint Divide(uint dividend, uint divisor) => divisor == 0 ? 0 : dividend / divisor;

    public static long Divide(long dividend, long divisor) => divisor switch { 0 => 0, -1 => unchecked(-dividend), _ => dividend / divisor };

    public static ulong Divide(ulong dividend, ulong divisor) => divisor == 0 ? 0 : dividend / divisor;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static I32 Nonzero(I32 divisor) => new(
        divisor.Lo - Vector512.Equals(divisor.Lo, Vector512<int>.Zero),
        divisor.Hi - Vector512.Equals(divisor.Hi, Vector512<int>.Zero));
}
