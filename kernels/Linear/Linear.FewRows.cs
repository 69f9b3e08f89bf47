namespace LbrCore.Kernels;

// Linear.FewRows
// purpose   m = 1..16: reads w once, as fast as memory delivers it.
// mapping   mma.m16n8k16 with 16 rows of w as operand A and x^T, padded to 8 (or 16) columns, as operand B. The index l runs over a sum, so any permutation
//           of it that is the same in w and x leaves y alone. It is chosen so that what a lane needs lies together: in a block of 32 l, the lane with
//           g = lane / 4, t = lane % 4 loads the 16 bytes w[row g][8t .. 8t + 7] and gives words 0 and 1 to one product and words 2 and 3 to the next
//           (slots 2t, 2t + 1 <- 8t, 8t + 1 and 2t + 8, 2t + 9 <- 8t + 2, 8t + 3). Operand B's lane (g, t) needs x[row g] at the same l: the same
//           16 bytes. So w goes from memory to registers in 16-byte loads, without shared memory and without ldmatrix; a unit of 64 l is two such loads, one
//           cache line a row.
//           A group owns one tile of rows of w at a time and its warps split k: unit u goes to warp u mod warps. Their sums meet in shared memory, one barrier a
//           tile. A tile has 16 rows, or 12 where that spreads w more evenly over the multiprocessors (1536 rows: 128 groups instead of 96); the rows
//           that operand A has beyond are zero and are not read.
// traffic   2 n k bytes of w, once; 2 m operations a byte, against over 200 that the chip offers: bound by memory. Every lane has 64 * units bytes in flight.
// numerics  two sums a lane (halves of a unit), then warps in order: the same bits on every run
// source    PTX ISA, Matrix Fragments for mma.m16n8k16
// measured  H100 SXM, bfloat16, m = 3, dependent launch: k = 1536, n = 17920 19.5 us (91% of the read bandwidth), n = 151936 160 us (94%), n = 2048 3.1 us (1.8 times as fast as
//           PyTorch); k = 8960, n = 1536 11.0 us (81%)
public static partial class Linear
{
    /// <summary>Rows of operand A.</summary>
    private const int FragmentRows = 16;

    /// <summary>Rows of x in a product: the columns of operand B.</summary>
    private const int FewRowsColumns = 8;

    /// <summary>Positions of k in a unit.</summary>
    private const int FewRowsUnit = 64;

    /// <summary>Floats between the sums of neighbouring rows of x: with 20 the four t of a fragment hit different banks.</summary>
    private const int FewRowsPitch = 20;

