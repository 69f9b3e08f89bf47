using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// ldmatrix: lanes 8i to 8i + 7 give the eight rows (16 bytes each) of the i-th 8x8 matrix of sixteen-bit elements. With g = lane / 4 and t = lane % 4 a
// lane receives elements (g, 2t) and (g, 2t + 1) of each matrix, transposed: (2t, g) and (2t + 1, g).
public static unsafe partial class Lanes
{
    /// <summary>One 8x8 matrix; rows from lanes 0 to 7.</summary>
    /// <exception cref="KernelFaultException">A row is outside the view.</exception>
    public static void LoadMatrix(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, bool transposed, out U32 matrix0) =>
        matrix0 = Matrix(warp, views, index, length, stride, offset, transposed, 0);

    /// <summary>Two 8x8 matrices; rows from lanes 0 to 15.</summary>
    /// <exception cref="KernelFaultException">A row is outside the view.</exception>
    public static void LoadMatrix(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, bool transposed, out U32 matrix0, out U32 matrix1)
    {
        matrix0 = Matrix(warp, views, index, length, stride, offset, transposed, 0);
        matrix1 = Matrix(warp, views, index, length, stride, offset, transposed, 1);
    }

    /// <summary>Four 8x8 matrices; rows from all lanes.</summary>
    /// <exception cref="KernelFaultException">A row is outside the view.</exception>
    public static void LoadMatrix(
        LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, bool transposed,
        out U32 matrix0, out U32 matrix1, out U32 matrix2, out U32 matrix3)
    {
        matrix0 = Matrix(warp, views, index, length, stride, offset, transposed, 0);
        matrix1 = Matrix(warp, views, index, length, stride, offset, transposed, 1);
        matrix2 = Matrix(warp, views, index, length, stride, offset, transposed, 2);
        matrix3 = Matrix(warp, views, index, length, stride, offset, transposed, 3);
    }

    [SkipLocalsInit]
    private static U32 Matrix(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, bool transposed, int which)
    {
        long* pointers = (long*)&views + 8 * which, rows = (long*)&index + 8 * which, lengths = (long*)&length + 8 * which;
        uint* words = stackalloc uint[32];
        for (int row = 0; row < 8; row++)
        {
            byte* source = LaneBlocks.Address(warp, 8 * which + row, (byte*)pointers[row], rows[row], lengths[row], stride, offset, 16);
            Unsafe.CopyBlockUnaligned(words + 4 * row, source, 16);
        }

        if (!transposed) return LaneElements.ReadU32((byte*)words);
        ushort* elements = (ushort*)words;
        U32 result = default;
        uint* lanes = (uint*)&result;
        for (int lane = 0; lane < 32; lane++)
        {
            int g = lane / 4, t = lane % 4;
            lanes[lane] = elements[16 * t + g] | (uint)elements[16 * t + 8 + g] << 16;
        }

        return result;
    }
}
