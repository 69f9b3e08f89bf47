namespace LbrCore.Kernels;

// GradientProducts
// purpose   The products of a backward pass of the router in float32: gradients of inputs and of weights, and sums over rows.
// math      y[a,l] = f( sum_b A(a,b) B[b,l] ),  A(a,b) = a[a * rowStride + b * innerStride]
//           input gradient   dX = dY W     A = dY   rows of y as rows        weight gradient   dW = dY^T X   A = dY   columns of y as rows
//           column sums      A = 1, both strides 0
//           f: times gelu'(u[a,l]); plus a residual of those rows that are roots of trees; plus what y holds
// shapes    B [inner, columns], y [rows, columns] row-major
// mapping   A warp owns 8 rows x 128 columns, 4 neighbouring columns a lane; one 16-byte load and 8 broadcasts feed 32 multiply-adds. Four warps of a group take rows below each
//           other and share B through L1. Where y alone does not fill the device, slices of the sum go to different groups (grid y) and their partial sums are added by SumSlices.
// numerics  a slice adds in order of b, slices are added in order: the same bits on every run
/// <summary>Products of a backward pass.</summary>
public static partial class GradientProducts
{
    private const int Warps = 4;
    private const int TileRows = 8;
    private const int PerLane = 4;
    private const int TileColumns = Warp.WarpSize * PerLane;
    private const int SumThreads = 256;

    /// <summary>y (+)= f(A B), or the partial sums of slices of it.</summary>
    /// <param name="a">Elements of A.</param>
    /// <param name="b">[inner, columns].</param>
    /// <param name="preactivation">[rows, columns]: u of gelu'(u); or empty.</param>
    /// <param name="residual">[rows / stride * slots, columns], added to the first <paramref name="slots"/> of every <paramref name="stride"/> rows; or empty.</param>
    /// <param name="y">[rows, columns], or [slices, rows, columns] partial sums. Written.</param>
    /// <param name="rows">Rows of y.</param>
    /// <param name="columns">Columns of y, a multiple of 4.</param>
    /// <param name="inner">Terms of a sum.</param>
    /// <param name="rowStride">Elements of A from a row to the next.</param>
    /// <param name="innerStride">Elements of A from a term to the next.</param>
    /// <param name="slots">See <paramref name="residual"/>.</param>
    /// <param name="stride">See <paramref name="residual"/>.</param>
    /// <param name="slices">Slices of the sum.</param>
    /// <param name="accumulate">Whether what y holds is added.</param>
    [Kernel(GroupSize = Warps * Warp.WarpSize, Use = KernelUse.Training, Contract = nameof(CheckForward))]
    public static void Forward(
        ArrayView<float> a, ArrayView<float> b, ArrayView<float> preactivation, ArrayView<float> residual, ArrayView<float> y,
        int rows, int columns, int inner, int rowStride, int innerStride, int slots, int stride, int slices, bool accumulate)
    {
        int columnTiles = (columns + TileColumns - 1) / TileColumns;
        int firstRow = ((Grid.IdxX / columnTiles * Warps) + Warp.WarpIdx) * TileRows, column = (Grid.IdxX % columnTiles * TileColumns) + (Warp.LaneIdx * PerLane);
        int length = (inner + slices - 1) / slices, from = XMath.Min(Grid.IdxY * length, inner), to = XMath.Min(from + length, inner);
        if (firstRow >= rows || column >= columns) return;
        ArrayView<float> sums = LocalMemory.Allocate<float>(TileRows * PerLane);
        ArrayView<long> starts = LocalMemory.Allocate<long>(TileRows);
        for (int r = 0; r < TileRows; r++) starts[r] = (long)XMath.Min(firstRow + r, rows - 1) * rowStride;
        for (int term = from; term < to; term++)
        {
            Packed<float> four = b.LoadPacked(((long)term * columns) + column);
            for (int r = 0; r < TileRows; r++)
            {
                float factor = a[starts[r] + ((long)term * innerStride)];
                for (int e = 0; e < PerLane; e++) sums[(r * PerLane) + e] = XMath.Fma(factor, four.GetFloat(e), sums[(r * PerLane) + e]);
            }
        }

        for (int r = 0; r < TileRows; r++)
        {
            int row = firstRow + r;
            if (row < rows)
            {
                long at = ((long)row * columns) + column;
                Packed<float> four = default;
                for (int e = 0; e < PerLane; e++) four.SetFloat(e, sums[(r * PerLane) + e]);
                if (preactivation.IsValid) four = TimesDerivative(four, preactivation.LoadPacked(at));
                if (residual.IsValid && row % stride < slots) four = Sum(four, residual.LoadPacked(((((long)(row / stride) * slots) + (row % stride)) * columns) + column));
                if (accumulate) four = Sum(four, y.LoadPacked(at));
                y.StorePacked(((long)Grid.IdxY * rows * columns) + at, four);
            }
        }
    }

    /// <summary>y (+)= the sum of the slices.</summary>
    /// <param name="partials">[slices, length].</param>
    /// <param name="y">[length]. Written.</param>
    /// <param name="length">Elements.</param>
    /// <param name="slices">Slices.</param>
    /// <param name="accumulate">Whether what y holds is added.</param>
    [Kernel(GroupSize = SumThreads, Use = KernelUse.Training, Contract = nameof(CheckSumSlices))]
    public static void SumSlices(ArrayView<float> partials, ArrayView<float> y, int length, int slices, bool accumulate)
    {
        int at = (Grid.IdxX * SumThreads) + Group.IdxX;
        if (at >= length) return;
        float sum = 0f;
        for (int slice = 0; slice < slices; slice++) sum += partials[((long)slice * length) + at];
        y[at] = accumulate ? sum + y[at] : sum;
    }

