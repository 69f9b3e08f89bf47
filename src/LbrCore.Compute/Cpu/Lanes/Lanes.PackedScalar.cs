namespace LbrCore.Compute.Cpu;

// The packed operations on one word that all lanes share.
public static partial class Lanes
{
    /// <summary>Two floats rounded to bfloat16 in one word.</summary>
    public static uint PackBFloat16(float low, float high) => F32ToBFloat16(low) | F32ToBFloat16(high) << 16;

    /// <summary>Two floats rounded to half in one word.</summary>
    public static uint PackHalf(float low, float high) => F32ToHalf(low) | F32ToHalf(high) << 16;

    /// <summary>The low bfloat16 of a pair.</summary>
    public static float BFloat16Low(uint pair) => AsF32(pair << 16);

    /// <summary>The high bfloat16 of a pair.</summary>
    public static float BFloat16High(uint pair) => AsF32(pair & 0xffff0000u);

    /// <summary>The low half of a pair.</summary>
    public static float HalfLow(uint pair) => HalfToF32(pair & 0xffffu);

    /// <summary>The high half of a pair.</summary>
    public static float HalfHigh(uint pair) => HalfToF32(pair >> 16);

    /// <summary>Sums of bfloat16 pairs, each rounded once.</summary>
    public static uint AddBFloat16x2(uint left, uint right) => AddBFloat16x2((U32)left, (U32)right)[0];

    /// <summary>Products of bfloat16 pairs, each rounded once.</summary>
    public static uint MultiplyBFloat16x2(uint left, uint right) => MultiplyBFloat16x2((U32)left, (U32)right)[0];

    /// <summary>The larger of each bfloat16 pair; NaN if either is NaN.</summary>
    public static uint MaxBFloat16x2(uint left, uint right) => MaxBFloat16x2((U32)left, (U32)right)[0];

    /// <summary>a * b + c of bfloat16 pairs, each rounded once.</summary>
    public static uint FmaBFloat16x2(uint a, uint b, uint c) => FmaBFloat16x2((U32)a, (U32)b, (U32)c)[0];

    /// <summary>Sums of half pairs, each rounded once.</summary>
    public static uint AddHalfx2(uint left, uint right) => AddHalfx2((U32)left, (U32)right)[0];

    /// <summary>Products of half pairs, each rounded once.</summary>
    public static uint MultiplyHalfx2(uint left, uint right) => MultiplyHalfx2((U32)left, (U32)right)[0];

    /// <summary>The larger of each half pair; NaN if either is NaN.</summary>
    public static uint MaxHalfx2(uint left, uint right) => MaxHalfx2((U32)left, (U32)right)[0];

    /// <summary>a * b + c of half pairs, each rounded once.</summary>
    public static uint FmaHalfx2(uint a, uint b, uint c) => FmaHalfx2((U32)a, (U32)b, (U32)c)[0];
}
