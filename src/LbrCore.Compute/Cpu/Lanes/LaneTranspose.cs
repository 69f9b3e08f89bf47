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

        Unsafe.SkipInit(out word0);
        Unsafe.SkipInit(out word1);
        Unsafe.SkipInit(out word2);
        Unsafe.SkipInit(out word3);
        for (int lane = 0; lane < 16; lane++)
        {
            word0 = word0.WithElement(lane, blocks[4 * lane]);
            word1 = word1.WithElement(lane, blocks[4 * lane + 1]);
            word2 = word2.WithElement(lane, blocks[4 * lane + 2]);
            word3 = word3.WithElement(lane, blocks[4 * lane + 3]);
        }
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

        for (int lane = 0; lane < 16; lane++)
        {
            blocks[4 * lane] = word0[lane];
            blocks[4 * lane + 1] = word1[lane];
            blocks[4 * lane + 2] = word2[lane];
            blocks[4 * lane + 3] = word3[lane];
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

    // Element 4q + i and element 4i + q change places.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Sort(Vector512<uint> value) =>
        Avx512F.PermuteVar16x32(value, Vector512.Create(0u, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
}
