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

    /// <summary>Most slots behind the prefix that rows of <see cref="Tree"/> can see.</summary>
    internal const int MaximumTreeSlots = 128;

    private const int TreeWarps = 4;

    /// <summary>Bits of the slots that a column sees, in words.</summary>
    private const int SeenWords = MaximumTreeSlots / 32;

    private const int TreeThreads = TreeWarps * Warp.WarpSize;

    /// <summary>What a score may exceed the running maximum by, in base 2.</summary>
    private const float Headroom = 8f;

    /// <summary>Where maxima start: below every score, yet finite, so that its difference to itself is 0 and what is hidden (-infinity) weighs nothing.</summary>
    private const float Lowest = -1e30f;

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
    [Kernel(GroupSize = TreeThreads, Contract = nameof(CheckTree))]
    [Variant(typeof(BFloat16), 128, 1, 3)]
    [Variant(typeof(BFloat16), 128, 2, 3)]
    [Variant(typeof(BFloat16), 128, 3, 3)]
    [Variant(typeof(BFloat16), 128, 4, 3)]
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
        int chunksOf32 = (headDim + 31) / 32, pitch = TreePitch(headDim), tileElements = TreeKeys * pitch, pitchOfP = (columnTiles | 1) * ChunkElements;
        int tilesOfHead = headDim / 16, tilesOfWarp = (tilesOfHead + TreeWarps - 1) / TreeWarps, columnsOfItem = columnTiles * 8, chains = columnTiles <= 2 ? 2 : 1;
        ArrayView<T> ringOfKeys = SharedMemory.GetDynamic<T>(), ringOfValues = ringOfKeys.SubView(stages * tileElements), sharedQueries = ringOfKeys.SubView(2 * stages * tileElements);
        ArrayView<float> shares = SharedMemory.Allocate<float>(TreeWarps * columnsOfItem);
        ArrayView<uint> seen = SharedMemory.Allocate<uint>(columnsOfItem * SeenWords);
        ArrayView<int> parentOf = SharedMemory.Allocate<int>(MaximumTreeSlots);
        int lane = Warp.LaneIdx, warp = Warp.WarpIdx, g = lane >> 2, t = lane & 3;
        int fromKeys = TreeChunk((warp * 16) + g, t, headDim, false);
        int headsOfKey = queryHeads / keyValueHeads, blocks = ((rowsPerSequence * headsOfKey) + columnsOfItem - 1) / columnsOfItem, items = keyValueHeads * blocks;

        Grid.TriggerLaunchCompletion();
        bool waited = !early;
        if (waited) Grid.DependencySynchronize();
        int total = TreeCursor.Total(rows, sequences, items, rowsPerSequence, layout.Slots);
        int share = XMath.Max(leastTiles, (total + Grid.DimX - 1) / Grid.DimX), begin = Grid.IdxX * share, count = XMath.Min(share, total - begin);
        if (count > 0)
        {
            TreeCursor next = default, now = default;
            now.Find(rows, sequences, items, rowsPerSequence, layout.Slots, begin);
            next = now;
            int loaded = 0, slot = 0, place = begin, cutAtBegin = -1, cutAtBeginStart = 0, cutAtBeginTiles = 0, cutAtEnd = -1, cutAtEndStart = 0, cutAtEndTiles = 0;
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
                LoadQueries(keyValueHead, firstColumn, columns);
                if ((firstTile + tiles) * TreeKeys > now.Prefix) FindSeen(firstColumn);
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

                    if ((tile + 1) * TreeKeys > now.Prefix) HideUnseen(s, (tile * TreeKeys) + (warp * 16) + g - now.Prefix, now.End - now.Prefix);
                    bool higher = false;
                    for (int i = 0; i < 4 * columnTiles; i++) higher |= s[i] > max[(i / 4 * 2) + (i & 1)] + Headroom;

                    // ---- the maximum moves for all warps together or not at all
                    if (Group.BarrierOr(higher)) RaiseMaximum(s, max, sum, output);

                    // ---- every warp is past the previous tile: its slot is filled again
                    Issue(slot == 0 ? stages - 1 : slot - 1);

                    // ---- P^T = exp2(S^T - m), in place of the keys
                    ArrayView<uint> words = tileOfKeys.Cast<uint>();
                    int storeAt = ((warp * 16 * pitch) + (g * pitchOfP) + (2 * t)) / 2;
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
                    AddValues(output, tileOfKeys);
                    slot = slot + 1 == stages ? 0 : slot + 1;
                }

                SumOverWarps(sum);
                bool whole = tiles == now.Tiles;
                if (whole)
                {
                    StoreWhole(output, sum, keyValueHead, firstColumn, columns);
                }
                else
                {
                    StorePart(output, max, sum, (2 * Grid.IdxX) + (firstTile == 0 ? 1 : 0), columns);
                    int item = (now.Place * items) + now.Item;
                    if (firstTile == 0)
                    {
                        cutAtEnd = item;
                        cutAtEndStart = place;
                        cutAtEndTiles = now.Tiles;
                    }
                    else
                    {
                        cutAtBegin = item;
                        cutAtBeginStart = place - firstTile;
                        cutAtBeginTiles = now.Tiles;
                    }
                }

                place += tiles;
                now.NextItem(rows, sequences, items, rowsPerSequence, layout.Slots);
            }

            if (mergeHere)
            {
                // The item that was cut at our begin, then the one that is cut at our end: one copy of the code.
                while (cutAtBegin >= 0 || cutAtEnd >= 0)
                {
                    if (cutAtBegin >= 0) JoinIfLast(cutAtBegin, cutAtBeginStart, cutAtBeginTiles);
                    cutAtBegin = cutAtEnd;
                    cutAtBeginStart = cutAtEndStart;
                    cutAtBeginTiles = cutAtEndTiles;
                    cutAtEnd = -1;
                }
            }

            // The next tile on its way into a slot; without one empty groups of copies, so that waiting counts alike.
            void Issue(int into)
            {
                bool more = loaded < count;
                if (more) CopyTile(ringOfKeys, into * tileElements, keys, false);
                AsyncCopy.Commit();
                if (more) CopyTile(ringOfValues, into * tileElements, values, true);
                AsyncCopy.Commit();
                if (more)
                {
                    loaded++;
                    next.Tile++;
                    if (next.Tile == next.Tiles) next.NextItem(rows, sequences, items, rowsPerSequence, layout.Slots);
                }
            }

            // A warp's 16 rows of a tile. Keys past the end and elements past the head become zero.
            void CopyTile(ArrayView<T> ring, int at, ArrayView<T> from, bool isValues)
            {
                ArrayView<T> head = from.SubView((next.Sequence * layout.SequenceStride) + ((long)(next.Item / blocks) * layout.HeadStride));
                int chunks = 4 * chunksOf32, firstKey = (next.Tile * TreeKeys) + (warp * 16), left = next.End - firstKey;
                if (headDim % 64 == 0)
                {
                    // A lane keeps its chunk and goes down the rows. The swizzle is linear in the bits of the row: that of the lane's first row, xor a constant for each step.
                    int rowsOfStep = Warp.WarpSize / chunks, row = lane / chunks, chunk = lane % chunks;
                    int to = at + (warp * 16 * pitch) + TreeChunk(row, chunk, headDim, isValues), source = ((firstKey + row) * layout.SlotStride) + (chunk * ChunkElements), step = rowsOfStep * layout.SlotStride;
                    left -= row;
                    for (int i = 0; i < chunks / 2; i++)
                    {
                        int down = i * rowsOfStep;
                        AsyncCopy.Copy16(ring, (to ^ (TreeSwizzle(down, isValues) * ChunkElements)) + (down * pitch), head, source, left > down);
                        source += step;
                    }
                }
                else
                {
                    for (int i = 0; i < chunks / 2; i++)
                    {
                        int e = lane + (Warp.WarpSize * i), row = e / chunks, chunk = e % chunks;
                        AsyncCopy.Copy16(
                            ring, at + (warp * 16 * pitch) + TreeChunk(row, chunk, headDim, isValues), head, ((firstKey + row) * layout.SlotStride) + (chunk * ChunkElements),
                            left > row && chunk * ChunkElements < headDim);
                    }
                }
            }

            // Q as operand B of all column tiles, by all warps.
            void LoadQueries(int keyValueHead, int firstColumn, int columns)
            {
                for (int i = 0; i < ((chunksOf32 * columnTiles) + TreeWarps - 1) / TreeWarps; i++)
                {
                    int piece = warp + (i * TreeWarps), column = (piece % columnTiles * 8) + g, element = (piece / columnTiles * 32) + (8 * t);
                    if (piece < chunksOf32 * columnTiles)
                    {
                        Packed<T> x = default;
                        int row = (now.Place * rowsPerSequence) + ((firstColumn + column) / headsOfKey), head = (keyValueHead * headsOfKey) + ((firstColumn + column) % headsOfKey);
                        if (column < columns && element < headDim) x = queries.LoadPacked(((long)row * queryStride) + (head * headDim) + element);
                        sharedQueries.StorePacked(((piece * Warp.WarpSize) + lane) * ChunkElements, x);
                    }
                }
            }

            // For each column the slots behind the prefix that its row sees, as bits.
            void FindSeen(int firstColumn)
            {
                int thread = Group.IdxX, treeSlots = XMath.Min(now.End - now.Prefix, MaximumTreeSlots), parent = -1;
                if (thread > 0 && thread < treeSlots) parent = parents[((long)now.Sequence * layout.Slots) + now.Prefix + thread] - now.Prefix;
                parentOf[thread] = parent < thread ? parent : -1;
                for (int i = thread; i < columnsOfItem * SeenWords; i += TreeThreads) seen[i] = 0;
                Group.Barrier();
                if (thread < columnsOfItem)
                {
                    int node = now.First - now.Prefix + ((firstColumn + thread) / headsOfKey);
                    while (node >= 0 && node < treeSlots)
                    {
                        seen[(thread * SeenWords) + (node >> 5)] |= 1u << (node & 31);
                        node = parentOf[node];
                    }
                }
            }

            void HideUnseen(ArrayView<float> s, int behind, int treeSlots)
            {
                for (int i = 0; i < 4 * columnTiles; i++)
                {
                    int column = (i / 4 * 8) + (2 * t) + (i & 1), slotOfTree = behind + ((i & 2) * 4);
                    if (slotOfTree >= 0)
                    {
                        bool sees = slotOfTree < treeSlots && slotOfTree < MaximumTreeSlots;
                        if (sees) sees = ((seen[(column * SeenWords) + (slotOfTree >> 5)] >> (slotOfTree & 31)) & 1u) != 0;
                        if (!sees) s[i] = float.NegativeInfinity;
                    }
                }
            }

            void RaiseMaximum(ArrayView<float> s, ArrayView<float> max, ArrayView<float> sum, ArrayView<Accumulator> output)
            {
                for (int i = 0; i < 2 * columnTiles; i++)
                {
                    float top = XMath.Max(s[(i / 2 * 4) + (i & 1)], s[(i / 2 * 4) + (i & 1) + 2]);
                    top = XMath.Max(top, Warp.ShuffleXor(top, 4));
                    top = XMath.Max(top, Warp.ShuffleXor(top, 8));
                    top = XMath.Max(top, Warp.ShuffleXor(top, 16));
                    if (g == 0) shares[(warp * columnsOfItem) + (i / 2 * 8) + (2 * t) + (i & 1)] = top;
                }

                Group.Barrier();
                for (int i = 0; i < 2 * columnTiles; i++)
                {
                    float top = max[i];
                    for (int w = 0; w < TreeWarps; w++) top = XMath.Max(top, shares[(w * columnsOfItem) + (i / 2 * 8) + (2 * t) + (i & 1)]);
                    float shrink = XMath.FastExp2(max[i] - top);
                    max[i] = top;
                    sum[i] *= shrink;
                    for (int d = 0; d < tilesOfWarp; d++)
                    {
                        Accumulator o = output[(d * columnTiles) + (i / 2)];
                        output[(d * columnTiles) + (i / 2)] = (i & 1) == 0
                            ? new Accumulator(o.X0 * shrink, o.X1, o.X2 * shrink, o.X3) : new Accumulator(o.X0, o.X1 * shrink, o.X2, o.X3 * shrink);
                    }
                }
            }

            // O^T += V^T P^T for this warp's elements of the head.
            void AddValues(ArrayView<Accumulator> output, ArrayView<T> tileOfP)
            {
                ArrayView<T> tileOfValues = ringOfValues.SubView(slot * tileElements, tileElements);
                int keyOfLane = (lane & 7) + ((lane >> 4) * 8), half = (lane >> 3) & 1;
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
                        int tileOfHead = (warp * tilesOfWarp) + d;
                        if (tilesOfHead % TreeWarps == 0 || tileOfHead < tilesOfHead)
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

            void SumOverWarps(ArrayView<float> sum)
            {
                for (int i = 0; i < 2 * columnTiles; i++)
                {
                    sum[i] += Warp.ShuffleXor(sum[i], 4);
                    sum[i] += Warp.ShuffleXor(sum[i], 8);
                    sum[i] += Warp.ShuffleXor(sum[i], 16);
                    if (g == 0) shares[(warp * columnsOfItem) + (i / 2 * 8) + (2 * t) + (i & 1)] = sum[i];
                }

                Group.Barrier();
                for (int i = 0; i < 2 * columnTiles; i++)
                {
                    sum[i] = 0f;
                    for (int w = 0; w < TreeWarps; w++) sum[i] += shares[(w * columnsOfItem) + (i / 2 * 8) + (2 * t) + (i & 1)];
                }
            }

            void StoreWhole(ArrayView<Accumulator> output, ArrayView<float> sum, int keyValueHead, int firstColumn, int columns)
            {
                for (int i = 0; i < 2 * columnTiles; i++)
                {
                    int column = (i / 2 * 8) + (2 * t) + (i & 1);
                    if (column < columns && rows[(now.Place * rowsPerSequence) + ((firstColumn + column) / headsOfKey)].Sequence >= 0)
                    {
                        float inverse = 1f / sum[i];
                        long at = TreeColumn(now.Place, keyValueHead, firstColumn + column, rowsPerSequence, queryHeads, headsOfKey) * headDim;
                        for (int d = 0; d < tilesOfWarp; d++)
                        {
                            int element = (((warp * tilesOfWarp) + d) * 16) + g;
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

            void StorePart(ArrayView<Accumulator> output, ArrayView<float> max, ArrayView<float> sum, int piece, int columns)
            {
                ArrayView<float> part = partials.SubView((long)piece * columnsOfItem * PartPitch(headDim), columnsOfItem * PartPitch(headDim));
                for (int i = 0; i < 2 * columnTiles; i++)
                {
                    int column = (i / 2 * 8) + (2 * t) + (i & 1), at = column * PartPitch(headDim);
                    if (column < columns)
                    {
                        for (int d = 0; d < tilesOfWarp; d++)
                        {
                            int element = (((warp * tilesOfWarp) + d) * 16) + g;
                            Accumulator o = output[(d * columnTiles) + (i / 2)];
                            if (element < headDim)
                            {
                                part[at + element] = (i & 1) == 0 ? o.X0 : o.X1;
                                part[at + element + 8] = (i & 1) == 0 ? o.X2 : o.X3;
                            }
                        }

                        if (warp == 0 && g == 0)
                        {
                            part[at + headDim] = max[i];
                            part[at + headDim + 1] = sum[i];
                        }
                    }
                }
            }

            void JoinIfLast(int item, int start, int tiles)
            {
                int firstPiece = start / share, pieces = ((start + tiles - 1) / share) - firstPiece + 1;
                MemoryFence.DeviceLevel();
                Group.Barrier();
                if (Group.IdxX == 0)
                {
                    shares[0] = Atomic.Add(ref arrivals[item], 1u) == (uint)(pieces - 1) ? 1f : 0f;
                    MemoryFence.DeviceLevel();
                }

                Group.Barrier();
                if (shares[0] != 0f)
                {
                    if (Group.IdxX == 0) arrivals[item] = 0;
                    int ofPlace = item / items, inSequence = item % items, firstColumn = inSequence % blocks * columnsOfItem;
                    int columns = XMath.Min(columnsOfItem, (rowsPerSequence * headsOfKey) - firstColumn);
                    JoinItem(rows, partials, y, firstPiece, pieces, columnsOfItem, columns, ofPlace, inSequence / blocks, firstColumn, rowsPerSequence, queryHeads, headsOfKey, headDim);
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
}
