namespace LbrCore.Kernels;

// Linear.Portable
// purpose   Any m, n, k, any alignment, any element type, any device: what all other kernels are measured against, and what the CPU runs.
// mapping   A warp owns tileRows x 4 outputs. Its lanes split k: lane l takes l, l + 32, ..., so that every load of a warp is one stretch of
//           neighbouring elements, in both operands, whatever their alignment. Each value loaded is used tileRows (or 4) times from registers. In the end each lane
//           holds a part of every output; one scattered butterfly adds them up. Eight warps a group, side by side in n; consecutive groups
//           share their rows of w. Rows past the end repeat the last one and are not stored.
// traffic   loads (tileRows + 4) elements for 4 tileRows multiply-adds, mostly from caches
// numerics  32 partial sums of k / 32 products each, then a tree over lanes
// source    register blocking: Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication (2008)
public static partial class Linear
{
    /// <summary>Outputs of a warp along n in <see cref="Portable"/>.</summary>
    private const int PortableColumns = 4;

    private const int PortableWarps = 8;

    /// <summary>y = x w^T (+ bias) (+ residual) for any shape.</summary>
    /// <param name="x">[m, k].</param>
    /// <param name="weight">[n, k].</param>
    /// <param name="bias">[n], or empty for none.</param>
    /// <param name="residual">[m, n], or empty for none; may be <paramref name="y"/>.</param>
    /// <param name="y">[m, n]. Written.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w.</param>
    /// <param name="k">Columns of both.</param>
    /// <param name="tileRows">Rows of x of a warp.</param>
    [Kernel(GroupSize = PortableWarps * Warp.WarpSize, Contract = nameof(CheckPortable))]
    [Variant(typeof(float), typeof(float), 1)]
    [Variant(typeof(float), typeof(float), 4)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 1)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 4)]
    [Variant(typeof(BFloat16), typeof(float), 1)]
    [Variant(typeof(BFloat16), typeof(float), 4)]
    [Variant(typeof(Half), typeof(Half), 1)]
    [Variant(typeof(Half), typeof(Half), 4)]
    [Variant(typeof(Half), typeof(float), 1)]
    [Variant(typeof(Half), typeof(float), 4)]
    public static void Portable<T, TOut>(
        ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, int m, int n, int k, [Const] int tileRows)
        where T : unmanaged
        where TOut : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        int rowTiles = (m + tileRows - 1) / tileRows;
        int firstRow = Grid.IdxX % rowTiles * tileRows;
        int firstColumn = ((Grid.IdxX / rowTiles * PortableWarps) + Warp.WarpIdx) * PortableColumns;
        if (firstColumn >= n) return;
        ArrayView<T> rowsOfX = x.SubView((long)firstRow * k), rowsOfWeight = weight.SubView((long)firstColumn * k);
        ArrayView<int> startsInX = LocalMemory.Allocate<int>(tileRows), startsInWeight = LocalMemory.Allocate<int>(PortableColumns);
        for (int r = 0; r < tileRows; r++) startsInX[r] = XMath.Min(r, m - 1 - firstRow) * k;
        for (int c = 0; c < PortableColumns; c++) startsInWeight[c] = XMath.Min(c, n - 1 - firstColumn) * k;
        Grid.DependencySynchronize();

        ArrayView<float> sums = LocalMemory.Allocate<float>(tileRows * PortableColumns);
        int lane = Warp.LaneIdx, whole = k / Warp.WarpSize * Warp.WarpSize;
        for (int at = 0; at < whole; at += Warp.WarpSize) MultiplyAdd(rowsOfX, rowsOfWeight, startsInX, startsInWeight, sums, at + lane, true, tileRows);
        if (whole < k) MultiplyAdd(rowsOfX, rowsOfWeight, startsInX, startsInWeight, sums, whole + lane, whole + lane < k, tileRows);

        float sum = WarpReduce.AddScattered(sums, tileRows * PortableColumns);
        int lanesPerOutput = Warp.WarpSize / (tileRows * PortableColumns), output = lane / lanesPerOutput;
        int row = firstRow + (output / PortableColumns), column = firstColumn + (output % PortableColumns);
        if (lane % lanesPerOutput == 0 && row < m && column < n) Store(sum, bias, residual, y, row, column, n);
    }

    // The lane's products at one position of k, or none where `inside` is false.
    private static void MultiplyAdd<T>(
        ArrayView<T> x, ArrayView<T> weight, ArrayView<int> startsInX, ArrayView<int> startsInWeight, ArrayView<float> sums, int at, bool inside, int tileRows)
        where T : unmanaged
    {
        ArrayView<float> w = LocalMemory.Allocate<float>(PortableColumns);
        for (int c = 0; c < PortableColumns; c++) w[c] = inside ? Element.ToFloat(weight[startsInWeight[c] + at]) : 0f;
        for (int r = 0; r < tileRows; r++)
        {
            float value = inside ? Element.ToFloat(x[startsInX[r] + at]) : 0f;
            for (int c = 0; c < PortableColumns; c++) sums[(r * PortableColumns) + c] = XMath.Fma(value, w[c], sums[(r * PortableColumns) + c]);
        }
    }

    private static void CheckPortable<T, TOut>(
        LaunchContract contract, ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, int m, int n, int k, int tileRows)
        where T : unmanaged
        where TOut : unmanaged
    {
        CheckShapes(contract, x, weight, bias, residual, y, m, n, k);
        long groups = PortableGroups(m, n, tileRows);
        contract.Require(contract.Config.Grid.Count == groups && contract.Config.Grid.X == groups, $"the grid is {contract.Config.Grid}; {groups} groups cover {m} x {n} outputs");
    }

    /// <summary>Groups of <see cref="Portable"/>.</summary>
    internal static long PortableGroups(int m, int n, int tileRows) => (long)CeilingDivide(m, tileRows) * CeilingDivide(n, PortableColumns * PortableWarps);

    internal static int CeilingDivide(int value, int divisor) => (int)(((long)value + divisor - 1) / divisor);
}