    /// <summary>y = x w^T (+ bias) (+ residual) for a few rows of x.</summary>
    /// <param name="x">[m, k], 16-byte aligned.</param>
    /// <param name="weight">[n, k], 16-byte aligned.</param>
    /// <param name="bias">[n], or empty for none.</param>
    /// <param name="residual">[m, n], or empty for none; may be <paramref name="y"/>.</param>
    /// <param name="y">[m, n]. Written.</param>
    /// <param name="m">Rows of x, at most 8 rowTiles.</param>
    /// <param name="n">Rows of w.</param>
    /// <param name="k">Columns of both, a multiple of 8.</param>
    /// <param name="tile">Rows of w in a tile: 16, 12 or 8.</param>
    /// <param name="rowTiles">8 rows of x each.</param>
    /// <param name="units">Units of k that a warp loads at once.</param>
    /// <param name="warps">Warps of a group.</param>
    /// <param name="buffers">2: the next load is in flight while this one is multiplied; 1: not.</param>
    /// <param name="keepInputs">The warp's part of x stays in registers: k is at most 64 * units * warps.</param>
    [Kernel(Contract = nameof(CheckFewRows))]
    [Variant(typeof(BFloat16), typeof(BFloat16), 16, 1, 1, 24, 1, true, GroupSize = 768)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 16, 2, 2, 12, 2, true, GroupSize = 384)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 16, 1, 2, 12, 2, false, GroupSize = 384)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 12, 1, 2, 12, 2, false, GroupSize = 384)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 16, 2, 2, 8, 2, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(BFloat16), 12, 2, 2, 8, 2, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), typeof(float), 16, 1, 1, 24, 1, true, GroupSize = 768)]
    [Variant(typeof(BFloat16), typeof(float), 16, 2, 2, 12, 2, true, GroupSize = 384)]
    [Variant(typeof(BFloat16), typeof(float), 16, 2, 2, 8, 2, false, GroupSize = 256)]
    [Variant(typeof(Half), typeof(Half), 16, 1, 2, 12, 2, false, GroupSize = 384)]
    [Variant(typeof(Half), typeof(Half), 16, 2, 2, 8, 2, false, GroupSize = 256)]
    [Variant(typeof(Half), typeof(float), 16, 2, 2, 8, 2, false, GroupSize = 256)]
    public static void FewRows<T, TOut>(
        ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, int m, int n, int k,
        [Const] int tile, [Const] int rowTiles, [Const] int units, [Const] int warps, [Const] int buffers, [Const] bool keepInputs)
        where T : unmanaged
        where TOut : unmanaged
    {
        int sumsOfWarp = rowTiles * FewRowsColumns * FewRowsPitch;
        ArrayView<float> sums = SharedMemory.Allocate<float>(2 * warps * sumsOfWarp);
        int lane = Warp.LaneIdx, warp = Warp.WarpIdx, g = lane >> 2, t = lane & 3;
        int tiles = (n + tile - 1) / tile, allUnits = (k + FewRowsUnit - 1) / FewRowsUnit;
        int stages = keepInputs ? 1 : XMath.Max(1, (allUnits + (warps * units) - 1) / (warps * units));

        // Two chains of sums, one a half unit: [half][row tile].
        ArrayView<Accumulator> sum = LocalMemory.Allocate<Accumulator>(2 * rowTiles);
        // [unit][row g, row g + 8][half]
        ArrayView<Packed<T>> weights0 = LocalMemory.Allocate<Packed<T>>(units * 4), weights1 = LocalMemory.Allocate<Packed<T>>(units * 4);
        // [unit][row tile][half]
        ArrayView<Packed<T>> inputs0 = LocalMemory.Allocate<Packed<T>>(units * rowTiles * 2), inputs1 = LocalMemory.Allocate<Packed<T>>(units * rowTiles * 2);

        // What is multiplied, and what is loaded.
        int thisTile = Grid.IdxX, thisStage = 0, nextTile = Grid.IdxX, nextStage = 0, parity = 0;
        Grid.TriggerLaunchCompletion();
        if (thisTile < tiles) LoadWeights(weights0, thisTile, 0);
        Grid.DependencySynchronize();
        LoadInputs(inputs0, 0);
        while (thisTile < tiles)
        {
            Step(weights0, inputs0, weights1, inputs1);
            if (buffers == 2 && thisTile < tiles) Step(weights1, inputs1, weights0, inputs0);
        }

        void Step(ArrayView<Packed<T>> weights, ArrayView<Packed<T>> inputs, ArrayView<Packed<T>> nextWeights, ArrayView<Packed<T>> nextInputs)
        {
            Advance(ref nextTile, ref nextStage);
            if (buffers == 2 && nextTile < tiles)
            {
                LoadWeights(nextWeights, nextTile, nextStage);
                if (!keepInputs) LoadInputs(nextInputs, nextStage);
            }

            if (keepInputs) Multiply(weights, inputs0);
            else Multiply(weights, inputs);
            if (buffers == 1 && nextTile < tiles)
            {
                LoadWeights(weights, nextTile, nextStage);
                if (!keepInputs) LoadInputs(inputs, nextStage);
            }

            int done = thisTile;
            Advance(ref thisTile, ref thisStage);
            if (thisStage == 0) Finish(done);
        }

        void Advance(ref int ofTile, ref int ofStage)
        {
            ofStage++;
            if (ofStage == stages)
            {
                ofStage = 0;
                ofTile += Grid.DimX;
            }
        }

        void LoadWeights(ArrayView<Packed<T>> weights, int ofTile, int ofStage)
        {
            // Rows past the end read the last row: they are never stored, and need no predicate.
            int firstRow = ofTile * tile, lastRow = n - 1 - firstRow;
            ArrayView<T> rows = weight.SubView((long)firstRow * k);
            int upper = (XMath.Min(g, lastRow) * k) + (8 * t), lower = (XMath.Min(g + 8, lastRow) * k) + (8 * t);
            for (int u = 0; u < units; u++)
            {
                for (int half = 0; half < 2; half++)
                {
                    int at = ((warp + (warps * ((ofStage * units) + u))) * FewRowsUnit) + (half * 32);
                    bool inside = at + (8 * t) < k;
                    weights[(u * 4) + half] = inside ? rows.LoadPacked(upper + at, CacheHint.Streaming) : default;
                    weights[(u * 4) + 2 + half] = inside && g + 8 < tile ? rows.LoadPacked(lower + at, CacheHint.Streaming) : default;
                }
            }
        }

        void LoadInputs(ArrayView<Packed<T>> inputs, int ofStage)
        {
            for (int u = 0; u < units; u++)
            {
                for (int j = 0; j < rowTiles; j++)
                {
                    for (int half = 0; half < 2; half++)
                    {
                        int row = (j * FewRowsColumns) + g;
                        int at = ((warp + (warps * ((ofStage * units) + u))) * FewRowsUnit) + (half * 32) + (8 * t);
                        inputs[(((u * rowTiles) + j) * 2) + half] = row < m && at < k ? x.LoadPacked((row * k) + at) : default;
                    }
                }
            }
        }

        void Multiply(ArrayView<Packed<T>> weights, ArrayView<Packed<T>> inputs)
        {
            for (int u = 0; u < units; u++)
            {
                for (int half = 0; half < 2; half++)
                {
                    for (int j = 0; j < rowTiles; j++)
                        MultiplyBlock(ref sum[(half * rowTiles) + j], weights[(u * 4) + half], weights[(u * 4) + 2 + half], inputs[(((u * rowTiles) + j) * 2) + half]);
                }
            }
        }

        void Finish(int ofTile)
        {
            // Alternating halves of `sums`: a warp reaches tile i + 2 only past barrier i + 1, which every reader of tile i has passed.
            ArrayView<float> all = sums.SubView(parity * warps * sumsOfWarp, warps * sumsOfWarp);
            parity ^= 1;
            for (int j = 0; j < rowTiles; j++)
            {
                int at = (warp * sumsOfWarp) + (((j * FewRowsColumns) + (2 * t)) * FewRowsPitch) + g;
                Accumulator first = sum[j], second = sum[rowTiles + j];
                all[at] = first.X0 + second.X0;
                all[at + FewRowsPitch] = first.X1 + second.X1;
                all[at + 8] = first.X2 + second.X2;
                all[at + FewRowsPitch + 8] = first.X3 + second.X3;
                sum[j] = default;
                sum[rowTiles + j] = default;
            }

            Group.Barrier();
            for (int output = Group.IdxX; output < rowTiles * FewRowsColumns * FragmentRows; output += warps * Warp.WarpSize)
            {
                int row = output / FragmentRows, rowOfTile = output % FragmentRows, column = (ofTile * tile) + rowOfTile;
                float total = 0f;
                for (int i = 0; i < warps; i++) total += all[(i * sumsOfWarp) + (row * FewRowsPitch) + rowOfTile];
                if (row < m && rowOfTile < tile && column < n) Store(total, bias, residual, y, row, column, n);
            }
        }
    }

    // 16 rows of w by 8 rows of x over 32 positions of k, permuted as described above.
    private static void MultiplyBlock<T>(ref Accumulator sum, Packed<T> upper, Packed<T> lower, Packed<T> inputs) where T : unmanaged
    {
        Mma.M16N8K16<T>(ref sum, new FragmentA(upper.GetWord(0), lower.GetWord(0), upper.GetWord(1), lower.GetWord(1)), new FragmentB(inputs.GetWord(0), inputs.GetWord(1)));
        Mma.M16N8K16<T>(ref sum, new FragmentA(upper.GetWord(2), lower.GetWord(2), upper.GetWord(3), lower.GetWord(3)), new FragmentB(inputs.GetWord(2), inputs.GetWord(3)));
    }

    private static void CheckFewRows<T, TOut>(
        LaunchContract contract, ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, int m, int n, int k,
        int tile, int rowTiles, int units, int warps, int buffers, bool keepInputs)
        where T : unmanaged
        where TOut : unmanaged
    {
        CheckShapes(contract, x, weight, bias, residual, y, m, n, k);
        CheckPacked(contract, x, weight, k);
        contract.InRange(m, 0, rowTiles * FewRowsColumns);
        contract.Require(!keepInputs || k <= FewRowsUnit * units * warps, $"k is {k}; with x in registers it is at most {FewRowsUnit * units * warps}");
    }

    private static void CheckPacked<T>(LaunchContract contract, ArrayView<T> x, ArrayView<T> weight, int k) where T : unmanaged
    {
        contract.MultipleOf(k, Packed<T>.Count);
        contract.Aligned(x, 16);
        contract.Aligned(weight, 16);
    }
}
