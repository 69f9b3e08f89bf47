namespace LbrCore.Kernels;

// ColumnSums
// purpose   Sums over rows: the gradients of biases, and the last step of every gradient that is summed in parts.
// math      y[p, c] (+)= sum over the rows r of part p of x[r, c] (* other[r, c] * factors[r])
// shapes    x, other [rows, columns], factors [rows], y [parts, columns]; part p has the rows p * rowsPerPart and following
// mapping   a group has 32 columns of one part; lane l owns a column, warp w the rows w, w + 8, ..., eight of them under way at a time; the warps' sums meet in shared memory
// traffic   rows * columns elements once (with products twice as many): bound by memory
// numerics  float32; the order of sums depends on rowsPerPart alone: the same bits on every run
/// <summary>Sums over the rows of a matrix.</summary>
public static partial class ColumnSums
{
    private const int Warps = 8;

    // Rows of a warp whose loads are under way at a time: one after the other they would take as long as memory takes to answer.
    private const int InFlight = 8;

    /// <summary>Rows that one group sums where rows are summed in parts.</summary>
    private const int RowsOfPart = 256;

    /// <summary>y[p, c] (+)= sum of x[r, c] over the rows of part p.</summary>
    /// <param name="x">[rows, columns].</param>
    /// <param name="y">[parts, columns]. Written, or added to.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="rowsPerPart">Rows of a part.</param>
    /// <param name="accumulate">Whether the sums are added to y.</param>
    [Kernel(GroupSize = Warps * Warp.WarpSize, Use = KernelUse.Training, Contract = nameof(CheckSum))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    public static void Sum<T>(ArrayView<T> x, ArrayView<float> y, int rows, int columns, int rowsPerPart, bool accumulate) where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        int column = (Grid.IdxX * Warp.WarpSize) + Warp.LaneIdx, end = XMath.Min(rows, (Grid.IdxY + 1) * rowsPerPart);
        float sum = 0f;
        if (column < columns)
        {
            ArrayView<float> values = LocalMemory.Allocate<float>(InFlight);
            for (int first = (Grid.IdxY * rowsPerPart) + Warp.WarpIdx; first < end; first += InFlight * Warps)
            {
                for (int i = 0; i < InFlight; i++)
                {
                    int row = first + (i * Warps);
                    values[i] = row < end ? Element.ToFloat(x[((long)row * columns) + column]) : 0f;
                }

                for (int i = 0; i < InFlight; i++) sum += values[i];
            }
        }

        Store(sum, y, column, columns, accumulate);
    }

    /// <summary>y[p, c] (+)= sum of x[r, c] * other[r, c] * factors[r] over the rows of part p.</summary>
    /// <param name="x">[rows, columns].</param>
    /// <param name="other">[rows, columns].</param>
    /// <param name="factors">[rows].</param>
    /// <param name="y">[parts, columns]. Written, or added to.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="rowsPerPart">Rows of a part.</param>
    /// <param name="accumulate">Whether the sums are added to y.</param>
    [Kernel(GroupSize = Warps * Warp.WarpSize, Use = KernelUse.Training, Contract = nameof(CheckProducts))]
    [Variant(typeof(float), typeof(float))]
    [Variant(typeof(BFloat16), typeof(BFloat16))]
    [Variant(typeof(BFloat16), typeof(float))]
    public static void Products<T, TOther>(
        ArrayView<T> x, ArrayView<TOther> other, ArrayView<float> factors, ArrayView<float> y, int rows, int columns, int rowsPerPart, bool accumulate)
        where T : unmanaged
        where TOther : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        int column = (Grid.IdxX * Warp.WarpSize) + Warp.LaneIdx, end = XMath.Min(rows, (Grid.IdxY + 1) * rowsPerPart);
        float sum = 0f;
        if (column < columns)
        {
            ArrayView<float> values = LocalMemory.Allocate<float>(InFlight), others = LocalMemory.Allocate<float>(InFlight);
            for (int first = (Grid.IdxY * rowsPerPart) + Warp.WarpIdx; first < end; first += InFlight * Warps)
            {
                for (int i = 0; i < InFlight; i++)
                {
                    int row = first + (i * Warps);
                    long at = ((long)row * columns) + column;
                    values[i] = row < end ? Element.ToFloat(x[at]) * factors[row] : 0f;
                    others[i] = row < end ? Element.ToFloat(other[at]) : 0f;
                }

                for (int i = 0; i < InFlight; i++) sum = XMath.Fma(values[i], others[i], sum);
            }
        }

