using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// Pairs of sixteen-bit floats in one word, low member in the low half. Sums and products are taken in binary32 and rounded again: with 24 bits against
// 8 or 11 the second rounding is harmless (Figueroa, "When is double rounding innocuous?", 1995). A fused multiply-add is not: see RoundToOdd.
public static partial class Lanes
{
    /// <summary>Two floats rounded to bfloat16 in one word.</summary>
    public static U32 PackBFloat16(F32 low, F32 high) => F32ToBFloat16(low) | F32ToBFloat16(high) << 16;

    /// <summary>Two floats rounded to half in one word.</summary>
    public static U32 PackHalf(F32 low, F32 high) => F32ToHalf(low) | F32ToHalf(high) << 16;

    /// <summary>The low bfloat16 of a pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 BFloat16Low(U32 pair) => AsF32(pair << 16);

    /// <summary>The high bfloat16 of a pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 BFloat16High(U32 pair) => AsF32(pair & 0xffff0000u);

    /// <summary>The low half of a pair.</summary>
    public static F32 HalfLow(U32 pair) => HalfToF32(pair & 0xffffu);

    /// <summary>The high half of a pair.</summary>
    public static F32 HalfHigh(U32 pair) => HalfToF32(pair >> 16);

    /// <summary>Sums of bfloat16 pairs, each rounded once.</summary>
    public static U32 AddBFloat16x2(U32 left, U32 right) =>
        PackBFloat16(BFloat16Low(left) + BFloat16Low(right), BFloat16High(left) + BFloat16High(right));

    /// <summary>Products of bfloat16 pairs, each rounded once.</summary>
    public static U32 MultiplyBFloat16x2(U32 left, U32 right) =>
        PackBFloat16(BFloat16Low(left) * BFloat16Low(right), BFloat16High(left) * BFloat16High(right));

    /// <summary>The larger of each pair; NaN if either is NaN.</summary>
    public static U32 MaxBFloat16x2(U32 left, U32 right) =>
        PackBFloat16(Max(BFloat16Low(left), BFloat16Low(right)), Max(BFloat16High(left), BFloat16High(right)));

    /// <summary>a * b + c of bfloat16 pairs, each rounded once, as <c>fma.rn.bf16x2</c>.</summary>
    public static U32 FmaBFloat16x2(U32 a, U32 b, U32 c) => PackBFloat16(
        FmaRoundedToOdd(BFloat16Low(a), BFloat16Low(b), BFloat16Low(c)),
        FmaRoundedToOdd(BFloat16High(a), BFloat16High(b), BFloat16High(c)));

    /// <summary>Sums of half pairs, each rounded once.</summary>
    public static U32 AddHalfx2(U32 left, U32 right) => PackHalf(HalfLow(left) + HalfLow(right), HalfHigh(left) + HalfHigh(right));

    /// <summary>Products of half pairs, each rounded once.</summary>
    public static U32 MultiplyHalfx2(U32 left, U32 right) => PackHalf(HalfLow(left) * HalfLow(right), HalfHigh(left) * HalfHigh(right));

    /// <summary>The larger of each pair; NaN if either is NaN.</summary>
    public static U32 MaxHalfx2(U32 left, U32 right) => PackHalf(Max(HalfLow(left), HalfLow(right)), Max(HalfHigh(left), HalfHigh(right)));

    /// <summary>a * b + c of half pairs, each rounded once, as <c>fma.rn.f16x2</c>.</summary>
    public static U32 FmaHalfx2(U32 a, U32 b, U32 c) => PackHalf(
        FmaRoundedToOdd(HalfLow(a), HalfLow(b), HalfLow(c)),
        FmaRoundedToOdd(HalfHigh(a), HalfHigh(b), HalfHigh(c)));

    /// <summary>
    /// a * b + c truncated to binary32 with the last bit set if anything was cut off ("round to odd"): rounding that to sixteen bits gives what rounding
    /// the exact value would give (Boldo and Melquiond, 2008). The factors have at most 11 bits, so that their product is exact in binary64.
    /// </summary>
    private static F32 FmaRoundedToOdd(F32 a, F32 b, F32 c)
    {
        F64 product = (F64)a * (F64)b, addend = (F64)c;

        // Knuth's two-sum: sum + error is exactly product + addend.
        F64 sum = product + addend;
        F64 virtualAddend = sum - product;
        F64 error = product - (sum - virtualAddend) + (addend - virtualAddend);

        F32 nearest = (F32)sum;
        F64 residue = sum - (F64)nearest + error;
        I32 bits = AsI32(nearest);
        Mask inexact = (residue < 0.0 | residue > 0.0) & (bits & 1) == 0 & Abs(nearest) < float.PositiveInfinity;
        // The neighbour toward the exact value; from zero it is the smallest subnormal with the sign of the residue.
        Mask away = (residue > 0.0) ^ (bits < 0);
        I32 neighbour = bits + Select(away, (I32)1, -1);
        neighbour = Select(nearest == 0f, Select(residue < 0.0, (I32)(int.MinValue + 1), 1), neighbour);
        return AsF32(Select(inexact, neighbour, bits));
    }
}
