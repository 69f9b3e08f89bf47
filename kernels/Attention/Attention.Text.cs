namespace LbrCore.Kernels;

// Attention.Text
// purpose   Prompts: many rows that follow each other in a text, each seeing all keys up to its own. Bound by tensor cores.
// mapping   A group of 4 warps owns 64 rows of one head, a warp 16 of them; it keeps O in registers and walks the keys 64 (32) at a time. Scores never leave registers: the layout of
//           S = Q K^T as accumulator is that of operand A in P V. K and V of the next tile travel by cp.async while this one is worked on, one barrier a tile. Two groups a
//           multiprocessor, so that one's exponentials overlap the other's products.
//           Runs. Rows of a group may belong to several texts: each run of rows of one sequence is a walk of its own, in which rows of other runs see nothing. So any mixture of texts
//           is right, and a prompt longer than 64 costs nothing extra.
//           Maximum. As in Attention.Tree it moves only when a score exceeds it by 8; mostly there is no shuffle and no rescaling of O.
//           Shared memory. Chunk c of a row lies at c ^ (row mod 8): ldmatrix reads eight rows of one chunk. Heads of 80 and 96 elements have rows of 128.
//           Order. The last rows, which see most, start first; heads that share keys run side by side.
// traffic   4 headDim operations a pair of a row and a key; L2 serves the keys
// numerics  products and sums in float32, exponentials in base 2, p rounded to the element type before the product with V
// source    Dao, FlashAttention-2 (2023); PTX ISA, Matrix Fragments for mma.m16n8k16
public static partial class Attention
{
    /// <summary>Rows of a group of <see cref="Text"/>.</summary>
    internal const int TextRows = 64;

    private const int TextThreads = 128;

    private const int TextRowsOfWarp = TextRows / (TextThreads / Warp.WarpSize);

