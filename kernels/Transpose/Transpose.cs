namespace LbrCore.Kernels;

// Transpose
// purpose   Turns a matrix over, so that the products of a backward pass, whose sums run over rows, become products whose sums run along rows: those Linear computes.
// math      y[c, r] = x[r, c] for r < rows, 0 for rows <= r < stride
// shapes    x [rows, columns], y [columns, stride], stride >= rows; row-major
// mapping   a group turns a tile of 32 x 32 in shared memory, of 33 columns so that its columns lie in different banks; both sides are touched in stretches of 32 elements
// traffic   2 * rows * columns elements: bound by memory
// numerics  a copy
/// <summary>The transposed matrix.</summary>
public static partial class Transpose
{
    private const int Tile = 32;

    private const int Warps = 8;

    /// <summary>y[c, r] = x[r, c], with zeros behind the last row.</summary>
    /// <param name="x">[rows, columns].</param>
    /// <param name="y">[columns, stride]. Written.</param>
    /// <param name="rows">Rows of x.</param>
    /// <param name="columns">Columns of x.</param>
    /// <param name="stride">Columns of y.</param>
    [Kernel(GroupSize = Warps * Warp.WarpSize, Use = KernelUse.Training, Contract = nameof(CheckForward))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    public static void Forward<T>(ArrayView<T> x, ArrayView<T> y, int rows, int columns, int stride) where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        ArrayView<T> tile = SharedMemory.Allocate<T>(Tile * (Tile + 1));
        int tilesOfRows = (stride + Tile - 1) / Tile;
        int firstRow = Grid.IdxX % tilesOfRows * Tile, firstColumn = Grid.IdxX / tilesOfRows * Tile;
        Grid.DependencySynchronize();
        int lane = Warp.LaneIdx;
        for (int i = 0; i < Tile / Warps; i++)
        {
            int inTile = Warp.WarpIdx + (i * Warps), row = firstRow + inTile, column = firstColumn + lane;
            T element = Element.FromFloat<T>(0f);
            if (row < rows && column < columns) element = x[((long)row * columns) + column];
            tile[(inTile * (Tile + 1)) + lane] = element;
        }

        Group.Barrier();
        for (int i = 0; i < Tile / Warps; i++)
        {
            int inTile = Warp.WarpIdx + (i * Warps), column = firstColumn + inTile, row = firstRow + lane;
            if (column < columns && row < stride) y[((long)column * stride) + row] = tile[(lane * (Tile + 1)) + inTile];
        }
    }

    /// <summary>Queues <see cref="Forward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[rows, columns].</param>
    /// <param name="y">[columns, stride]. Written; shares no element with <paramref name="x"/>.</param>
    /// <param name="rows">Rows of x.</param>
    /// <param name="columns">Columns of x, at least 1.</param>
    /// <param name="stride">Columns of y, at least <paramref name="rows"/>.</param>
    public static void LaunchForward<T>(ComputeStream stream, ArrayView<T> x, ArrayView<T> y, int rows, int columns, int stride) where T : unmanaged =>
        LaunchForward(stream, LaunchConfig.Cover(Tiles(columns, stride), 1), x, y, rows, columns, stride);

    private static long Tiles(int columns, int stride) => (((long)stride + Tile - 1) / Tile) * (((long)columns + Tile - 1) / Tile);

    private static void CheckForward<T>(LaunchContract contract, ArrayView<T> x, ArrayView<T> y, int rows, int columns, int stride) where T : unmanaged
    {
        contract.NonNegative(rows);
        contract.Positive(columns);
        contract.Require(stride >= rows, $"stride is {stride}, less than the {rows} rows that a row of y must hold");
        contract.Length(x, (long)rows * columns);
        contract.Length(y, (long)columns * stride);
        contract.Disjoint(y, x);
        contract.GridAtLeast(LaunchConfig.Cover(Tiles(columns, stride), 1).Grid);
    }
}
