namespace LbrCore.Kernels;

// Attention.Tree
// purpose   A few new rows of every sequence against a long cache: decoding, of trees or of single tokens. Reads every key and value once for all rows and heads that share them.
// mapping   S^T = K Q^T and O^T = V^T P^T by mma.m16n8k16: keys (and elements of a head) are the side of 16, the columns (rows x query heads of a key-value head) that of 8, so
//           that 18 columns pad to 24 and 6 to 8.
//             K     operand A, a row a key. The elements of a head are summed over, so any permutation that K and Q share is right: lane (g, t) reads 16 bytes K[g][32c + 8t ..]
//                   for two products, as in Linear.FewRows.
//             V^T   operand A by a transposing ldmatrix; P^T operand B likewise, from a small [key][column] tile that takes the place of the keys it was computed from.
//           A group of 4 warps takes 64 keys at a time: each warp computes S^T of its own 16, then owns a quarter of the rows of O^T over all keys, so O is never summed over warps.
//           Two barriers a tile: the first, a vote, says whether the running maximum must move, the second publishes P.
//           Maximum. p = exp2(s - m) is exact with any m as long as nothing overflows; m moves only when a score exceeds it by 8. After the first tile that is rare.
//           Work. TreeCursor lays the tiles of all items end to end. An item inside one group is written at once; one that is cut leaves (m, l, O) in float32, which are joined in order
//           by the group that arrives last, or by Attention.Merge.
//           Pipeline. `stages` tiles of K and V rotate through shared memory by cp.async; the load cursor runs ahead across the border of items. With `early`, tiles of the prefix are asked
//           for before the previous kernel has ended: rows and prefix come from earlier passes. Q and the slots of the tree are touched after the wait only.
// traffic   4 keyValueHeads * headDim bytes a slot, once for each block of 8 columnTiles columns; 4 columns operations a pair of elements: bound by memory, at short contexts by latency
// numerics  products and sums in float32, exponentials in base 2, p rounded to the element type before the product with V; the order depends on sizes and launch alone
// source    Dao et al., Flash-Decoding (2023); Milakov and Gimelshein (2018), algorithm 3; PTX ISA, Matrix Fragments for mma.m16n8k16
public static partial class Attention
{
    /// <summary>Keys of a tile of <see cref="Tree"/>.</summary>
    internal const int TreeKeys = 64;

    private const int TreeWarps = 4;

    /// <summary>What a group remembers of an item that it shares with others: which, its first tile of all tiles, how many it has.</summary>
    private const int CutFields = 3;

    private const int TreeThreads = TreeWarps * Warp.WarpSize;

