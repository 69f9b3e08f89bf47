namespace LbrCore.Kernels;

// Attention.Tree: where things lie, and how the parts of an item that several groups share are joined.
public static partial class Attention
{
    /// <summary>Elements of a 16-byte chunk.</summary>
    private const int ChunkElements = 8;

    /// <summary>Parts that are joined at once, all their loads in flight together.</summary>
    private const int PartsAtOnce = 8;

    /// <summary>Bytes of dynamic shared memory of <see cref="Tree"/>.</summary>
    internal static int TreeSharedBytes(int headDim, int columnTiles, int stages) =>
        ((2 * stages * TreeKeys * TreePitch(headDim)) + ((headDim + 31) / 32 * columnTiles * Warp.WarpSize * ChunkElements)) * sizeof(ushort);

    /// <summary>Bytes of its static shared memory.</summary>
    internal static int TreeStaticBytes(int columnTiles) => (8 * columnTiles * (TreeWarps + SeenWords) * sizeof(float)) + (MaximumTreeSlots * sizeof(int));

    /// <summary>Floats from one column of a part to the next: the sums, then maximum and sum of weights.</summary>
    internal static int PartPitch(int headDim) => headDim + 4;

    // Elements of a row in shared memory. Rows of 64 elements and multiples are swizzled; others are padded to an odd number of chunks, so that eight rows start in eight
    // different places.
    private static int TreePitch(int headDim) => headDim % 64 == 0 ? headDim : (((headDim + 31) / 32 * 4) + 1) * ChunkElements;

    // Where chunk `chunk` of row `row` lies in a tile. K is read as (rows 2p, 2p + 1) x (4 chunks), V as (8 rows) x (1 chunk): in both patterns eight lanes
    // must meet eight different places.
    private static int TreeChunk(int row, int chunk, int headDim, bool isValues) =>
        (row * TreePitch(headDim)) + ((headDim % 64 == 0 ? chunk ^ TreeSwizzle(row, isValues) : chunk) * ChunkElements);

    private static int TreeSwizzle(int row, bool isValues) => isValues ? row & 7 : ((row & 1) << 2) | ((row >> 1) & 3);

    // Which head of all rows a column is.
    private static long TreeColumn(int place, int keyValueHead, int column, int rowsPerSequence, int queryHeads, int headsOfKey) =>
        ((((long)place * rowsPerSequence) + (column / headsOfKey)) * queryHeads) + (keyValueHead * headsOfKey) + (column % headsOfKey);

    // Two numbers in one register, rounded.
    private static uint Pair<T>(float low, float high) where T : unmanaged
    {
        Packed<T> pair = default;
        pair.SetFloat(0, low);
        pair.SetFloat(1, high);
        return pair.GetWord(0);
    }

    // Adds the parts first, first + step, ... to a sum of four elements of one column. Piece i of an item is part 2 (firstGroup + i), or the one after it for the piece with which
    // the item begins.
    private static void AddParts(
        ref AttentionPart sum, ArrayView<float> elements, ArrayView<float> partials, int firstGroup, int pieces, int first, int step, int column, int columnsOfItem, int element, int headDim)
    {
        int pitch = PartPitch(headDim);
        for (int begin = first; begin < pieces; begin += PartsAtOnce * step)
        {
            ArrayView<Packed<float>> values = LocalMemory.Allocate<Packed<float>>(PartsAtOnce);
            ArrayView<float> maxima = LocalMemory.Allocate<float>(PartsAtOnce), weights = LocalMemory.Allocate<float>(PartsAtOnce);
            for (int i = 0; i < PartsAtOnce; i++)
            {
                int piece = begin + (i * step);
                maxima[i] = Lowest;
                if (piece < pieces)
                {
                    long at = (((2L * (firstGroup + piece)) + (piece == 0 ? 1 : 0)) * columnsOfItem + column) * pitch;
                    Packed<float> scalars = partials.LoadPacked(at + headDim, CacheHint.Volatile);
                    values[i] = partials.LoadPacked(at + element, CacheHint.Volatile);
                    maxima[i] = scalars.GetFloat(0);
                    weights[i] = scalars.GetFloat(1);
                }
            }

            float max = sum.Max;
            for (int i = 0; i < PartsAtOnce; i++) max = XMath.Max(max, maxima[i]);
            float fade = XMath.FastExp2(sum.Max - max);
            sum.Max = max;
            sum.Sum *= fade;
            for (int e = 0; e < 4; e++) elements[e] *= fade;
            for (int i = 0; i < PartsAtOnce; i++)
            {
                float factor = XMath.FastExp2(maxima[i] - max);
                sum.Sum += factor * weights[i];
                for (int e = 0; e < 4; e++) elements[e] += factor * values[i].GetFloat(e);
            }
        }
    }

    // Joins an item by one group: a thread takes four elements of a column at a time.
    private static void JoinItem<T>(
        ArrayView<TokenRow> rows, ArrayView<float> partials, ArrayView<T> y, int firstGroup, int pieces, int columnsOfItem, int columns, int place, int keyValueHead, int firstColumn, int rowsPerSequence,
        int queryHeads, int headsOfKey, int headDim)
        where T : unmanaged
    {
        for (int unit = Group.IdxX; unit < columns * (headDim / 4); unit += TreeThreads)
        {
            int column = unit / (headDim / 4), element = unit % (headDim / 4) * 4;
            var sum = new AttentionPart { Max = Lowest, Sum = 0f };
            ArrayView<float> elements = LocalMemory.Allocate<float>(4);
            AddParts(ref sum, elements, partials, firstGroup, pieces, 0, 1, column, columnsOfItem, element, headDim);
            float inverse = 1f / sum.Sum;
            long at = (TreeColumn(place, keyValueHead, firstColumn + column, rowsPerSequence, queryHeads, headsOfKey) * headDim) + element;
            if (rows[(place * rowsPerSequence) + ((firstColumn + column) / headsOfKey)].Sequence >= 0)
                for (int e = 0; e < 4; e++) y[at + e] = Element.FromFloat<T>(elements[e] * inverse);
        }
    }

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
