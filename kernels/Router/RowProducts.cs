namespace LbrCore.Kernels;

/// <summary>Products of rows with rows, and squares of the former, in the order that <see cref="NormLinear"/> and <see cref="NodeEncoder"/> share.</summary>
internal static class RowProducts
{
    /// <summary>Pieces of w that a lane asks for at once where a warp owns one column.</summary>
    private const int InFlight = 4;

    /// <summary>The lane's part of a tile of products, and of the sums of squares of its rows. Waits for the kernel ahead, after the first pieces of w are on their way.</summary>
    /// <param name="x">[m, k].</param>
    /// <param name="gain">[k].</param>
    /// <param name="weight">[n, k].</param>
    /// <param name="sums">tileRows x tileColumns registers.</param>
    /// <param name="squares">tileRows registers.</param>
    /// <param name="firstRow">First row of the tile; rows past the last one repeat it.</param>
    /// <param name="firstColumn">First column of the tile, likewise.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w.</param>
    /// <param name="k">Columns.</param>
    /// <param name="normalize">Whether x is multiplied by gain and squares are summed; a constant.</param>
    /// <param name="tileRows">A constant.</param>
    /// <param name="tileColumns">A constant.</param>
    public static void Accumulate<T>(
        ArrayView<T> x, ArrayView<float> gain, ArrayView<float> weight, ArrayView<float> sums, ArrayView<float> squares, int firstRow, int firstColumn, int m, int n, int k,
        bool normalize, int tileRows, int tileColumns)
        where T : unmanaged
    {
        int steps = tileColumns == 1 ? InFlight : 1, width = Warp.WarpSize * Packed<T>.Count;
        ArrayView<T> rows = x.SubView((long)firstRow * k);
        ArrayView<float> columns = weight.SubView((long)firstColumn * k);
        int rowsLeft = m - 1 - firstRow, columnsLeft = n - 1 - firstColumn, lane = Warp.LaneIdx * Packed<T>.Count;
        ArrayView<Packed<float>> pieces = LocalMemory.Allocate<Packed<float>>(tileColumns * steps * (Packed<T>.Count / 4));
        LoadPieces<T>(columns, pieces, lane, k, columnsLeft, steps, tileColumns);
        Grid.DependencySynchronize();
        for (int at = lane; at < k; at += steps * width)
        {
            if (at != lane) LoadPieces<T>(columns, pieces, at, k, columnsLeft, steps, tileColumns);
            for (int step = 0; step < steps; step++)
            {
                int here = at + (step * width);
                if (here < k) MultiplyAdd(rows, gain, pieces, sums, squares, here, k, rowsLeft, step, normalize, tileRows, tileColumns);
            }
        }
    }

    private static void LoadPieces<T>(ArrayView<float> columns, ArrayView<Packed<float>> pieces, int at, int k, int columnsLeft, int steps, int tileColumns) where T : unmanaged
    {
        int perStep = Packed<T>.Count / 4, width = Warp.WarpSize * Packed<T>.Count;
        for (int step = 0; step < steps; step++)
        {
            int here = at + (step * width);
            for (int c = 0; c < tileColumns; c++)
            {
                for (int p = 0; p < perStep; p++)
                {
                    if (here < k) pieces[(((step * tileColumns) + c) * perStep) + p] = columns.LoadPacked((XMath.Min(c, columnsLeft) * k) + here + (4 * p));
                }
            }
        }
    }

    private static void MultiplyAdd<T>(
        ArrayView<T> rows, ArrayView<float> gain, ArrayView<Packed<float>> pieces, ArrayView<float> sums, ArrayView<float> squares, int at, int k, int rowsLeft, int step,
        bool normalize, int tileRows, int tileColumns)
        where T : unmanaged
    {
        int perStep = Packed<T>.Count / 4;
        ArrayView<float> factors = LocalMemory.Allocate<float>(Packed<T>.Count);
        if (normalize)
        {
            for (int p = 0; p < perStep; p++)
            {
                Packed<float> four = gain.LoadPacked(at + (4 * p));
                for (int e = 0; e < 4; e++) factors[(4 * p) + e] = four.GetFloat(e);
            }
        }

        for (int r = 0; r < tileRows; r++)
        {
            Packed<T> values = rows.LoadPacked((XMath.Min(r, rowsLeft) * k) + at);
            for (int e = 0; e < Packed<T>.Count; e++)
            {
                float value = values.GetFloat(e);
                if (normalize)
                {
                    squares[r] = XMath.Fma(value, value, squares[r]);
                    value *= factors[e];
                }

                for (int c = 0; c < tileColumns; c++)
                {
                    float w = pieces[(((step * tileColumns) + c) * perStep) + (e / 4)].GetFloat(e % 4);
                    sums[(r * tileColumns) + c] = XMath.Fma(value, w, sums[(r * tileColumns) + c]);
                }
            }
        }
    }

    /// <summary>The tile for a product: the large one where it still gives every multiprocessor work.</summary>
    public static (int Rows, int Columns) TileFor(DeviceInfo device, int m, int n)
    {
        const int LargeRows = 8, LargeColumns = 4, WarpsOfMultiprocessor = 8;
        long warps = ((m + LargeRows - 1L) / LargeRows) * ((n + LargeColumns - 1L) / LargeColumns);
        return m > LargeRows / 2 && warps >= (long)WarpsOfMultiprocessor * device.MultiprocessorCount ? (LargeRows, LargeColumns) : (4, 1);
    }

    /// <summary>Groups that cover m x n outputs.</summary>
    public static int Groups(int m, int n, int tileRows, int tileColumns, int warps)
    {
        int columns = tileColumns * warps;
        return (int)Math.Min(((m + (long)tileRows - 1) / tileRows) * ((n + (long)columns - 1) / columns), int.MaxValue);
    }

    /// <summary>What both kernels ask of their operands.</summary>
    public static void Check<T>(LaunchContract contract, ArrayView<T> x, ArrayView<float> gain, ArrayView<float> weight, int m, int n, int k, bool normalize, int groups)
        where T : unmanaged
    {
        contract.NonNegative(m);
        contract.NonNegative(n);
        contract.InRange(k, 1, 1 << 22);
        contract.MultipleOf(k, Packed<T>.Count);
        contract.Length(x, (long)m * k);
        contract.Aligned(x, 16);
        contract.Length(weight, (long)n * k);
        contract.Aligned(weight, 16);
        if (normalize)
        {
            contract.Length(gain, k);
            contract.Aligned(gain, 16);
        }

        contract.Require(contract.Config.Grid.X == groups, $"the grid is {contract.Config.Grid}; {groups} groups cover {m} x {n} outputs");
    }
}