    /// <summary>y = softmax(scale q k^T) v where every row sees the slots up to its own.</summary>
    /// <param name="queries">Row r, head h at <c>r * queryStride + h * headDim</c>.</param>
    /// <param name="keys">The layer's keys.</param>
    /// <param name="values">The layer's values.</param>
    /// <param name="rows">[rowCount], all with Prefix = Slot, or padding.</param>
    /// <param name="y">[rowCount, queryHeads * headDim]. Written; zeros for padding.</param>
    /// <param name="logSumExp">[rowCount, queryHeads]. Written; or empty.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="queryStride">Elements from a row of queries to the next.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="keyValueHeads">Key-value heads.</param>
    /// <param name="scale">Factor of the products, above 0.</param>
    /// <param name="layout">Where keys and values lie.</param>
    /// <param name="headDim">Elements of a head: 64, 80, 96, 128 or 256.</param>
    [Kernel(GroupSize = TextThreads, MinGroupsPerMultiprocessor = 2, Contract = nameof(CheckText))]
    [Variant(typeof(BFloat16), 64)]
    [Variant(typeof(BFloat16), 80)]
    [Variant(typeof(BFloat16), 96)]
    [Variant(typeof(BFloat16), 128)]
    [Variant(typeof(BFloat16), 256)]
    [Variant(typeof(Half), 64)]
    [Variant(typeof(Half), 80)]
    [Variant(typeof(Half), 96)]
    [Variant(typeof(Half), 128)]
    [Variant(typeof(Half), 256)]
    public static void Text<T>(
        ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<TokenRow> rows, ArrayView<T> y, ArrayView<float> logSumExp,
        int rowCount, int queryStride, int queryHeads, int keyValueHeads, float scale, CacheLayout layout, [Const] int headDim)
        where T : unmanaged
    {
        int pitch = TextPitch(headDim), keysOfTile = TextKeys(headDim), chunks = headDim / ChunkElements, steps = headDim / 16, tileElements = keysOfTile * pitch;
        bool keepQueries = headDim <= 128;
        ArrayView<T> sharedQueries = SharedMemory.GetDynamic<T>(), ring = sharedQueries.SubView(TextRows * pitch);
        ArrayView<int> sequenceOf = SharedMemory.Allocate<int>(TextRows), slotOf = SharedMemory.Allocate<int>(TextRows);
        int thread = Group.IdxX, lane = Warp.LaneIdx, warp = Warp.WarpIdx, g = lane >> 2, t = lane & 3, firstOfWarp = warp * TextRowsOfWarp;
        int head = Grid.IdxX, firstRow = (Grid.DimY - 1 - Grid.IdxY) * TextRows;
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        if (thread < TextRows)
        {
            TokenRow place = TokenRow.Padding;
            if (firstRow + thread < rowCount) place = rows[firstRow + thread];
            sequenceOf[thread] = place.Sequence;
            slotOf[thread] = place.Slot;
        }

        ArrayView<T> headQueries = queries.SubView(((long)firstRow * queryStride) + (head * headDim));
        for (int i = 0; i < TextRows * chunks / TextThreads; i++)
        {
            int row = (thread + (i * TextThreads)) / chunks, chunk = (thread + (i * TextThreads)) % chunks;
            AsyncCopy.Copy16(sharedQueries, (row * pitch) + ((chunk ^ (row & 7)) * ChunkElements), headQueries, (row * queryStride) + (chunk * ChunkElements), firstRow + row < rowCount);
        }

        Group.Barrier();
        int sequence0 = sequenceOf[firstOfWarp + g], sequence8 = sequenceOf[firstOfWarp + g + 8], slot0 = slotOf[firstOfWarp + g], slot8 = slotOf[firstOfWarp + g + 8];

        // A lane's row is lane mod 8 modulo 8 everywhere, so that the swizzle is one xor with a constant for each step.
        int fromQueries = ((firstOfWarp + (lane & 15)) * pitch) + (((lane >> 4) ^ (lane & 7)) * ChunkElements), fromValues = ((lane & 15) * pitch) + (((lane >> 4) ^ (lane & 7)) * ChunkElements);
        int fromKeys = (((lane & 7) + ((lane >> 4) * 8)) * pitch) + ((((lane >> 3) & 1) ^ (lane & 7)) * ChunkElements);
        ArrayView<Accumulator> output = LocalMemory.Allocate<Accumulator>(headDim / 8);
        ArrayView<FragmentA> fragments = LocalMemory.Allocate<FragmentA>(keepQueries ? steps : 1);
        float max0 = Lowest, max8 = Lowest, sum0 = 0f, sum8 = 0f, factor = scale * Log2E;
        // Copies: a thread keeps its chunk and goes down the rows of a tile. Where the next tile begins is carried along rather than computed: from an address that depends on the
        // number of the tile alone, the compiler would make one for every copy and keep them all.
        int rowsOfCopy = TextThreads / (pitch / ChunkElements), rowOfThread = thread / (pitch / ChunkElements), chunkOfThread = thread % (pitch / ChunkElements);
        int placeOfThread = (rowOfThread * pitch) + ((chunkOfThread ^ (rowOfThread & 7)) * ChunkElements), nextFrom = 0;
        int slotOfRing = 0, run = 0;
        bool haveQueries = false;
        while (run < TextRows)
        {
            // ---- rows run .. end - 1 belong to one sequence
            int sequence = sequenceOf[run];
            uint lower = Warp.Ballot(lane > run && sequenceOf[lane] != sequence), upper = Warp.Ballot(lane + 32 > run && sequenceOf[lane + 32] != sequence);
            int end = Group.Broadcast(lower != 0 ? IntrinsicMath.TrailingZeroCount(lower) : upper != 0 ? 32 + IntrinsicMath.TrailingZeroCount(upper) : TextRows, 0);
            if (sequence >= 0)
            {
                int lastLower = lane >= run && lane < end ? slotOf[lane] : -1, lastUpper = lane + 32 >= run && lane + 32 < end ? slotOf[lane + 32] : -1;
                int last = Group.Broadcast(Warp.ReduceMax(XMath.Max(lastLower, lastUpper)), 0), tiles = (last / keysOfTile) + 1;
                int visible0 = firstOfWarp + g >= run && firstOfWarp + g < end ? slot0 : -1, visible8 = firstOfWarp + g + 8 >= run && firstOfWarp + g + 8 < end ? slot8 : -1;
                int leastVisible = Warp.ReduceMin(XMath.Min(visible0, visible8)), mostVisible = Warp.ReduceMax(XMath.Max(visible0, visible8));
                long start = (sequence * layout.SequenceStride) + ((long)(head / (queryHeads / keyValueHeads)) * layout.HeadStride);
                ArrayView<T> headKeys = keys.SubView(start), headValues = values.SubView(start);
                nextFrom = (rowOfThread * layout.SlotStride) + (chunkOfThread * ChunkElements);
                Issue(headKeys, headValues, 0, slotOfRing, last);
                for (int tile = 0; tile < tiles; tile++)
                {
                    AsyncCopy.Wait(0);
                    Group.Barrier();
                    if (tile + 1 < tiles) Issue(headKeys, headValues, tile + 1, slotOfRing ^ 1, last);
                    if (keepQueries && !haveQueries)
                    {
                        for (int k = 0; k < steps; k++) fragments[k] = new FragmentA(LoadMatrix.X4(sharedQueries, TextStep(fromQueries, k)));
                    }

                    haveQueries = true;
                    if (Warp.Any(tile * keysOfTile <= mostVisible))
                        AddTile(ring.SubView(slotOfRing * 2 * tileElements, 2 * tileElements), (tile * keysOfTile) + (2 * t), (tile + 1) * keysOfTile > leastVisible, visible0, visible8);
                    slotOfRing ^= 1;
                }
            }

            run = end;
        }

        AsyncCopy.Wait(0);
        Group.Barrier();
        Store();

        // Keys, then values, of a tile. What lies beyond all rows' slots becomes zero; what lies beyond one row's is masked.
        void Issue(ArrayView<T> headKeys, ArrayView<T> headValues, int tile, int into, int last)
        {
            int to = (into * 2 * tileElements) + placeOfThread, left = last - (tile * keysOfTile) - rowOfThread, row = 0;
            while (row < keysOfTile)
            {
                for (int i = 0; i < 2; i++)
                {
                    int down = i * rowsOfCopy, place = (to ^ ((down & 7) * ChunkElements)) + (down * pitch);
                    if (chunks == pitch / ChunkElements || chunkOfThread < chunks)
                    {
                        AsyncCopy.Copy16(ring, place, headKeys, nextFrom + (down * layout.SlotStride), left >= down);
                        AsyncCopy.Copy16(ring, place + tileElements, headValues, nextFrom + (down * layout.SlotStride), left >= down);
                    }
                }

                to += 2 * rowsOfCopy * pitch;
                left -= 2 * rowsOfCopy;
                nextFrom += 2 * rowsOfCopy * layout.SlotStride;
                row += 2 * rowsOfCopy;
            }

            AsyncCopy.Commit();
        }

        void AddTile(ArrayView<T> tile, int firstKey, bool masked, int visible0, int visible8)
        {
            // ---- S = Q K^T
            ArrayView<Accumulator> s = LocalMemory.Allocate<Accumulator>(keysOfTile / 8);
            for (int k = 0; k < steps; k++)
            {
                FragmentA query = default;
                if (keepQueries) query = fragments[k];
                else query = new FragmentA(LoadMatrix.X4(sharedQueries, TextStep(fromQueries, k)));
                for (int j = 0; j < keysOfTile / 16; j++)
                {
                    UInt4 pair = LoadMatrix.X4(tile, TextStep(fromKeys, k) + (j * 16 * pitch));
                    Mma.M16N8K16<T>(ref s[2 * j], query, new FragmentB(pair.X, pair.Y));
                    Mma.M16N8K16<T>(ref s[(2 * j) + 1], query, new FragmentB(pair.Z, pair.W));
                }
            }

            // ---- the diagonal, and rows of other runs
            if (masked)
            {
                for (int j = 0; j < keysOfTile / 8; j++)
                {
                    int key = firstKey + (8 * j);
                    s[j] = new Accumulator(
                        key <= visible0 ? s[j].X0 : float.NegativeInfinity, key + 1 <= visible0 ? s[j].X1 : float.NegativeInfinity,
                        key <= visible8 ? s[j].X2 : float.NegativeInfinity, key + 1 <= visible8 ? s[j].X3 : float.NegativeInfinity);
                }
            }

            // ---- softmax: P takes the place of S
            OnlineSoftmax.Raise(s, output, keysOfTile / 8, headDim / 8, factor, ref max0, ref max8, ref sum0, ref sum8);
            for (int j = 0; j < keysOfTile / 8; j++)
            {
                Accumulator p = s[j];
                p.X0 = XMath.FastExp2(XMath.Fma(p.X0, factor, -max0));
                p.X1 = XMath.FastExp2(XMath.Fma(p.X1, factor, -max0));
                p.X2 = XMath.FastExp2(XMath.Fma(p.X2, factor, -max8));
                p.X3 = XMath.FastExp2(XMath.Fma(p.X3, factor, -max8));
                sum0 += p.X0 + p.X1;
                sum8 += p.X2 + p.X3;
                s[j] = p;
            }

            // ---- O += P V
            for (int k = 0; k < keysOfTile / 16; k++)
            {
                Accumulator left = s[2 * k], right = s[(2 * k) + 1];
                var p = new FragmentA(Pair<T>(left.X0, left.X1), Pair<T>(left.X2, left.X3), Pair<T>(right.X0, right.X1), Pair<T>(right.X2, right.X3));
                for (int j = 0; j < headDim / 16; j++)
                {
                    UInt4 pair = LoadMatrix.X4Transposed(tile, TextStep(fromValues, j) + tileElements + (k * 16 * pitch));
                    Mma.M16N8K16<T>(ref output[2 * j], p, new FragmentB(pair.X, pair.Y));
                    Mma.M16N8K16<T>(ref output[(2 * j) + 1], p, new FragmentB(pair.Z, pair.W));
                }
            }
        }

        // O / l, through this warp's own part of Q's place, out in 16-byte pieces.
        void Store()
        {
            sum0 += Warp.ShuffleXor(sum0, 1);
            sum0 += Warp.ShuffleXor(sum0, 2);
            sum8 += Warp.ShuffleXor(sum8, 1);
            sum8 += Warp.ShuffleXor(sum8, 2);
            float inverse0 = sequence0 < 0 ? 0f : 1f / sum0, inverse8 = sequence8 < 0 ? 0f : 1f / sum8;
            ArrayView<uint> staged = sharedQueries.Cast<uint>();
            for (int j = 0; j < headDim / 8; j++)
            {
                int at = (((firstOfWarp + g) * pitch) + ((j ^ g) * ChunkElements) + (2 * t)) / 2;
                staged[at] = Pair<T>(output[j].X0 * inverse0, output[j].X1 * inverse0);
                staged[at + (4 * pitch)] = Pair<T>(output[j].X2 * inverse8, output[j].X3 * inverse8);
            }

            if (logSumExp.IsValid && t == 0)
            {
                int row = firstRow + firstOfWarp + g;
                if (sequence0 >= 0) logSumExp[((long)row * queryHeads) + head] = (max0 + XMath.Log2(sum0)) / Log2E;
                if (sequence8 >= 0) logSumExp[(((long)row + 8) * queryHeads) + head] = (max8 + XMath.Log2(sum8)) / Log2E;
            }

            Warp.Barrier();
            for (int i = 0; i < TextRowsOfWarp * chunks / Warp.WarpSize; i++)
            {
                int row = firstOfWarp + ((lane + (i * Warp.WarpSize)) / chunks), chunk = (lane + (i * Warp.WarpSize)) % chunks;
                Packed<T> piece = sharedQueries.LoadPacked((row * pitch) + ((chunk ^ (row & 7)) * ChunkElements));
                if (firstRow + row < rowCount) y.StorePacked(((((long)firstRow + row) * queryHeads) + head) * headDim + (chunk * ChunkElements), piece);
            }
        }
    }

