using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LbrCore.Compute.Cpu;

// ldmatrix: lanes 8i to 8i + 7 give the eight rows (16 bytes each) of the i-th 8x8 matrix of sixteen-bit elements. With g = lane / 4 and t = lane % 4 a
// lane receives elements (g, 2t) and (g, 2t + 1) of each matrix, transposed: (2t, g) and (2t + 1, g).
public static unsafe partial class Lanes
{
    /// <summary>One 8x8 matrix; rows from lanes 0 to 7.</summary>
    /// <exception cref="KernelFaultException">A row is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LoadMatrix(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, bool transposed, out U32 matrix0)
    {
        I64 rows = LaneBlocks.Addresses(warp, views, index, length, stride, offset, 16, Mask.First(8));
        matrix0 = Matrix((byte**)&rows, transposed);
    }

    /// <summary>Two 8x8 matrices; rows from lanes 0 to 15.</summary>
    /// <exception cref="KernelFaultException">A row is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LoadMatrix(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, bool transposed, out U32 matrix0, out U32 matrix1)
    {
        I64 rows = LaneBlocks.Addresses(warp, views, index, length, stride, offset, 16, Mask.First(16));
        matrix0 = Matrix((byte**)&rows, transposed);
        matrix1 = Matrix((byte**)&rows + 8, transposed);
    }

    /// <summary>Four 8x8 matrices; rows from all lanes.</summary>
    /// <exception cref="KernelFaultException">A row is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LoadMatrix(
        LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, bool transposed,
        out U32 matrix0, out U32 matrix1, out U32 matrix2, out U32 matrix3)
    {
        I64 rows = LaneBlocks.Addresses(warp, views, index, length, stride, offset, 16, Mask.All);
        matrix0 = Matrix((byte**)&rows, transposed);
        matrix1 = Matrix((byte**)&rows + 8, transposed);
        matrix2 = Matrix((byte**)&rows + 16, transposed);
        matrix3 = Matrix((byte**)&rows + 24, transposed);
    }

    // Row r holds the words of lanes 4r to 4r + 3, in order.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static U32 Matrix(byte** rows, bool transposed)
    {
        if (transposed) return Transposed(rows);
        return new U32(
            Vector512.Create(Vector256.Create(Vector128.Load((uint*)rows[0]), Vector128.Load((uint*)rows[1])), Vector256.Create(Vector128.Load((uint*)rows[2]), Vector128.Load((uint*)rows[3]))),
            Vector512.Create(Vector256.Create(Vector128.Load((uint*)rows[4]), Vector128.Load((uint*)rows[5])), Vector256.Create(Vector128.Load((uint*)rows[6]), Vector128.Load((uint*)rows[7]))));
    }

    private static U32 Transposed(byte** rows)
    {
        if (!Sse2.IsSupported) return TransposedEach(rows);

        // Pairs of rows as words: in words[t] the elements (2t, g) and (2t + 1, g) for g = 0 to 3, in words[4 + t] for g = 4 to 7. Then 4x4 words are transposed.
        Vector128<uint> low0 = Pairs(rows, 0, out Vector128<uint> high0), low1 = Pairs(rows, 1, out Vector128<uint> high1);
        Vector128<uint> low2 = Pairs(rows, 2, out Vector128<uint> high2), low3 = Pairs(rows, 3, out Vector128<uint> high3);
        return new U32(Transpose(low0, low1, low2, low3), Transpose(high0, high1, high2, high3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Pairs(byte** rows, int t, out Vector128<uint> high)
    {
        Vector128<ushort> even = Vector128.Load((ushort*)rows[2 * t]), odd = Vector128.Load((ushort*)rows[2 * t + 1]);
        high = Sse2.UnpackHigh(even, odd).AsUInt32();
        return Sse2.UnpackLow(even, odd).AsUInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Transpose(Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d)
    {
        Vector128<ulong> abLow = Sse2.UnpackLow(a, b).AsUInt64(), abHigh = Sse2.UnpackHigh(a, b).AsUInt64(), cdLow = Sse2.UnpackLow(c, d).AsUInt64(), cdHigh = Sse2.UnpackHigh(c, d).AsUInt64();
        return Vector512.Create(
            Vector256.Create(Sse2.UnpackLow(abLow, cdLow), Sse2.UnpackHigh(abLow, cdLow)),
            Vector256.Create(Sse2.UnpackLow(abHigh, cdHigh), Sse2.UnpackHigh(abHigh, cdHigh))).AsUInt32();
    }

    private static U32 TransposedEach(byte** rows)
    {
        U32 result = default;
        uint* lanes = (uint*)&result;
        for (int lane = 0; lane < 32; lane++)
        {
            int g = lane / 4, t = lane % 4;
            lanes[lane] = ((ushort*)rows[2 * t])[g] | (uint)((ushort*)rows[2 * t + 1])[g] << 16;
        }

        return result;
    }
}
