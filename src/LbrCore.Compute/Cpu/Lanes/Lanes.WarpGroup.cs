using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

// wgmma.m64nNk16: the warp computes its own 16 rows of the warp group's 64, at once. With g = lane / 4 and t = lane % 4, register i of a lane is row g + 8 * (i / 2 % 2), column
// 8 * (i / 4) + 2 * t + i % 2.
public static unsafe partial class Lanes
{
    private const int MostSums = 128;

    /// <summary>sums += A * B with both factors in swizzled shared memory, see <see cref="WarpGroupLayout"/>. Each product is fused with its addition, in ascending k.</summary>
    /// <param name="warp">The warp.</param>
    /// <param name="sums">This warp's part of the sum: one lane vector a register.</param>
    /// <param name="viewA">Start of the view that holds A.</param>
    /// <param name="indexA">First element of A.</param>
    /// <param name="lengthA">Elements of the view.</param>
    /// <param name="viewB">Start of the view that holds B.</param>
    /// <param name="indexB">First element of B.</param>
    /// <param name="lengthB">Elements of the view.</param>
    /// <param name="half">Elements are half, not bfloat16.</param>
    /// <param name="transposedA">A is stored across k.</param>
    /// <param name="transposedB">B is stored across k.</param>
    /// <param name="panel">Elements between panels of a transposed B.</param>
    /// <exception cref="KernelFaultException">A matrix reaches beyond its view.</exception>
    public static void MultiplyWarpGroup(
        LanesWarp warp, Span<F32> sums, byte* viewA, long indexA, long lengthA, byte* viewB, long indexB, long lengthB, bool half, bool transposedA, bool transposedB, int panel)
    {
        const int K = WarpGroupLayout.K, Rows = 16;
        int columns = 2 * sums.Length, firstRow = Rows * (warp.Index & 3);
        float* b = stackalloc float[2 * MostSums];
        for (int k = 0; k < K; k++)
        {
            // A(row, k) in all lanes of the row's quad, for the upper and the lower eight rows.
            F32 upper = default, lower = default;
            for (int row = 0; row < Rows; row++)
            {
                float value = Read(warp, viewA, transposedA ? WarpGroupLayout.AcrossK((int)indexA, firstRow + row, k, 0) : WarpGroupLayout.AlongK((int)indexA, firstRow + row, k), lengthA, half);
                float* quad = (float*)(row < 8 ? &upper : &lower) + (4 * (row & 7));
                for (int t = 0; t < 4; t++) quad[t] = value;
            }

            for (int column = 0; column < columns; column++)
                b[column] = Read(warp, viewB, transposedB ? WarpGroupLayout.AcrossK((int)indexB, column, k, panel) : WarpGroupLayout.AlongK((int)indexB, column, k), lengthB, half);
            for (int register = 0; register < sums.Length; register++)
            {
                float* ofB = b + (8 * (register >> 2)) + (register & 1);
                Vector128<float> quad = Vector128.Create(ofB[0], ofB[2], ofB[4], ofB[6]);
                var eight = Vector256.Create(quad, quad);
                var quads = Vector512.Create(eight, eight);
                sums[register] = Fma((register & 2) == 0 ? upper : lower, new F32(quads, quads), sums[register]);
            }
        }
    }

    private static float Read(LanesWarp warp, byte* view, int index, long length, bool half)
    {
        if ((ulong)index >= (ulong)length) warp.FaultIndex(-1, index, length, sizeof(ushort));
        ushort bits = ((ushort*)view)[index];
        return half ? (float)BitConverter.UInt16BitsToHalf(bits) : BFloat16.FromBits(bits);
    }
}
