namespace LbrCore.Kernels;

// Attention.Tree and Attention.Text: what a launch must fulfil.
public static partial class Attention
{
    private static void CheckTree<T>(
        LaunchContract contract, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<TokenRow> rows, ArrayView<int> parents, ArrayView<T> y,
        ArrayView<float> partials, ArrayView<uint> arrivals, int sequences, int rowsPerSequence, int queryStride, int queryHeads, int keyValueHeads, float scale, CacheLayout layout,
        int leastTiles, int lookahead, bool mergeHere, bool early, int headDim, int columnTiles, int stages)
        where T : unmanaged
    {
        contract.NonNegative(sequences);
        contract.Positive(leastTiles);
        contract.InRange(lookahead, stages - 1, stages - 1);
        contract.InRange(rowsPerSequence, 1, MaximumTreeRows);
        CheckTensorCores(contract, queries, keys, values, layout, queryStride, queryHeads, keyValueHeads, headDim);
        long rowCount = (long)sequences * rowsPerSequence, items = (long)sequences * keyValueHeads * CeilingDivide(rowsPerSequence * (queryHeads / Math.Max(1, keyValueHeads)), 8 * columnTiles);
        contract.InRange(rowCount * queryHeads, 0, int.MaxValue);
        contract.Length(queries, rowCount == 0 ? 0 : ((rowCount - 1) * queryStride) + (queryHeads * headDim));
        contract.Length(rows, rowCount);
        contract.Length(y, rowCount * queryHeads * headDim);
        contract.Length(partials, 2L * contract.Config.Grid.X * columnTiles * 8 * PartPitch(headDim));
        contract.Aligned(partials, 16);
        if (mergeHere) contract.Length(arrivals, items);
        contract.Disjoint(y, queries);
        contract.Disjoint(y, keys);
        contract.Disjoint(y, values);
        contract.DynamicShared(TreeSharedBytes(headDim, columnTiles, stages));
    }

    private static void CheckTensorCores<T>(
        LaunchContract contract, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, CacheLayout layout, int queryStride, int queryHeads, int keyValueHeads, int headDim)
        where T : unmanaged
    {
        contract.Positive(keyValueHeads);
        contract.MultipleOf(queryHeads, keyValueHeads);
        contract.Require(queryStride >= queryHeads * headDim, $"queryStride is {queryStride}, less than {queryHeads} heads of {headDim}");
        contract.Require((long)layout.Slots * layout.SlotStride <= int.MaxValue, $"{layout.Slots} slots of stride {layout.SlotStride} are beyond 2^31 elements; shorten the sequences");
        contract.MultipleOf(queryStride, ChunkElements);
        contract.MultipleOf(layout.SlotStride, ChunkElements);
        contract.MultipleOf(layout.HeadStride, ChunkElements);
        contract.MultipleOf(layout.SequenceStride, ChunkElements);
        contract.Aligned(queries, 16);
        contract.Aligned(keys, 16);
        contract.Aligned(values, 16);
    }

    private static int CeilingDivide(int a, int b) => (a + b - 1) / b;
}