    /// <summary>Bytes of dynamic shared memory of <see cref="Text"/>.</summary>
    internal static int TextSharedBytes(int headDim) => (TextRows + (4 * TextKeys(headDim))) * TextPitch(headDim) * sizeof(ushort);

    // Two chunks further for each step. The swizzle reaches 64 elements: within them a step is an xor, beyond an addition, so that four addresses serve all steps.
    private static int TextStep(int from, int step) => (from ^ ((step & 3) * 16)) + ((step >> 2) * 64);

    private static int TextPitch(int headDim) => headDim <= 64 ? 64 : headDim <= 128 ? 128 : 256;

    private static int TextKeys(int headDim) => headDim <= 128 ? 64 : 32;

    private static void CheckText<T>(
        LaunchContract contract, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<TokenRow> rows, ArrayView<T> y, ArrayView<float> logSumExp,
        int rowCount, int queryStride, int queryHeads, int keyValueHeads, float scale, CacheLayout layout, int headDim)
        where T : unmanaged
    {
        contract.NonNegative(rowCount);
        contract.Require(scale > 0, $"scale is {scale}; it must be above 0");
        CheckTensorCores(contract, queries, keys, values, layout, queryStride, queryHeads, keyValueHeads, headDim);
        contract.InRange((long)rowCount * queryHeads, 0, int.MaxValue);
        contract.InRange((long)TextRows * queryStride, 0, int.MaxValue);
        contract.Length(queries, rowCount == 0 ? 0 : ((rowCount - 1L) * queryStride) + (queryHeads * headDim));
        contract.Length(rows, rowCount);
        contract.Length(y, (long)rowCount * queryHeads * headDim);
        contract.Aligned(y, 16);
        if (logSumExp.IsValid) contract.Length(logSumExp, (long)rowCount * queryHeads);
        contract.Disjoint(y, queries);
        contract.Disjoint(y, keys);
        contract.Disjoint(y, values);
        contract.DynamicShared(TextSharedBytes(headDim));
        contract.GridAtLeast((queryHeads, CeilingDivide(rowCount, TextRows)));
    }
}