    /// <summary>y = softmax(scale q k^T) v for the same number of rows of each sequence.</summary>
    /// <param name="queries">Row r, head h at <c>r * queryStride + h * headDim</c>.</param>
    /// <param name="keys">The layer's keys.</param>
    /// <param name="values">The layer's values.</param>
    /// <param name="rows">[sequences * rowsPerSequence]: those of a sequence stand in consecutive slots and share the prefix; any may be padding. What lies in the slots of padding is finite.</param>
    /// <param name="parents">[cache sequences, layout.Slots].</param>
    /// <param name="y">[sequences * rowsPerSequence, queryHeads * headDim]. Written; zeros for padding.</param>
    /// <param name="partials">[2 groups, 8 columnTiles, headDim + 4]: contents undefined before and after.</param>
    /// <param name="arrivals">With mergeHere [sequences * items]: zero before and after.</param>
    /// <param name="sequences">Sequences of the pass.</param>
    /// <param name="rowsPerSequence">Rows of each, at most 64.</param>
    /// <param name="queryStride">Elements from a row of queries to the next.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="keyValueHeads">Key-value heads.</param>
    /// <param name="scale">Factor of the products.</param>
    /// <param name="layout">Where keys and values lie.</param>
    /// <param name="leastTiles">A group with work takes at least so many tiles.</param>
    /// <param name="lookahead">stages - 1; not a constant, so that the loop which fills the pipeline stays small.</param>
    /// <param name="mergeHere">Whether items that are cut are joined here.</param>
    /// <param name="early">Whether rows, parents and prefixes are older than the kernels that may still be running.</param>
    /// <param name="headDim">Elements of a head: 64, 80, 96, 128 or 256.</param>
    /// <param name="columnTiles">Columns of an item, in tiles of 8.</param>
    /// <param name="stages">Tiles in shared memory.</param>
    [Kernel(GroupSize = TreeThreads, MinGroupsPerMultiprocessor = 2, Contract = nameof(CheckTree))]
    [Variant(typeof(BFloat16), 128, 1, 3)]
    [Variant(typeof(BFloat16), 128, 2, 3)]
    [Variant(typeof(BFloat16), 128, 3, 3)]
    [Variant(typeof(BFloat16), 128, 3, 4)]
    [Variant(typeof(BFloat16), 128, 4, 3)]
    [Variant(typeof(BFloat16), 128, 8, 2)]
    [Variant(typeof(BFloat16), 64, 1, 3)]
    [Variant(typeof(BFloat16), 64, 4, 3)]
    [Variant(typeof(BFloat16), 80, 1, 3)]
    [Variant(typeof(BFloat16), 80, 4, 3)]
    [Variant(typeof(BFloat16), 96, 1, 3)]
    [Variant(typeof(BFloat16), 96, 4, 3)]
    [Variant(typeof(BFloat16), 256, 1, 3)]
    [Variant(typeof(BFloat16), 256, 2, 3)]
    [Variant(typeof(Half), 64, 4, 3)]
    [Variant(typeof(Half), 80, 4, 3)]
    [Variant(typeof(Half), 96, 4, 3)]
    [Variant(typeof(Half), 128, 1, 3)]
    [Variant(typeof(Half), 128, 4, 3)]
    [Variant(typeof(Half), 256, 2, 3)]
    public static void Tree<T>(
        ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<TokenRow> rows, ArrayView<int> parents, ArrayView<T> y, ArrayView<float> partials, ArrayView<uint> arrivals,
        int sequences, int rowsPerSequence, int queryStride, int queryHeads, int keyValueHeads, float scale, CacheLayout layout, int leastTiles, int lookahead, bool mergeHere, bool early,
        [Const] int headDim, [Const] int columnTiles, [Const] int stages)
        where T : unmanaged
    {
        int chunksOf32 = (headDim + 31) / 32, pitch = TreePitch(headDim), tileElements = TreeKeys * pitch, pitchOfP = TreePitchOfP(columnTiles);
        int tilesOfWarp = ((headDim / 16) + TreeWarps - 1) / TreeWarps, columnsOfItem = columnTiles * 8, chains = columnTiles <= 2 ? 2 : 1;
        ArrayView<T> ringOfKeys = SharedMemory.GetDynamic<T>(), ringOfValues = ringOfKeys.SubView(stages * tileElements), sharedQueries = ringOfKeys.SubView(2 * stages * tileElements);
        ArrayView<float> shares = SharedMemory.Allocate<float>(TreeWarps * columnsOfItem);
        ArrayView<uint> seen = SharedMemory.Allocate<uint>(columnsOfItem * SeenWords);
        ArrayView<int> parentOf = SharedMemory.Allocate<int>(MaximumTreeSlots), cuts = SharedMemory.Allocate<int>(2 * CutFields);
        int lane = Warp.LaneIdx, warp = Warp.WarpIdx, g = lane >> 2, t = lane & 3;
        int fromKeys = TreeChunk((warp * TreeKeysOfWarp) + g, t, headDim, false);
        int headsOfKey = queryHeads / keyValueHeads, blocks = ((rowsPerSequence * headsOfKey) + columnsOfItem - 1) / columnsOfItem, items = keyValueHeads * blocks;

        Grid.TriggerLaunchCompletion();
        bool waited = !early;
        if (waited) Grid.DependencySynchronize();
        int longest = 0, total = TreeCursor.Total(rows, sequences, items, rowsPerSequence, layout.Slots, ref longest);
        int share = TreeCursor.Share(total, longest, leastTiles, Grid.DimX), begin = Grid.IdxX * share, count = XMath.Min(share, total - begin);
        if (count > 0)
        {
            TreeCursor next = default, now = default;
            now.Find(rows, sequences, items, rowsPerSequence, layout.Slots, begin);
            next = now;
            int loaded = 0, slot = 0, place = begin, nextFrom = 0;
            long nextStart = 0;
            FindNext();
            if (Group.IdxX == 0) cuts[0] = cuts[CutFields] = -1;
            for (int s = 0; s < lookahead; s++)
            {
                if (!waited && loaded < count && (next.Tile + 1) * TreeKeys > next.Prefix)
                {
                    Grid.DependencySynchronize();
                    waited = true;
                }

                Issue(s);
            }

            if (!waited) Grid.DependencySynchronize();
            waited = true;
            while (place < begin + count)
            {
                // ---- one item, or the part of it that is ours
                int firstTile = now.Tile, tiles = XMath.Min(now.Tiles - firstTile, begin + count - place);
                int keyValueHead = now.Item / blocks, firstColumn = now.Item % blocks * columnsOfItem;
                int columns = XMath.Min(columnsOfItem, (rowsPerSequence * headsOfKey) - firstColumn);
                LoadQueries(sharedQueries, queries, queryStride, now.Place, keyValueHead, firstColumn, columns, rowsPerSequence, headsOfKey, headDim, columnTiles);
                if ((firstTile + tiles) * TreeKeys > now.Prefix) FindSeen(seen, parentOf, parents, now, layout.Slots, firstColumn, headsOfKey, columnsOfItem);
                Group.Barrier();
                ArrayView<Accumulator> output = LocalMemory.Allocate<Accumulator>(tilesOfWarp * columnTiles);
                ArrayView<float> max = LocalMemory.Allocate<float>(2 * columnTiles), sum = LocalMemory.Allocate<float>(2 * columnTiles);
                for (int i = 0; i < 2 * columnTiles; i++) max[i] = Lowest;
                for (int tile = firstTile; tile < firstTile + tiles; tile++)
                {
                    // ---- S^T = K Q^T for this warp's 16 keys, which this very warp has copied
                    AsyncCopy.Wait((2 * stages) - 3);
                    Warp.Barrier();
                    ArrayView<T> tileOfKeys = ringOfKeys.SubView(slot * tileElements, tileElements);
                    ArrayView<Accumulator> scores = LocalMemory.Allocate<Accumulator>(chains * columnTiles);
                    for (int c = 0; c < chunksOf32; c++)
                    {
                        // Chunk 4c + t: by the bit of c that the swizzle meets, and by whole multiples of 64 elements.
                        int at = headDim % 64 == 0 ? (fromKeys ^ ((c & 1) * 32)) + ((c >> 1) * 64) : fromKeys + (c * 32);
                        Packed<T> upper = tileOfKeys.LoadPacked(at), lower = tileOfKeys.LoadPacked(at + (8 * pitch));
                        for (int j = 0; j < columnTiles; j++)
                        {
                            Packed<T> x = sharedQueries.LoadPacked(((((c * columnTiles) + j) * Warp.WarpSize) + lane) * ChunkElements);
                            Mma.M16N8K16<T>(ref scores[j], new FragmentA(upper.GetWord(0), lower.GetWord(0), upper.GetWord(1), lower.GetWord(1)), new FragmentB(x.GetWord(0), x.GetWord(1)));
                            Mma.M16N8K16<T>(
                                ref scores[((chains - 1) * columnTiles) + j],
                                new FragmentA(upper.GetWord(2), lower.GetWord(2), upper.GetWord(3), lower.GetWord(3)), new FragmentB(x.GetWord(2), x.GetWord(3)));
                        }
                    }

                    // ---- in base 2, with what no row of the tree sees far below
                    ArrayView<float> s = LocalMemory.Allocate<float>(4 * columnTiles);
                    for (int j = 0; j < columnTiles; j++)
                    {
                        Accumulator all = scores[j];
                        if (chains == 2)
                        {
                            Accumulator second = scores[columnTiles + j];
                            all = new Accumulator(all.X0 + second.X0, all.X1 + second.X1, all.X2 + second.X2, all.X3 + second.X3);
                        }

                        s[4 * j] = all.X0 * (scale * Log2E);
                        s[(4 * j) + 1] = all.X1 * (scale * Log2E);
                        s[(4 * j) + 2] = all.X2 * (scale * Log2E);
                        s[(4 * j) + 3] = all.X3 * (scale * Log2E);
                    }

                    if ((tile + 1) * TreeKeys > now.Prefix) HideUnseen(s, seen, (tile * TreeKeys) + (warp * TreeKeysOfWarp) + g - now.Prefix, now.End - now.Prefix, columnTiles);
                    bool higher = false;
                    for (int i = 0; i < 4 * columnTiles; i++) higher |= s[i] > max[(i / 4 * 2) + (i & 1)] + OnlineSoftmax.Headroom;

                    // ---- the maximum moves for all warps together or not at all
                    if (Group.BarrierOr(higher)) RaiseMaximum(s, max, sum, output, shares, tilesOfWarp, columnTiles);

                    // ---- every warp is past the previous tile: its slot is filled again
                    Issue(slot == 0 ? stages - 1 : slot - 1);

                    // ---- P^T = exp2(S^T - m), in place of the keys
                    ArrayView<uint> words = tileOfKeys.Cast<uint>();
                    int storeAt = ((warp * TreeKeysOfWarp * pitch) + (g * pitchOfP) + (2 * t)) / 2;
                    for (int j = 0; j < columnTiles; j++)
                    {
                        for (int i = 0; i < 4; i++)
                        {
                            s[(4 * j) + i] = XMath.FastExp2(s[(4 * j) + i] - max[(2 * j) + (i & 1)]);
                            sum[(2 * j) + (i & 1)] += s[(4 * j) + i];
                        }

                        words[storeAt + (j * 4)] = Pair<T>(s[4 * j], s[(4 * j) + 1]);
                        words[storeAt + (j * 4) + (4 * pitchOfP)] = Pair<T>(s[(4 * j) + 2], s[(4 * j) + 3]);
                    }

                    AsyncCopy.Wait((2 * stages) - 2);
                    Group.Barrier();
                    AddValues(output, tileOfKeys, ringOfValues.SubView(slot * tileElements, tileElements), tilesOfWarp, headDim, columnTiles);
                    slot = slot + 1 == stages ? 0 : slot + 1;
                }

                SumOverWarps(sum, shares, columnTiles);
                bool whole = tiles == now.Tiles;
                if (whole)
                {
                    StoreWhole(output, sum, rows, y, now.Place, keyValueHead, firstColumn, columns, rowsPerSequence, queryHeads, headsOfKey, headDim, tilesOfWarp, columnTiles);
                }
                else
                {
                    StorePart(output, max, sum, partials.SubView(((2L * Grid.IdxX) + (firstTile == 0 ? 1 : 0)) * columnsOfItem * PartPitch(headDim)), columns, headDim, tilesOfWarp, columnTiles);
                    int cut = firstTile == 0 ? CutFields : 0;
                    if (Group.IdxX == 0)
                    {
                        cuts[cut] = (now.Place * items) + now.Item;
                        cuts[cut + 1] = place - firstTile;
                        cuts[cut + 2] = now.Tiles;
                    }
                }

                place += tiles;
                now.NextItem(rows, sequences, items, rowsPerSequence, layout.Slots);
            }

            if (mergeHere)
            {
                // The item that was cut at our begin, then the one that is cut at our end: one copy of the code.
                int cut = 0;
                while (cut < 2 * CutFields)
                {
                    int item = Group.Broadcast(cuts[cut], 0), start = cuts[cut + 1], tiles = cuts[cut + 2], firstPiece = start / share, pieces = ((start + tiles - 1) / share) - firstPiece + 1;
                    if (item >= 0 && ArrivesLast(arrivals, shares, item, pieces))
                    {
                        int inSequence = item % items, firstColumn = inSequence % blocks * columnsOfItem, columns = XMath.Min(columnsOfItem, (rowsPerSequence * headsOfKey) - firstColumn);
                        JoinItem(
                            rows, partials, y, firstPiece, pieces, columnsOfItem, columns, item / items, inSequence / blocks, firstColumn, rowsPerSequence, queryHeads, headsOfKey, headDim);
                    }

                    cut += CutFields;
                }
            }

            // Where a lane finds its first chunk of the next tile. Carried along rather than computed: from an address that depends on the number of the tile alone, the compiler would
            // make one for every copy and keep them all.
            void FindNext()
            {
                int lanesOfRow = TreeLanesOfRow(headDim);
                nextStart = (next.Sequence * layout.SequenceStride) + ((long)(next.Item / blocks) * layout.HeadStride);
                nextFrom = (((next.Tile * TreeKeys) + (warp * TreeKeysOfWarp) + (lane / lanesOfRow)) * layout.SlotStride) + (lane % lanesOfRow * ChunkElements);
            }

            // The next tile on its way into a slot; without one empty groups of copies, so that waiting counts alike.
            void Issue(int into)
            {
                int at = (into * tileElements) + (warp * TreeKeysOfWarp * pitch), left = next.End - (next.Tile * TreeKeys) - (warp * TreeKeysOfWarp);
                bool more = loaded < count;
                if (more) CopyRows(ringOfKeys, at, keys.SubView(nextStart), nextFrom, layout.SlotStride, left, false, headDim);
                AsyncCopy.Commit();
                if (more) CopyRows(ringOfValues, at, values.SubView(nextStart), nextFrom, layout.SlotStride, left, true, headDim);
                AsyncCopy.Commit();
                if (more)
                {
                    loaded++;
                    next.Tile++;
                    nextFrom += TreeKeys * layout.SlotStride;
                    if (next.Tile == next.Tiles)
                    {
                        next.NextItem(rows, sequences, items, rowsPerSequence, layout.Slots);
                        FindNext();
                    }
                }
            }
        }

        if (!waited) Grid.DependencySynchronize();
        for (int row = Grid.IdxX; row < sequences * rowsPerSequence; row += Grid.DimX)
        {
            if (rows[row].Sequence < 0)
                for (int i = Group.IdxX; i < queryHeads * headDim; i += TreeThreads) y[((long)row * queryHeads * headDim) + i] = Element.FromFloat<T>(0f);
        }
    }