        Store(sum, y, column, columns, accumulate);
    }

    // Adds the warps' sums in order.
    private static void Store(float sum, ArrayView<float> y, int column, int columns, bool accumulate)
    {
        ArrayView<float> parts = SharedMemory.Allocate<float>(Warps * Warp.WarpSize);
        parts[Group.IdxX] = sum;
        Group.Barrier();
        if (Warp.WarpIdx == 0 && column < columns)
        {
            float total = parts[Warp.LaneIdx];
            for (int w = 1; w < Warps; w++) total += parts[(w * Warp.WarpSize) + Warp.LaneIdx];
            long at = ((long)Grid.IdxY * columns) + column;
            if (accumulate) total += y[at];
            y[at] = total;
        }
    }

    /// <summary>Floats of workspace that <see cref="Accumulate"/> and <see cref="AccumulateProducts"/> need.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public static long WorkspaceLength(int rows, int columns) => (long)Parts(rows) * columns;

    /// <summary>Queues y[c] += sum over all rows of x[r, c].</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[rows, columns].</param>
    /// <param name="y">[columns]. Added to.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="workspace"><see cref="WorkspaceLength"/> floats; contents undefined before and after.</param>
    public static void Accumulate<T>(ComputeStream stream, ArrayView<T> x, ArrayView<float> y, int rows, int columns, ArrayView<float> workspace) where T : unmanaged
    {
        if (Parts(rows) == 0) return;
        LaunchSum(stream, Config(columns, Parts(rows)), x, workspace, rows, columns, RowsOfPart, false);
        LaunchSum(stream, Config(columns, 1), workspace, y, Parts(rows), columns, Math.Max(1, Parts(rows)), true);
    }

    /// <summary>Queues y[c] += sum over all rows of x[r, c] * other[r, c] * factors[r].</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[rows, columns].</param>
    /// <param name="other">[rows, columns].</param>
    /// <param name="factors">[rows].</param>
    /// <param name="y">[columns]. Added to.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="workspace"><see cref="WorkspaceLength"/> floats; contents undefined before and after.</param>
    public static void AccumulateProducts<T, TOther>(
        ComputeStream stream, ArrayView<T> x, ArrayView<TOther> other, ArrayView<float> factors, ArrayView<float> y, int rows, int columns, ArrayView<float> workspace)
        where T : unmanaged
        where TOther : unmanaged
    {
        if (Parts(rows) == 0) return;
        LaunchProducts(stream, Config(columns, Parts(rows)), x, other, factors, workspace, rows, columns, RowsOfPart, false);
        LaunchSum(stream, Config(columns, 1), workspace, y, Parts(rows), columns, Math.Max(1, Parts(rows)), true);
    }

    private static int Parts(int rows) => (int)(((long)Math.Max(rows, 0) + RowsOfPart - 1) / RowsOfPart);

    private static LaunchConfig Config(int columns, int parts) => new((LaunchConfig.Cover(Math.Max(columns, 0), Warp.WarpSize).Grid.X, parts));

    private static void CheckSum<T>(LaunchContract contract, ArrayView<T> x, ArrayView<float> y, int rows, int columns, int rowsPerPart, bool accumulate) where T : unmanaged
    {
        contract.NonNegative(rows);
        contract.Positive(columns);
        contract.Positive(rowsPerPart);
        contract.InRange((long)contract.Config.Grid.Y * rowsPerPart, rows, int.MaxValue);
        contract.Length(x, (long)rows * columns);
        contract.Length(y, (long)contract.Config.Grid.Y * columns);
        contract.Disjoint(y, x);
        contract.GridAtLeast(LaunchConfig.Cover(columns, Warp.WarpSize).Grid);
    }

    private static void CheckProducts<T, TOther>(
        LaunchContract contract, ArrayView<T> x, ArrayView<TOther> other, ArrayView<float> factors, ArrayView<float> y, int rows, int columns, int rowsPerPart, bool accumulate)
        where T : unmanaged
        where TOther : unmanaged
    {
        CheckSum(contract, x, y, rows, columns, rowsPerPart, accumulate);
        contract.Length(other, (long)rows * columns);
        contract.Length(factors, rows);
        contract.Disjoint(y, other);
        contract.Disjoint(y, factors);
    }
}
