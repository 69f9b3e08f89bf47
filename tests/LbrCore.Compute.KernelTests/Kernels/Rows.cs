namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>Lanes side by side read and write elements side by side: of all widths, with all lanes and with some, forward and backward.</summary>
public static partial class Rows
{
    [Kernel(GroupSize = 64), Check(PerThread = 2)]
    public static void Neighbours(ArrayView<int> a, ArrayView<sbyte> b, ArrayView<ushort> c, ArrayView<long> d, ArrayView<double> e, ArrayView<float> r, int n)
    {
        int i = (Grid.IdxX * 64) + Group.IdxX, size = Grid.DimX * 64;
        int sum = a[i] + a[(2 * i) - i + size] + b[i] + c[(long)i + size];
        d[i] = d[i + size] + sum;
        e[i] = e[size + i] * 0.5;
        if (i < n - 40)
        {
            sum ^= a[size + i] - b[size + i];
            c[i] = (ushort)sum;
            b[i] = (sbyte)(sum >> 3);
        }

        r[i] = sum & 255;
        r[size + size - 1 - i] = a[size - 1 - i] & 127;
    }

    /// <summary>Row after row of a tile, and every other one under a mask.</summary>
    [Kernel(GroupSize = 32), Check(PerThread = 4)]
    public static void Strips(ArrayView<float> x, ArrayView<float> y, int n)
    {
        int lane = Warp.LaneIdx, first = Grid.IdxX * 128;
        for (int row = 0; row < 4; row++)
        {
            float value = x[first + (row * 32) + lane];
            if ((row & 1) == 0 || lane < n) y[first + (row * 32) + lane] = value;
        }
    }
}
