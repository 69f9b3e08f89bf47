namespace LbrCore.Kernels;

// Attention.Tree: what becomes of O and l at the end of an item: y, or a part in global memory that is joined with others.
public static partial class Attention
{
    /// <summary>Pieces of four elements that a thread joins at once.</summary>
    private const int UnitsAtOnce = 4;

    /// <summary>Floats from one column of a part to the next: the sums, then maximum and sum of weights.</summary>
    internal static int PartPitch(int headDim) => headDim + 4;

    // Which head of all rows a column is.
    private static long TreeColumn(int place, int keyValueHead, int column, int rowsPerSequence, int queryHeads, int headsOfKey) =>
        ((((long)place * rowsPerSequence) + (column / headsOfKey)) * queryHeads) + (keyValueHead * headsOfKey) + (column % headsOfKey);

    // y of an item that one group has summed alone.
    private static void StoreWhole<T>(
        ArrayView<Accumulator> output, ArrayView<float> sum, ArrayView<TokenRow> rows, ArrayView<T> y, int place, int keyValueHead, int firstColumn, int columns, int rowsPerSequence, int queryHeads,
        int headsOfKey, int headDim, int tilesOfWarp, int columnTiles)
        where T : unmanaged
    {
        // Of all columns first, so that the reads are under way together.
        ArrayView<int> sequenceOf = LocalMemory.Allocate<int>(2 * columnTiles);
        for (int i = 0; i < 2 * columnTiles; i++)
            sequenceOf[i] = rows[(place * rowsPerSequence) + ((firstColumn + XMath.Min(ColumnOf(i), columns - 1)) / headsOfKey)].Sequence;
        for (int i = 0; i < 2 * columnTiles; i++)
        {
            int column = ColumnOf(i);
            if (column < columns && sequenceOf[i] >= 0)
            {
                float inverse = 1f / sum[i];
                long at = TreeColumn(place, keyValueHead, firstColumn + column, rowsPerSequence, queryHeads, headsOfKey) * headDim;
                for (int d = 0; d < tilesOfWarp; d++)
                {
                    int element = (((Warp.WarpIdx * tilesOfWarp) + d) * 16) + (Warp.LaneIdx >> 2);
                    Accumulator o = output[(d * columnTiles) + (i / 2)];
                    if (element < headDim)
                    {
                        y[at + element] = Element.FromFloat<T>(((i & 1) == 0 ? o.X0 : o.X1) * inverse);
                        y[at + element + 8] = Element.FromFloat<T>(((i & 1) == 0 ? o.X2 : o.X3) * inverse);
                    }
                }
            }
        }
    }

    // O, m and l of an item that other groups have shares in.
    private static void StorePart(
        ArrayView<Accumulator> output, ArrayView<float> max, ArrayView<float> sum, ArrayView<float> part, int columns, int headDim, int tilesOfWarp, int columnTiles)
    {
        for (int i = 0; i < 2 * columnTiles; i++)
        {
            int column = ColumnOf(i), at = column * PartPitch(headDim);
            if (column < columns)
            {
                for (int d = 0; d < tilesOfWarp; d++)
                {
                    int element = (((Warp.WarpIdx * tilesOfWarp) + d) * 16) + (Warp.LaneIdx >> 2);
                    Accumulator o = output[(d * columnTiles) + (i / 2)];
                    if (element < headDim)
                    {
                        part[at + element] = (i & 1) == 0 ? o.X0 : o.X1;
                        part[at + element + 8] = (i & 1) == 0 ? o.X2 : o.X3;
                    }
                }

                if (Group.IdxX < 4)
                {
                    part[at + headDim] = max[i];
                    part[at + headDim + 1] = sum[i];
                }
            }
        }
    }

    // Whether all groups with shares in an item have left their parts: true for the group that arrives last.
    private static bool ArrivesLast(ArrayView<uint> arrivals, ArrayView<float> shares, int item, int pieces)
    {
        MemoryFence.DeviceLevel();
        Group.Barrier();
        if (Group.IdxX == 0)
        {
            bool last = Atomic.Add(ref arrivals[item], 1u) == (uint)(pieces - 1);
            if (last) arrivals[item] = 0;
            shares[0] = last ? 1f : 0f;
            MemoryFence.DeviceLevel();
        }

        Group.Barrier();
        return shares[0] != 0f;
    }

