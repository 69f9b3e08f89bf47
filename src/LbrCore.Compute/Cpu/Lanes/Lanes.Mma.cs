using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LbrCore.Compute.Cpu;

// mma.sync.m16n8k16. With g = lane / 4 and t = lane % 4 a lane holds
//   A[16,16]: a0 = (g, 2t..2t+1)  a1 = (g+8, 2t..)  a2 = (g, 2t+8..)  a3 = (g+8, 2t+8..)
//   B[16, 8]: b0 = (2t..2t+1, g)  b1 = (2t+8.., g)
//   D[16, 8]: d0 = (g, 2t)  d1 = (g, 2t+1)  d2 = (g+8, 2t)  d3 = (g+8, 2t+1)
// (PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type").
public static unsafe partial class Lanes
{
    /// <summary>
    /// D = A * B + C for bfloat16 fragments; the accumulators are updated in place. Products are exact and added in the order k = 0, 1, ... 15, each with
    /// one rounding to float (tensor cores add groups of products with a wider, truncating adder: results may differ in the last bits).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MmaBFloat16(U32 a0, U32 a1, U32 a2, U32 a3, U32 b0, U32 b1, ref F32 c0, ref F32 c1, ref F32 c2, ref F32 c3)
    {
        F32* a = stackalloc F32[8], b = stackalloc F32[4];
        (a[0], a[1], a[2], a[3]) = (BFloat16Low(a0), BFloat16High(a0), BFloat16Low(a2), BFloat16High(a2));
        (a[4], a[5], a[6], a[7]) = (BFloat16Low(a1), BFloat16High(a1), BFloat16Low(a3), BFloat16High(a3));
        (b[0], b[1], b[2], b[3]) = (BFloat16Low(b0), BFloat16High(b0), BFloat16Low(b1), BFloat16High(b1));
        Mma(a, b, ref c0, ref c1, ref c2, ref c3);
    }

    /// <summary>D = A * B + C for half fragments; as <see cref="MmaBFloat16"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MmaHalf(U32 a0, U32 a1, U32 a2, U32 a3, U32 b0, U32 b1, ref F32 c0, ref F32 c1, ref F32 c2, ref F32 c3)
    {
        F32* a = stackalloc F32[8], b = stackalloc F32[4];
        (a[0], a[1], a[2], a[3]) = (HalfLow(a0), HalfHigh(a0), HalfLow(a2), HalfHigh(a2));
        (a[4], a[5], a[6], a[7]) = (HalfLow(a1), HalfHigh(a1), HalfLow(a3), HalfHigh(a3));
        (b[0], b[1], b[2], b[3]) = (HalfLow(b0), HalfHigh(b0), HalfLow(b1), HalfHigh(b1));
        Mma(a, b, ref c0, ref c1, ref c2, ref c3);
    }

    // a: rows g with even and odd k below 8, the same from 8, then rows g + 8; b: even and odd k below 8, the same from 8.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mma(F32* a, F32* b, ref F32 c0, ref F32 c1, ref F32 c2, ref F32 c3)
    {
        if (Avx512F.IsSupported) Mma512(a, b, ref c0, ref c1, ref c2, ref c3);
        else MmaRows((float*)a, (float*)b, ref c0, ref c1, ref c2, ref c3);
    }

