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

    /// <summary>
    /// Loops that only load rows and compute lane by lane: with one, three and six values carried in lanes beside scalars, without a round in some groups, inside of another loop, and
    /// with everything they carry read afterwards.
    /// </summary>
    [Kernel(GroupSize = 64), Check(PerThread = 4)]
    public static void Totals(ArrayView<int> x, ArrayView<float> y, ArrayView<ushort> z, ArrayView<int> r, ArrayView<float> s, int n)
    {
        int i = (Grid.IdxX * 64) + Group.IdxX, size = Grid.DimX * 64, rounds = (Grid.IdxX + n) & 3;
        int sum = i, weight = 1;
        for (int row = 0; row < rounds; row++)
        {
            sum += x[(row * size) + i] * weight;
            weight = (weight * 3) & 15;
        }

        int least = int.MaxValue, mixed = weight;
        float scaled = 0f;
        for (int at = 0; at < rounds * size; at += size)
        {
            int value = x[at + i];
            least = XMath.Min(least, value ^ i);
            mixed = (mixed << 1) ^ value;
            scaled = XMath.Fma(y[at + i], 0.5f, scaled);
        }

        int a = 0, b = 1, c = 2, d = 3, e = 4, last = -1;
        float f = 0f;
        for (int round = 0; round <= rounds; round++)
        {
            for (int row = 0; row < rounds; row++)
            {
                int value = x[(row * size) + i], narrow = z[(row * size) + i];
                a += value;
                b ^= value + round;
                c = XMath.Max(c, narrow);
                d += narrow > 30000 ? value : -last;
                e -= narrow & weight;
                f = XMath.Max(f, y[(row * size) + i]);
                last = row;
            }
        }

        r[i] = sum + weight;
        r[size + i] = least ^ mixed;
        r[(2 * size) + i] = a ^ b ^ c;
        r[(3 * size) + i] = d + e + last;
        s[i] = scaled;
        s[size + i] = f;
    }

    /// <summary>The sum of up to four rows.</summary>
    [Kernel(GroupSize = 32), Check(PerThread = 4)]
    public static void Sum(ArrayView<float> x, ArrayView<float> y, int n)
    {
        int lane = Warp.LaneIdx, first = Grid.IdxX * 128;
        float sum = 0f;
        for (int row = 0; row < XMath.Min(n & 7, 4); row++) sum = XMath.Max(sum, x[first + (row * 32) + lane]);
        y[first + lane] = sum;
    }

    /// <summary>Indices that a minimum keeps below a bound, which the first warp never comes to and the second one does.</summary>
    [Kernel(GroupSize = 64), Check(PerThread = 2)]
    public static void Clamped(ArrayView<int> x, ArrayView<ushort> y, ArrayView<float> z, ArrayView<int> r, ArrayView<float> s, int n)
    {
        int i = (Grid.IdxX * 64) + Group.IdxX, size = Grid.DimX * 64, last = 35 + (n & 15);
        int at = XMath.Min(Group.IdxX, last), sum = 0;
        for (int row = 0; row < (n & 3); row++) sum += x[row + at] ^ y[(size / 2) + at];
        r[i] = sum;
        r[size + i] = x[(long)size + XMath.Min(last + 3, Group.IdxX + 1)] - at;
        s[i] = z[XMath.Min(31, Warp.LaneIdx)];
        s[size + i] = z[XMath.Min(30, Warp.LaneIdx)] + z[(n & 3) + XMath.Min(Group.IdxX, 31)] + z[XMath.Min(Group.IdxX + 20, n & 15) + (n & 7)];
    }

    /// <summary>Local memory: arrays that hold the same in all lanes, and such that only some lanes write, or write different values.</summary>
    [Kernel(GroupSize = 64), Check(PerThread = 3)]
    public static void Arrays(ArrayView<int> x, ArrayView<float> y, ArrayView<int> r, ArrayView<float> s, int n)
    {
        int i = (Grid.IdxX * 64) + Group.IdxX, size = Grid.DimX * 64, lane = Warp.LaneIdx;
        ArrayView<int> rows = LocalMemory.Allocate<int>(8), some = LocalMemory.Allocate<int>(8), own = LocalMemory.Allocate<int>(8);
        ArrayView<float> weights = LocalMemory.Allocate<float>(8);
        for (int k = 0; k < 8; k++)
        {
            rows[k] = (n + (k * 3)) & 1;
            weights[k] = k - 3f;
            if (lane > k + Warp.WarpIdx) some[k] = k + 1;
            own[7 - k] = lane ^ k;
        }

        int sum = 0;
        float total = 0f;
        for (int k = 0; k < 8; k++)
        {
            sum += (x[(rows[k] * size) + i] & 255) * (some[k] + own[k]);
            total += weights[k];
        }

        r[i] = sum;
        int masked = 0;
        if (lane > 4)
        {
            ArrayView<int> inside = LocalMemory.Allocate<int>(8);
            for (int k = 0; k < 8; k++) inside[k] = n ^ k;
            for (int k = 0; k < 8; k++) masked += inside[k] * lane;
        }

        r[size + i] = masked;
        s[i] = total;
    }

    /// <summary>Halves of butterflies, of which every lane keeps one of two sums.</summary>
    [Kernel(GroupSize = 64), Check(PerThread = 5)]
    public static void Folds(ArrayView<int> x, ArrayView<float> r)
    {
        int i = (Grid.IdxX * 64) + Group.IdxX, size = Grid.DimX * 64;
        float low = x[i] & 1023, high = x[size + i] & 1023;
        r[i] = Fold(low, high, 16);
        r[size + i] = Fold(low, high, 8);
        r[(2 * size) + i] = Fold(low, high, 4);
        r[(3 * size) + i] = Fold(low, high, 2);
        for (int round = 0; round < 3; round++)
        {
            high = Fold(low, high, 16);
            low = Fold(low, high, 8);
        }

        r[(4 * size) + i] = low - high;
    }

    private static float Fold(float low, float high, int distance)
    {
        bool upper = (Warp.LaneIdx & distance) != 0;
        return (upper ? high : low) + Warp.ShuffleXor(upper ? low : high, distance);
    }
}