    // O^T += V^T P^T for a warp's elements of the head.
    private static void AddValues<T>(ArrayView<Accumulator> output, ArrayView<T> tileOfP, ArrayView<T> tileOfValues, int tilesOfWarp, int headDim, int columnTiles) where T : unmanaged
    {
        int lane = Warp.LaneIdx, pitch = TreePitch(headDim), pitchOfP = TreePitchOfP(columnTiles), keyOfLane = (lane & 7) + ((lane >> 4) * 8), half = (lane >> 3) & 1;
        int loadAt = (((lane & 7) + (((lane >> 3) & 1) * 8)) * pitchOfP) + ((lane >> 4) * 8);
        for (int k = 0; k < TreeKeys / 16; k++)
        {
            ArrayView<UInt4> p = LocalMemory.Allocate<UInt4>((columnTiles + 1) / 2);
            for (int j = 0; j < columnTiles / 2; j++) p[j] = LoadMatrix.X4Transposed(tileOfP, loadAt + (k * 16 * pitch) + (j * 16));
            if (columnTiles % 2 == 1)
            {
                UInt2 last = LoadMatrix.X2Transposed(tileOfP, loadAt - ((lane >> 4) * 8) + (k * 16 * pitch) + ((columnTiles - 1) * 8));
                p[columnTiles / 2] = new UInt4(last.X, last.Y, 0, 0);
            }

            for (int d = 0; d < tilesOfWarp; d++)
            {
                int tileOfHead = (Warp.WarpIdx * tilesOfWarp) + d;
                if (headDim / 16 % TreeWarps == 0 || tileOfHead < headDim / 16)
                {
                    var v = new FragmentA(LoadMatrix.X4Transposed(tileOfValues, TreeChunk((k * 16) + keyOfLane, (tileOfHead * 2) + half, headDim, true)));
                    for (int j = 0; j < columnTiles; j++)
                    {
                        UInt4 pair = p[j / 2];
                        Mma.M16N8K16<T>(ref output[(d * columnTiles) + j], v, new FragmentB((j & 1) == 0 ? pair.X : pair.Z, (j & 1) == 0 ? pair.Y : pair.W));
                    }
                }
            }
        }
    }

    // Elements from a key of P^T to the next: an odd number of chunks, so that eight keys lie in eight different places.
    private static int TreePitchOfP(int columnTiles) => (columnTiles | 1) * ChunkElements;

    // Two numbers in one register, rounded.
    private static uint Pair<T>(float low, float high) where T : unmanaged
    {
        Packed<T> pair = default;
        pair.SetFloat(0, low);
        pair.SetFloat(1, high);
        return pair.GetWord(0);
    }
}