    private static Packed<float> TimesDerivative(Packed<float> four, Packed<float> preactivation)
    {
        for (int e = 0; e < PerLane; e++) four.SetFloat(e, four.GetFloat(e) * Gelu.Derivative(preactivation.GetFloat(e)));
        return four;
    }

    private static Packed<float> Sum(Packed<float> four, Packed<float> other)
    {
        for (int e = 0; e < PerLane; e++) four.SetFloat(e, four.GetFloat(e) + other.GetFloat(e));
        return four;
    }

    /// <summary>Queues <see cref="Forward"/>, and <see cref="SumSlices"/> where the sum is sliced.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="a">Elements of A.</param>
    /// <param name="b">[inner, columns].</param>
    /// <param name="y">[rows, columns]. Written; shares no element with the others.</param>
    /// <param name="problem">Sizes and what follows the sum.</param>
    /// <param name="workspace">Room for partial sums: as much as it has is used, where slices help. Empty: none are made.</param>
    public static void Launch(ComputeStream stream, ArrayView<float> a, ArrayView<float> b, ArrayView<float> y, in GradientProblem problem, ArrayView<float> workspace = default)
    {
        int groups = Groups(problem.Rows, problem.Columns), slices = SlicesFor(stream.Device.Info, problem, groups, workspace.Length);
        int stride = Math.Max(problem.Stride, 1), slots = problem.Stride == 0 ? 1 : problem.Slots;
        ArrayView<float> target = slices > 1 ? workspace : y;
        LaunchForward(
            stream, new LaunchConfig(new Dim3(groups, slices)), a, b, problem.Preactivation, problem.Residual, target, problem.Rows, problem.Columns, problem.Inner,
            problem.RowStride, problem.InnerStride, slots, stride, slices, slices == 1 && problem.Accumulate);
        int length = problem.Rows * problem.Columns;
        if (slices > 1) LaunchSumSlices(stream, LaunchConfig.Cover(length, SumThreads), workspace, y, length, slices, problem.Accumulate);
    }

    // Slices for which what follows the sum would be done more than once are not made.
    private static int SlicesFor(DeviceInfo device, in GradientProblem problem, int groups, long workspace)
    {
        const int GroupsOfMultiprocessor = 4, FewestTerms = 64;
        if (problem.Preactivation.IsValid || problem.Residual.IsValid || groups == 0) return 1;
        long wanted = (long)GroupsOfMultiprocessor * device.MultiprocessorCount / groups, room = workspace / ((long)problem.Rows * problem.Columns);
        return (int)Math.Clamp(Math.Min(Math.Min(wanted, room), problem.Inner / FewestTerms), 1, ushort.MaxValue);
    }

    private static int Groups(int rows, int columns) => checked((rows + (TileRows * Warps) - 1) / (TileRows * Warps) * ((columns + TileColumns - 1) / TileColumns));

    private static void CheckForward(
        LaunchContract contract, ArrayView<float> a, ArrayView<float> b, ArrayView<float> preactivation, ArrayView<float> residual, ArrayView<float> y,
        int rows, int columns, int inner, int rowStride, int innerStride, int slots, int stride, int slices, bool accumulate)
    {
        contract.NonNegative(rows);
        contract.NonNegative(columns);
        contract.MultipleOf(columns, PerLane);
        contract.NonNegative(inner);
        contract.NonNegative(rowStride);
        contract.NonNegative(innerStride);
        contract.InRange(slots, 1, stride);
        contract.Positive(slices);
        if (rows > 0 && inner > 0) contract.Length(a, ((rows - 1L) * rowStride) + ((inner - 1L) * innerStride) + 1);
        contract.Length(b, (long)inner * columns);
        contract.Aligned(b, 16);
        contract.Length(y, (long)slices * rows * columns);
        contract.Aligned(y, 16);
        contract.Disjoint(y, a);
        contract.Disjoint(y, b);
        contract.Require(slices == 1 || (!accumulate && !preactivation.IsValid && !residual.IsValid), "partial sums take nothing that follows the sum; give it to the whole");
        contract.Require(contract.Config.Grid.X == Groups(rows, columns) && contract.Config.Grid.Y == slices, $"the grid is {contract.Config.Grid}; {Groups(rows, columns)} groups and {slices} slices are needed");
        if (preactivation.IsValid)
        {
            contract.Length(preactivation, (long)rows * columns);
            contract.Aligned(preactivation, 16);
        }

        if (!residual.IsValid) return;
        contract.MultipleOf(rows, stride);
        contract.Length(residual, (long)(rows / stride) * slots * columns);
        contract.Aligned(residual, 16);
    }

    private static void CheckSumSlices(LaunchContract contract, ArrayView<float> partials, ArrayView<float> y, int length, int slices, bool accumulate)
    {
        contract.NonNegative(length);
        contract.Positive(slices);
        contract.Length(partials, (long)slices * length);
        contract.Length(y, length);
        contract.Disjoint(y, partials);
        contract.GridAtLeast(LaunchConfig.Cover(length, SumThreads).Grid);
    }
}
