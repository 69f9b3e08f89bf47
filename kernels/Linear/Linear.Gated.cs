namespace LbrCore.Kernels;

// Linear: gate and up of a feed-forward layer with many rows, where Linear.Normed takes few.
public static partial class Linear
{
    // With more rows a plain projection by larger tiles is faster than one kernel.
    private const int MostGatedRows = 192;

    /// <summary>Whether gate, up and silu(gate) * up had better be one kernel: up to 192 rows in bfloat16 on a GPU with enough shared memory.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="columns">Columns of y.</param>
    /// <param name="k">Columns of x and w.</param>
    public static bool CanGate<T>(DeviceInfo device, int m, int columns, int k) where T : unmanaged =>
        device.Kind == DeviceKind.Cuda && device.ComputeCapability.Value >= 80 && typeof(T) == typeof(BFloat16) && m <= MostGatedRows && columns % ChunkElements == 0 && k % ChunkElements == 0
        && TiledShape.GatedShapes.All(shape => shape.SharedBytes <= device.SharedMemoryPerGroup);

    /// <summary>Queues y = silu(gate) * up, gate | up = x w^T, by the shape that suits the rows; only where <see cref="CanGate"/>.</summary>
    /// <inheritdoc cref="ForwardGated{T}(ComputeStream, LinearShape, ArrayView{T}, ArrayView{T}, ArrayView{T}, int, int, int, bool)"/>
    public static void ForwardGated<T>(ComputeStream stream, ArrayView<T> x, ArrayView<T> weight, ArrayView<T> y, int m, int columns, int k, bool dependent = false)
        where T : unmanaged => ForwardGated(stream, GatedShapeFor(stream.Device.Info, m), x, weight, y, m, columns, k, dependent);

    // Of up to 128 rows smaller tiles have less to copy into shared memory.
    private static LinearShape GatedShapeFor(DeviceInfo device, int m)
    {
        const int MostRowsOfTiles = 128;
        bool warpGroups = m > MostRowsOfTiles && device.ComputeCapability.Value == WarpGroupShape.Hopper && WarpGroupShape.Gated.SharedBytes <= device.SharedMemoryPerGroup;
        return warpGroups ? WarpGroupShape.Gated : TiledShape.GatedFor(m);
    }

    /// <summary>Queues y = silu(gate) * up, gate | up = x w^T.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="shape">One of <see cref="TiledShape.GatedShapes"/>, or that of warp groups.</param>
    /// <param name="x">[m, k], 16-byte aligned.</param>
    /// <param name="weight">[2 * columns, k], 16-byte aligned: gate, then up.</param>
    /// <param name="y">[m, columns], 16-byte aligned. Written.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="columns">Columns of y, a multiple of 8.</param>
    /// <param name="k">Columns of x and w, a multiple of 8.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void ForwardGated<T>(
        ComputeStream stream, LinearShape shape, ArrayView<T> x, ArrayView<T> weight, ArrayView<T> y, int m, int columns, int k, bool dependent = false)
        where T : unmanaged
    {
        var operands = new LinearOperands<T, T>
        {
            X = x,
            Weight = weight,
            Bias = default,
            Residual = default,
            Y = y,
            Problem = LinearProblem.Of<T, T>(x, weight, default, default, y, m, 2 * columns, k),
        };
        shape.Launch(stream, operands, new LinearPlan(shape, 1), null, dependent);
    }
}