    // In accumulator order every lane needs A(g, k), which its own quad of lanes holds, and B(k, 2t), the same in all quads: both are permutations
    // inside or of 128-bit blocks.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mma512(F32* a, F32* b, ref F32 c0, ref F32 c1, ref F32 c2, ref F32 c3)
    {
        F32 d0 = c0, d1 = c1, d2 = c2, d3 = c3;
        Vector512<int> even = Vector512.Create(0, 8, 16, 24, 1, 9, 17, 25, 2, 10, 18, 26, 3, 11, 19, 27);
        Vector512<int> odd = even + Vector512.Create(4);
        for (int half = 0; half < 2; half++)
        {
            // Block i of these holds B(k, 0 2 4 6) or B(k, 1 3 5 7) for k = 2i or 2i + 1.
            F32 low = b[2 * half], high = b[2 * half + 1];
            Vector512<float> lowEven = Avx512F.PermuteVar16x32x2(low.Lo, even, low.Hi), lowOdd = Avx512F.PermuteVar16x32x2(low.Lo, odd, low.Hi);
            Vector512<float> highEven = Avx512F.PermuteVar16x32x2(high.Lo, even, high.Hi), highOdd = Avx512F.PermuteVar16x32x2(high.Lo, odd, high.Hi);
            F32 top0 = a[2 * half], top1 = a[2 * half + 1], bottom0 = a[4 + 2 * half], bottom1 = a[5 + 2 * half];
            Step(top0, bottom0, lowEven, lowOdd, 0x00, ref d0, ref d1, ref d2, ref d3);
            Step(top1, bottom1, highEven, highOdd, 0x00, ref d0, ref d1, ref d2, ref d3);
            Step(top0, bottom0, lowEven, lowOdd, 0x55, ref d0, ref d1, ref d2, ref d3);
            Step(top1, bottom1, highEven, highOdd, 0x55, ref d0, ref d1, ref d2, ref d3);
            Step(top0, bottom0, lowEven, lowOdd, 0xAA, ref d0, ref d1, ref d2, ref d3);
            Step(top1, bottom1, highEven, highOdd, 0xAA, ref d0, ref d1, ref d2, ref d3);
            Step(top0, bottom0, lowEven, lowOdd, 0xFF, ref d0, ref d1, ref d2, ref d3);
            Step(top1, bottom1, highEven, highOdd, 0xFF, ref d0, ref d1, ref d2, ref d3);
        }

        (c0, c1, c2, c3) = (d0, d1, d2, d3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        F32 top, F32 bottom, Vector512<float> even, Vector512<float> odd, [ConstantExpected] byte block, ref F32 d0, ref F32 d1, ref F32 d2, ref F32 d3)
    {
        Vector512<float> b0 = Avx512F.Shuffle4x128(even, even, block), b1 = Avx512F.Shuffle4x128(odd, odd, block);
        F32 a = new(Avx512F.Permute4x32(top.Lo, block), Avx512F.Permute4x32(top.Hi, block));
        d0 = Fma(a, new F32(b0, b0), d0);
        d1 = Fma(a, new F32(b1, b1), d1);
        a = new(Avx512F.Permute4x32(bottom.Lo, block), Avx512F.Permute4x32(bottom.Hi, block));
        d2 = Fma(a, new F32(b0, b0), d2);
        d3 = Fma(a, new F32(b1, b1), d3);
    }

    // Without AVX-512: a row of D is one vector of 8, a row of B too, and A(row, k) is broadcast. The same sums in the same order.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void MmaRows(float* a, float* b, ref F32 c0, ref F32 c1, ref F32 c2, ref F32 c3)
    {
        F32 even0 = c0, odd0 = c1, even8 = c2, odd8 = c3;
        float* rows = stackalloc float[16 * 8];
        for (int k = 0; k < 16; k++)
        {
            for (int n = 0; n < 8; n++) rows[k * 8 + n] = b[(k / 8 * 2 + k % 2) * 32 + n * 4 + k % 8 / 2];
        }

        for (int half = 0; half < 2; half++)
        {
            float* even = (float*)(half == 0 ? &even0 : &even8), odd = (float*)(half == 0 ? &odd0 : &odd8);
            for (int g = 0; g < 8; g++)
            {
                Vector256<float> d = Vector256.Create(even[4 * g], odd[4 * g], even[4 * g + 1], odd[4 * g + 1], even[4 * g + 2], odd[4 * g + 2], even[4 * g + 3], odd[4 * g + 3]);
                for (int k = 0; k < 16; k++)
                {
                    float x = a[(half * 4 + k / 8 * 2 + k % 2) * 32 + g * 4 + k % 8 / 2];
                    d = Vector256.FusedMultiplyAdd(Vector256.Create(x), Vector256.Load(rows + k * 8), d);
                }

                for (int t = 0; t < 4; t++) (even[4 * g + t], odd[4 * g + t]) = (d[2 * t], d[2 * t + 1]);
            }
        }

        (c0, c1, c2, c3) = (even0, odd0, even8, odd8);
    }
}
