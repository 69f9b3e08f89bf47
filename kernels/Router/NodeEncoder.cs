namespace LbrCore.Kernels;

// NodeEncoder
// purpose   The first layer of the router: states of tree nodes, as the model left them, become vectors of the router's width.
// math      y[i,:] = W norm(h[i]) + depthEmbedding[depth(i)] + logp[i] * featureWeight, or 0 where there is no node
// shapes    states [rows, k] of the model's type, W [n, k] and all else float32. Rows are the nodes of trees, nodeStride a tree, breadth first: depths gives the depth (from 0) of
//           the nodes of one tree.
// mapping   as NormLinear
// numerics  as NormLinear. What stands at absent nodes is not let through, whatever it is: their rows are zeros, in which every later gradient vanishes.
/// <summary>States of tree nodes to vectors of the router.</summary>
/// <remarks>W is read before the dependency of a programmatic dependent launch is waited for: launch dependently only where no kernel just ahead writes it.</remarks>
public static partial class NodeEncoder
{
    private const int Warps = 4;

    /// <summary>y = W norm(states) + depth embedding + log-probability feature.</summary>
    /// <param name="states">[rows, k].</param>
    /// <param name="gain">[k]: weight of the norm.</param>
    /// <param name="weight">[n, k].</param>
    /// <param name="valid">[rows]: 0 where there is no node.</param>
    /// <param name="depths">[nodeStride]: row of the depth embedding of each node of a tree.</param>
    /// <param name="depthEmbedding">[largest depth + 1, n].</param>
    /// <param name="logProbabilities">[rows]; or empty: no feature.</param>
    /// <param name="featureWeight">[n]; or empty: no feature.</param>
    /// <param name="residual">[rows, n]: added; or empty. May be <paramref name="y"/>.</param>
    /// <param name="y">[rows, n]. Written.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="n">Width of the router.</param>
    /// <param name="k">Width of the model.</param>
    /// <param name="nodeStride">Nodes of a tree.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="tileRows">Rows of a warp.</param>
    /// <param name="tileColumns">Columns of a warp.</param>
    [Kernel(GroupSize = Warps * Warp.WarpSize, Contract = nameof(CheckForward))]
    [Variant(typeof(float), 4, 1)]
    [Variant(typeof(float), 8, 4)]
    [Variant(typeof(BFloat16), 4, 1)]
    [Variant(typeof(BFloat16), 8, 4)]
    [Variant(typeof(Half), 4, 1)]
    [Variant(typeof(Half), 8, 4)]
    public static void Forward<T>(
        ArrayView<T> states, ArrayView<float> gain, ArrayView<float> weight, ArrayView<int> valid, ArrayView<int> depths, ArrayView<float> depthEmbedding,
        ArrayView<float> logProbabilities, ArrayView<float> featureWeight, ArrayView<float> residual, ArrayView<float> y, int rows, int n, int k, int nodeStride, float epsilon,
        [Const] int tileRows, [Const] int tileColumns)
        where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        int rowTiles = (rows + tileRows - 1) / tileRows;
        int firstRow = Grid.IdxX % rowTiles * tileRows, firstColumn = ((Grid.IdxX / rowTiles * Warps) + Warp.WarpIdx) * tileColumns;
        if (firstColumn >= n) return;
        ArrayView<float> sums = LocalMemory.Allocate<float>(tileRows * tileColumns), squares = LocalMemory.Allocate<float>(tileRows);
        RowProducts.Accumulate(states, gain, weight, sums, squares, firstRow, firstColumn, rows, n, k, true, tileRows, tileColumns);
        float sum = WarpReduce.AddScattered(sums, tileRows * tileColumns);
        sum *= XMath.FastRsqrt((WarpReduce.AddScattered(squares, tileRows) / k) + epsilon);

        int lanesPerOutput = Warp.WarpSize / (tileRows * tileColumns), output = Warp.LaneIdx / lanesPerOutput;
        int row = firstRow + (output / tileColumns), column = firstColumn + (output % tileColumns);
        if (Warp.LaneIdx % lanesPerOutput != 0 || row >= rows || column >= n) return;
        long at = ((long)row * n) + column;
        if (depths.IsValid) sum += depthEmbedding[(depths[row % nodeStride] * n) + column];
        if (featureWeight.IsValid) sum = XMath.Fma(logProbabilities[row], featureWeight[column], sum);
        if (residual.IsValid) sum += residual[at];
        y[at] = valid[row] != 0 ? sum : 0f;
    }

    /// <summary>Queues <see cref="Forward"/> with the tile that suits the sizes.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="states">[rows, k].</param>
    /// <param name="gain">[k].</param>
    /// <param name="weight">[n, k].</param>
    /// <param name="valid">[rows].</param>
    /// <param name="depths">[nodeStride]; or empty: no embedding.</param>
    /// <param name="depthEmbedding">[largest depth + 1, n].</param>
    /// <param name="logProbabilities">[rows]; or empty.</param>
    /// <param name="featureWeight">[n]; or empty.</param>
    /// <param name="residual">[rows, n]; or empty.</param>
    /// <param name="y">[rows, n]. Written.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="n">Width of the router.</param>
    /// <param name="k">Width of the model.</param>
    /// <param name="nodeStride">Nodes of a tree.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void Launch<T>(
        ComputeStream stream, ArrayView<T> states, ArrayView<float> gain, ArrayView<float> weight, ArrayView<int> valid, ArrayView<int> depths, ArrayView<float> depthEmbedding,
        ArrayView<float> logProbabilities, ArrayView<float> featureWeight, ArrayView<float> residual, ArrayView<float> y, int rows, int n, int k, int nodeStride, float epsilon,
        bool dependent = false)
        where T : unmanaged
    {
        (int tileRows, int tileColumns) = RowProducts.TileFor(stream.Device.Info, rows, n);
        var config = new LaunchConfig(RowProducts.Groups(rows, n, tileRows, tileColumns, Warps)) { DependentLaunch = dependent };
        LaunchForward(
            stream, config, states, gain, weight, valid, depths, depthEmbedding, logProbabilities, featureWeight, residual, y, rows, n, k, nodeStride, epsilon, tileRows, tileColumns);
    }

    private static void CheckForward<T>(
        LaunchContract contract, ArrayView<T> states, ArrayView<float> gain, ArrayView<float> weight, ArrayView<int> valid, ArrayView<int> depths, ArrayView<float> depthEmbedding,
        ArrayView<float> logProbabilities, ArrayView<float> featureWeight, ArrayView<float> residual, ArrayView<float> y, int rows, int n, int k, int nodeStride, float epsilon,
        int tileRows, int tileColumns)
        where T : unmanaged
    {
        RowProducts.Check(contract, states, gain, weight, rows, n, k, true, RowProducts.Groups(rows, n, tileRows, tileColumns, Warps));
        contract.Positive(nodeStride);
        contract.Length(valid, rows);
        contract.Length(y, (long)rows * n);
        if (depths.IsValid)
        {
            contract.Length(depths, nodeStride);
            contract.Length(depthEmbedding, n);
        }

        if (residual.IsValid) contract.Length(residual, (long)rows * n);
        if (!featureWeight.IsValid) return;
        contract.Length(featureWeight, n);
        contract.Length(logProbabilities, rows);
    }
}
