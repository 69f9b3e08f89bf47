namespace LbrCore.Kernels;

// Linear.Normed: which variant, and the two uses by name.
public static partial class Linear
{
    /// <summary>Whether norm, projection and what follows can be one kernel: few rows in bfloat16 on a GPU.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w.</param>
    /// <param name="k">Columns of both.</param>
    public static bool CanFuseNorm<T>(DeviceInfo device, int m, int n, int k) where T : unmanaged =>
        device.Kind == DeviceKind.Cuda && device.ComputeCapability.Value >= 80 && typeof(T) == typeof(BFloat16)
        && m is >= 1 and <= 2 * FewRowsColumns && n % FragmentRows == 0 && k % Packed<T>.Count == 0;

    /// <summary>Queues y = silu(gate) * up, gate | up = rms_norm(x) w^T; only where <see cref="CanFuseNorm"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[m, k].</param>
    /// <param name="gamma">[k]: weight of the norm.</param>
    /// <param name="weight">[2 * columns, k]: gate, then up.</param>
    /// <param name="y">[m, columns]. Written.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="columns">Columns of y.</param>
    /// <param name="k">Columns of x and w.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void ForwardNormedSwiGlu<T>(
        ComputeStream stream, ArrayView<T> x, ArrayView<T> gamma, ArrayView<T> weight, ArrayView<T> y, int m, int columns, int k, float epsilon, bool dependent = false)
        where T : unmanaged => QueueNormed(stream, x, gamma, weight, default, y, default, default, default, default, m, 2 * columns, k, epsilon, 0, 0, 0, default, true, dependent);

    /// <summary>Queues the projection of rms_norm(x) to queries, keys and values: queries rotated into y, keys (rotated) and values into the cache; only where <see cref="CanFuseNorm"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[m, k].</param>
    /// <param name="gamma">[k]: weight of the norm.</param>
    /// <param name="weight">[(queryHeads + 2 keyValueHeads) * headDim, k].</param>
    /// <param name="bias">One for each row of w, or empty for none.</param>
    /// <param name="y">[m, (queryHeads + 2 keyValueHeads) * headDim]: the queries written.</param>
    /// <param name="rows">[m].</param>
    /// <param name="rotations">[m, headDim / 2].</param>
    /// <param name="keys">The layer's keys. Written at the rows' slots.</param>
    /// <param name="values">The layer's values. Written at the rows' slots.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="k">Columns of x and w.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="keyValueHeads">Key-value heads.</param>
    /// <param name="headDim">Elements of a head, a multiple of 16.</param>
    /// <param name="layout">Where keys and values lie.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void ForwardNormedRotated<T>(
        ComputeStream stream, ArrayView<T> x, ArrayView<T> gamma, ArrayView<T> weight, ArrayView<T> bias, ArrayView<T> y, ArrayView<TokenRow> rows, ArrayView<Float2> rotations,
        ArrayView<T> keys, ArrayView<T> values, int m, int k, float epsilon, int queryHeads, int keyValueHeads, int headDim, CacheLayout layout, bool dependent = false)
        where T : unmanaged => QueueNormed(
            stream, x, gamma, weight, bias, y, rows, rotations, keys, values, m, (queryHeads + (2 * keyValueHeads)) * headDim, k, epsilon, queryHeads, keyValueHeads, headDim, layout, false, dependent);

    private static void QueueNormed<T>(
        ComputeStream stream, ArrayView<T> x, ArrayView<T> gamma, ArrayView<T> weight, ArrayView<T> bias, ArrayView<T> y, ArrayView<TokenRow> rows, ArrayView<Float2> rotations,
        ArrayView<T> keys, ArrayView<T> values, int m, int n, int k, float epsilon, int queryHeads, int keyValueHeads, int headDim, CacheLayout layout, bool swiGlu, bool dependent)
        where T : unmanaged
    {
        if (m == 0 || n == 0) return;
        var config = new LaunchConfig(Math.Min(n / FragmentRows, stream.Device.Info.MultiprocessorCount)) { DependentLaunch = dependent };
        const int LongestKept = 1536;
        (int rowTiles, int units, int warps, int buffers, bool keep) = (m <= FewRowsColumns, k <= LongestKept) switch
        {
            (true, true) => (1, 1, 24, 1, true),
            (true, false) => (1, 2, 12, 2, false),
            (false, true) => (2, 2, 12, swiGlu ? 2 : 1, true),
            (false, false) => (2, 2, 8, 2, false),
        };
        LaunchNormed(
            stream, config, x, gamma, weight, bias, y, rows, rotations, keys, values, m, n, k, epsilon, queryHeads, keyValueHeads, headDim, layout, swiGlu, rowTiles, units, warps, buffers, keep);
    }
}