    // Joins an item by one group.
    private static void JoinItem<T>(
        ArrayView<TokenRow> rows, ArrayView<float> partials, ArrayView<T> y, int firstGroup, int pieces, int columnsOfItem, int columns, int place, int keyValueHead, int firstColumn, int rowsPerSequence,
        int queryHeads, int headsOfKey, int headDim)
        where T : unmanaged
    {
        int units = columns * (headDim / 4);
        for (int first = Group.IdxX; first < units; first += UnitsAtOnce * TreeThreads)
        {
            ArrayView<float> max = LocalMemory.Allocate<float>(UnitsAtOnce), sum = LocalMemory.Allocate<float>(UnitsAtOnce), elements = LocalMemory.Allocate<float>(4 * UnitsAtOnce);
            ArrayView<int> columnOf = LocalMemory.Allocate<int>(UnitsAtOnce), elementOf = LocalMemory.Allocate<int>(UnitsAtOnce);
            for (int u = 0; u < UnitsAtOnce; u++)
            {
                int unit = XMath.Min(first + (u * TreeThreads), units - 1);
                columnOf[u] = unit / (headDim / 4);
                elementOf[u] = unit % (headDim / 4) * 4;
                max[u] = Lowest;
            }

            AddParts(max, sum, elements, partials, columnOf, elementOf, firstGroup, pieces, 0, 1, columnsOfItem, headDim, UnitsAtOnce, 4);
            for (int u = 0; u < UnitsAtOnce; u++)
            {
                int column = firstColumn + columnOf[u];
                if (first + (u * TreeThreads) < units && rows[(place * rowsPerSequence) + (column / headsOfKey)].Sequence >= 0)
                {
                    long at = (TreeColumn(place, keyValueHead, column, rowsPerSequence, queryHeads, headsOfKey) * headDim) + elementOf[u];
                    float inverse = 1f / sum[u];
                    for (int e = 0; e < 4; e++) y[at + e] = Element.FromFloat<T>(elements[(4 * u) + e] * inverse);
                }
            }
        }
    }

    // Adds the parts first, first + step, ... to `units` sums of four elements of a column each; `atOnce` of them, so that all their loads are in flight together. Piece i of an item is
    // part 2 (firstGroup + i), or the one after it for the piece with which the item begins.
    private static void AddParts(
        ArrayView<float> max, ArrayView<float> sum, ArrayView<float> elements, ArrayView<float> partials, ArrayView<int> columnOf, ArrayView<int> elementOf, int firstGroup, int pieces, int first,
        int step, int columnsOfItem, int headDim, int units, int atOnce)
    {
        for (int begin = first; begin < pieces; begin += atOnce * step)
        {
            ArrayView<Packed<float>> values = LocalMemory.Allocate<Packed<float>>(units * atOnce);
            ArrayView<float> maxima = LocalMemory.Allocate<float>(units * atOnce), weights = LocalMemory.Allocate<float>(units * atOnce);
            for (int i = 0; i < units * atOnce; i++)
            {
                int piece = begin + (i % atOnce * step), unit = i / atOnce;
                maxima[i] = Lowest;
                if (piece < pieces)
                {
                    long at = (((2L * (firstGroup + piece)) + (piece == 0 ? 1 : 0)) * columnsOfItem + columnOf[unit]) * PartPitch(headDim);
                    Packed<float> scalars = partials.LoadPacked(at + headDim, CacheHint.Volatile);
                    values[i] = partials.LoadPacked(at + elementOf[unit], CacheHint.Volatile);
                    maxima[i] = scalars.GetFloat(0);
                    weights[i] = scalars.GetFloat(1);
                }
            }

            for (int unit = 0; unit < units; unit++)
            {
                float top = max[unit];
                for (int i = 0; i < atOnce; i++) top = XMath.Max(top, maxima[(unit * atOnce) + i]);
                float fade = XMath.FastExp2(max[unit] - top);
                max[unit] = top;
                sum[unit] *= fade;
                for (int e = 0; e < 4; e++) elements[(4 * unit) + e] *= fade;
                for (int i = unit * atOnce; i < (unit + 1) * atOnce; i++)
                {
                    float factor = XMath.FastExp2(maxima[i] - top);
                    sum[unit] += factor * weights[i];
                    for (int e = 0; e < 4; e++) elements[(4 * unit) + e] += factor * values[i].GetFloat(e);
                }
            }
        }
    }
}
