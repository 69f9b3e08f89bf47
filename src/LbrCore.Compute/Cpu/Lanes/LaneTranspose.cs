using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LbrCore.Compute.Cpu;

/// <summary>Between blocks of 2 or 4 words a lane (lane after lane in memory) and one vector of lanes for each word.</summary>
internal static unsafe class LaneTranspose
{
    /// <summary>32 blocks of 2 words to 2 words of lanes.</summary>
    public static void Split2(uint* blocks, out U32 word0, out U32 word1)
    {
        ulong* pairs = (ulong*)blocks;
        Vector512<ulong> a = Vector512.Load(pairs), b = Vector512.Load(pairs + 8), c = Vector512.Load(pairs + 16), d = Vector512.Load(pairs + 24);
        word0 = new U32(Vector512.Narrow(a, b), Vector512.Narrow(c, d));
        word1 = new U32(Vector512.Narrow(a >> 32, b >> 32), Vector512.Narrow(c >> 32, d >> 32));
    }

    /// <summary>2 words of lanes to 32 blocks of 2 words.</summary>
    public static void Join2(U32 word0, U32 word1, uint* blocks)
    {
        ulong* pairs = (ulong*)blocks;
        (Vector512.WidenLower(word0.Lo) | Vector512.WidenLower(word1.Lo) << 32).Store(pairs);
        (Vector512.WidenUpper(word0.Lo) | Vector512.WidenUpper(word1.Lo) << 32).Store(pairs + 8);
        (Vector512.WidenLower(word0.Hi) | Vector512.WidenLower(word1.Hi) << 32).Store(pairs + 16);
        (Vector512.WidenUpper(word0.Hi) | Vector512.WidenUpper(word1.Hi) << 32).Store(pairs + 24);
    }

    /// <summary>32 blocks of 4 words to 4 words of lanes.</summary>
    public static void Split4(uint* blocks, out U32 word0, out U32 word1, out U32 word2, out U32 word3)
    {
        Split4(blocks, out word0.Lo, out word1.Lo, out word2.Lo, out word3.Lo);
        Split4(blocks + 64, out word0.Hi, out word1.Hi, out word2.Hi, out word3.Hi);
    }

    /// <summary>4 words of lanes to 32 blocks of 4 words.</summary>
    public static void Join4(U32 word0, U32 word1, U32 word2, U32 word3, uint* blocks)
    {
        Join4(word0.Lo, word1.Lo, word2.Lo, word3.Lo, blocks);
        Join4(word0.Hi, word1.Hi, word2.Hi, word3.Hi, blocks + 64);
    }

    private static void Split4(uint* blocks, out Vector512<uint> word0, out Vector512<uint> word1, out Vector512<uint> word2, out Vector512<uint> word3)
    {
        if (Avx512F.IsSupported)
        {
            // Four lanes a vector. Transposing 4x4 inside each 128 bits leaves lane 4i + q at element 4q + i; one more permutation sorts them.
            Transpose(Vector512.Load(blocks), Vector512.Load(blocks + 16), Vector512.Load(blocks + 32), Vector512.Load(blocks + 48), out word0, out word1, out word2, out word3);
            word0 = Sort(word0);
            word1 = Sort(word1);
            word2 = Sort(word2);
            word3 = Sort(word3);
            return;
        }

        Vector512<uint> w0, w1, w2, w3;
        Vector128<uint>* p0 = (Vector128<uint>*)&w0, p1 = (Vector128<uint>*)&w1, p2 = (Vector128<uint>*)&w2, p3 = (Vector128<uint>*)&w3;
        for (int four = 0; four < 4; four++)
        {
            uint* block = blocks + 16 * four;
            Transpose(Vector128.Load(block), Vector128.Load(block + 4), Vector128.Load(block + 8), Vector128.Load(block + 12), out p0[four], out p1[four], out p2[four], out p3[four]);
        }

        (word0, word1, word2, word3) = (w0, w1, w2, w3);
    }

    private static void Join4(Vector512<uint> word0, Vector512<uint> word1, Vector512<uint> word2, Vector512<uint> word3, uint* blocks)
    {
        if (Avx512F.IsSupported)
        {
            Transpose(Sort(word0), Sort(word1), Sort(word2), Sort(word3), out Vector512<uint> a, out Vector512<uint> b, out Vector512<uint> c, out Vector512<uint> d);
            a.Store(blocks);
            b.Store(blocks + 16);
            c.Store(blocks + 32);
            d.Store(blocks + 48);
            return;
        }

        Vector128<uint>* p0 = (Vector128<uint>*)&word0, p1 = (Vector128<uint>*)&word1, p2 = (Vector128<uint>*)&word2, p3 = (Vector128<uint>*)&word3;
        for (int four = 0; four < 4; four++)
        {
            Transpose(p0[four], p1[four], p2[four], p3[four], out Vector128<uint> a, out Vector128<uint> b, out Vector128<uint> c, out Vector128<uint> d);
            uint* block = blocks + 16 * four;
            a.Store(block);
            b.Store(block + 4);
            c.Store(block + 8);
            d.Store(block + 12);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d,
        out Vector512<uint> w0, out Vector512<uint> w1, out Vector512<uint> w2, out Vector512<uint> w3)
    {
        Vector512<ulong> abLow = Avx512F.UnpackLow(a, b).AsUInt64(), abHigh = Avx512F.UnpackHigh(a, b).AsUInt64();
        Vector512<ulong> cdLow = Avx512F.UnpackLow(c, d).AsUInt64(), cdHigh = Avx512F.UnpackHigh(c, d).AsUInt64();
        w0 = Avx512F.UnpackLow(abLow, cdLow).AsUInt32();
        w1 = Avx512F.UnpackHigh(abLow, cdLow).AsUInt32();
        w2 = Avx512F.UnpackLow(abHigh, cdHigh).AsUInt32();
        w3 = Avx512F.UnpackHigh(abHigh, cdHigh).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(
        Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d,
        out Vector128<uint> w0, out Vector128<uint> w1, out Vector128<uint> w2, out Vector128<uint> w3)
    {
        Vector128<uint> abLow = ZipLow(a, b), abHigh = ZipHigh(a, b), cdLow = ZipLow(c, d), cdHigh = ZipHigh(c, d);
        w0 = Vector128.Create(abLow.GetLower(), cdLow.GetLower());
        w1 = Vector128.Create(abLow.GetUpper(), cdLow.GetUpper());
        w2 = Vector128.Create(abHigh.GetLower(), cdHigh.GetLower());
        w3 = Vector128.Create(abHigh.GetUpper(), cdHigh.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> ZipLow(Vector128<uint> a, Vector128<uint> b) => Sse2.IsSupported ? Sse2.UnpackLow(a, b) : Vector128.Create(a[0], b[0], a[1], b[1]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> ZipHigh(Vector128<uint> a, Vector128<uint> b) => Sse2.IsSupported ? Sse2.UnpackHigh(a, b) : Vector128.Create(a[2], b[2], a[3], b[3]);

    // Element 4q + i and element 4i + q change places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Sort(Vector512<uint> value) =>
        Avx512F.PermuteVar16x32(value, Vector512.Create(0u, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
}
