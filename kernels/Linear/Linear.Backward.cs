namespace LbrCore.Kernels;

// Linear.Backward
// purpose   The gradients of y = x w^T + bias.
// math      gradX = gradY w,   gradW += gradY^T x,   gradBias += column sums of gradY
// mapping   gradW of bfloat16: WarpGroupsGradient on compute capability 9.0, else WeightGradient, on tensor cores. All else: every product of Linear sums along rows of both operands, gradX along rows of w^T, gradW along rows of gradY^T and
//           x^T: the operands are transposed into scratch memory first, at the cost of one read and one write of each, and then all shapes of Linear serve, tensor cores and split sums
//           included. Of gradX that is w alone, little beside the product. Rows of transposed activations are filled up with zeros to a multiple of 8, so that 16-byte loads fit at any
//           number of rows.
// numerics  as Linear: float32 sums in an order that sizes and device alone decide
public static partial class Linear
{
    private const int GradientAlignment = 8;

    private const int GradientTilesOfMultiprocessor = 8;

    private const int GradientArrivals = 4096;

    /// <summary>Elements of scratch memory of the gradients of one layer.</summary>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w.</param>
    /// <param name="k">Columns of both.</param>
    /// <param name="stride">Elements from a row of gradY to the next; 0 for n.</param>
    public static long GradientScratchLength(int m, int n, int k, int stride = 0)
    {
        long columns = Math.Max(n, stride);
        return Math.Max(columns * k, (columns + k) * GradientRows(m));
    }

    /// <summary>A workspace in which the tiles of large gradients can meet in several slices: 69 MB on a GPU of 132 multiprocessors.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not that much memory.</exception>
    public static LinearWorkspace GradientWorkspace(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new LinearWorkspace(device, GradientPartials(device.Info), GradientArrivals);
    }

    /// <summary>Bytes that <see cref="GradientWorkspace"/> allocates.</summary>
    /// <param name="device">The device.</param>
    public static long GradientWorkspaceBytes(DeviceInfo device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return (GradientPartials(device) * sizeof(float)) + (GradientArrivals * sizeof(uint));
    }

    /// <summary>Queues gradX = gradY w.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="gradY">[m, n].</param>
    /// <param name="weight">[n, k].</param>
    /// <param name="gradX">[m, k]. Written, or added to.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w.</param>
    /// <param name="k">Columns of both.</param>
    /// <param name="scratch"><see cref="GradientScratchLength"/> elements, 16-byte aligned; contents undefined before and after.</param>
    /// <param name="workspace">Lets groups split sums; or null.</param>
    /// <param name="accumulate">Whether the product is added to what <paramref name="gradX"/> holds.</param>
    /// <param name="stride">Elements from a row of gradY to the next, zeros behind the n of the row; 0 for n.</param>
    public static void LaunchGradientOfInput<T, TOut>(
        ComputeStream stream, ArrayView<T> gradY, ArrayView<T> weight, ArrayView<TOut> gradX, int m, int n, int k, ArrayView<T> scratch, LinearWorkspace? workspace,
        bool accumulate = false, int stride = 0)
        where T : unmanaged
        where TOut : unmanaged
    {
        int columns = Math.Max(n, stride);
        ArrayView<T> turned = scratch.SubView(0, (long)columns * k);
        Transpose.LaunchForward(stream, weight, turned, n, k, columns);
        Forward(stream, gradY, turned, gradX, m, k, columns, residual: accumulate ? gradX : default, workspace: workspace);
    }

    /// <summary>Queues gradWeight += gradY^T x.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="gradY">[m, n].</param>
    /// <param name="x">[m, k].</param>
    /// <param name="gradWeight">[n, k]. Added to.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Columns of gradY.</param>
    /// <param name="k">Columns of x.</param>
    /// <param name="scratch"><see cref="GradientScratchLength"/> elements, 16-byte aligned; contents undefined before and after.</param>
    /// <param name="workspace">Lets groups split sums; or null.</param>
    /// <param name="stride">Elements from a row of gradY to the next; 0 for n.</param>
    public static void LaunchGradientOfWeight<T>(
        ComputeStream stream, ArrayView<T> gradY, ArrayView<T> x, ArrayView<float> gradWeight, int m, int n, int k, ArrayView<T> scratch, LinearWorkspace? workspace, int stride = 0)
        where T : unmanaged
    {
        int rows = GradientRows(m), columns = Math.Max(n, stride);
        if (rows == 0) return;
        if (TakesColumns(stream.Device.Info, gradY, x, gradWeight, columns, k))
        {
            if (WarpGroupGradientPlan.CanRun(stream.Device.Info))
            {
                WarpGroupGradientPlan.For(stream.Device.Info, m, n, k, workspace).Launch(stream, gradY, x, gradWeight, m, n, k, columns, workspace);
                return;
            }

            int slices = WeightGradientSlices(stream.Device.Info, m, n, k, workspace);
            var config = new LaunchConfig((checked((int)WeightGradientTiles(n, k)), slices)) { DynamicSharedBytes = WeightGradientSharedBytes };
            LaunchWeightGradient(
                stream, config, gradY, x, gradWeight, slices > 1 ? workspace!.Partials : default(ArrayView<float>), slices > 1 ? workspace!.Arrivals : default(ArrayView<uint>), m, n, k, columns);
            return;
        }

        ArrayView<T> turnedY = scratch.SubView(0, (long)columns * rows), turnedX = scratch.SubView((long)columns * rows, (long)k * rows);
        Transpose.LaunchForward(stream, gradY, turnedY, m, columns, rows);
        Transpose.LaunchForward(stream, x, turnedX, m, k, rows);
        Forward(stream, turnedY, turnedX, gradWeight, n, k, rows, residual: gradWeight, workspace: workspace);
    }

    // Whether WeightGradient can sum down the columns of both operands.
    private static bool TakesColumns<T>(DeviceInfo device, ArrayView<T> gradY, ArrayView<T> x, ArrayView<float> gradWeight, int columns, int k) where T : unmanaged =>
        typeof(T) == typeof(BFloat16) && (device.Kind != DeviceKind.Cuda || device.ComputeCapability.Value >= 80) && WeightGradientSharedBytes <= device.SharedMemoryPerGroup
        && PackedSplit.RowsAligned(gradY, columns) && PackedSplit.RowsAligned(x, k) && PackedSplit.RowsAligned(gradWeight, k) && k % ChunkElements == 0;

    private static long GradientPartials(DeviceInfo device) => (long)GradientTilesOfMultiprocessor * device.MultiprocessorCount * GradientTile * GradientTile;

    // Rows of transposed activations: a multiple of eight.
    private static int GradientRows(int m) => checked((Math.Max(m, 0) + GradientAlignment - 1) / GradientAlignment * GradientAlignment);
}
