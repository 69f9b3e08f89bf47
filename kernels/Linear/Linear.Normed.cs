namespace LbrCore.Kernels;

// Linear.Normed
// purpose   m = 1..16, decoding: a projection with the RMSNorm before it and what follows it in one kernel. A kernel of its own costs one or two microseconds of launch and drain, as much
//           as these do of work.
// math      z = rms_norm(x) w^T + bias = r_m (x gamma) w^T + bias,   r_m = 1 / sqrt(mean_k x^2 + epsilon)
//           rotation:  queries and keys of z rotated (Rope.Forward), queries to y, keys and values into the cache
//           SwiGLU:    y = silu(gate) * up,   gate | up = z
// mapping   The product is that of Linear.FewRows. Every warp multiplies its own part of x by gamma in registers and adds up the squares; r joins where the warps' sums meet anyway.
//           Rows g and g + 8 of a tile of w may be any two rows: here the two halves of a rotated pair, or a gate and its up, so that one thread finishes both.
//           What a thread needs for that (bias, rotation, place in the cache) is asked for a tile ahead.
// traffic   2 n k bytes of w, once; x and gamma from L2
// numerics  x gamma is rounded to the element type, the sum is scaled in float32: as close to the exact result as a norm that rounds
public static partial class Linear
{
    /// <summary>RMSNorm, product, and rotation or SwiGLU for a few rows of x.</summary>
    /// <param name="x">[m, k], 16-byte aligned.</param>
    /// <param name="gamma">[k], 16-byte aligned: weight of the norm.</param>
    /// <param name="weight">[n, k], 16-byte aligned.</param>
    /// <param name="bias">[n], or empty for none.</param>
    /// <param name="y">Rotation: [m, n], the queries written, the rest not. SwiGLU: [m, n / 2], written.</param>
    /// <param name="rows">Rotation: [m]. Nothing is stored in the cache for a row of no sequence.</param>
    /// <param name="rotations">Rotation: [m, headDim / 2] of <see cref="Rope.Angles"/>.</param>
    /// <param name="keys">Rotation: the layer's keys. Written at the rows' slots.</param>
    /// <param name="values">Rotation: the layer's values. Written at the rows' slots.</param>
    /// <param name="m">Rows of x, at most 8 rowTiles.</param>
    /// <param name="n">Rows of w: (queryHeads + 2 keyValueHeads) * headDim, or twice the columns of y.</param>
    /// <param name="k">Columns of x and w, a multiple of 8.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="queryHeads">Rotation: query heads.</param>
    /// <param name="keyValueHeads">Rotation: key-value heads.</param>
    /// <param name="headDim">Rotation: elements of a head, a multiple of 16.</param>
    /// <param name="layout">Rotation: where keys and values lie.</param>
    /// <param name="swiGlu">SwiGLU, not rotation.</param>
    /// <param name="rowTiles">8 rows of x each.</param>
    /// <param name="units">Units of k that a warp loads at once.</param>
    /// <param name="warps">Warps of a group.</param>
    /// <param name="buffers">2: the next load is in flight while this one is multiplied; 1: not.</param>
    /// <param name="keepInputs">The warp's part of x stays in registers: k is at most 64 * units * warps.</param>
    [Kernel(Contract = nameof(CheckNormed))]
    [Variant(typeof(BFloat16), false, 1, 1, 24, 1, true, GroupSize = 768)]
    [Variant(typeof(BFloat16), false, 1, 2, 12, 2, false, GroupSize = 384)]
    [Variant(typeof(BFloat16), false, 2, 2, 12, 1, true, GroupSize = 384)]
    [Variant(typeof(BFloat16), false, 2, 2, 8, 2, false, GroupSize = 256)]
    [Variant(typeof(BFloat16), true, 1, 1, 24, 1, true, GroupSize = 768)]
    [Variant(typeof(BFloat16), true, 1, 2, 12, 2, false, GroupSize = 384)]
    [Variant(typeof(BFloat16), true, 2, 2, 12, 2, true, GroupSize = 384)]
    [Variant(typeof(BFloat16), true, 2, 2, 8, 2, false, GroupSize = 256)]
    public static void Normed<T>(
        ArrayView<T> x, ArrayView<T> gamma, ArrayView<T> weight, ArrayView<T> bias, ArrayView<T> y, ArrayView<TokenRow> rows, ArrayView<Float2> rotations, ArrayView<T> keys, ArrayView<T> values,
        int m, int n, int k, float epsilon, int queryHeads, int keyValueHeads, int headDim, CacheLayout layout,
        [Const] bool swiGlu, [Const] int rowTiles, [Const] int units, [Const] int warps, [Const] int buffers, [Const] bool keepInputs)
        where T : unmanaged
    {
        int rowsOfX = rowTiles * FewRowsColumns, sumsOfWarp = rowsOfX * FewRowsPitch;
        ArrayView<float> sums = SharedMemory.Allocate<float>(2 * warps * sumsOfWarp), squaresOf = SharedMemory.Allocate<float>(warps * rowsOfX);
        int lane = Warp.LaneIdx, warp = Warp.WarpIdx, g = lane >> 2, t = lane & 3, tiles = n / FragmentRows, allUnits = (k + FewRowsUnit - 1) / FewRowsUnit;
        int stages = keepInputs ? 1 : XMath.Max(1, (allUnits + (warps * units) - 1) / (warps * units)), tilesOfHead = swiGlu ? 1 : headDim / FragmentRows;

        // The outputs that this thread finishes: of row `row` of x, columns `column` and `column` + 8 of each tile.
        int row = Group.IdxX >> 3, column = Group.IdxX & 7;
        bool finishes = Group.IdxX < rowsOfX * 8 && row < m;
        ArrayView<Accumulator> sum = LocalMemory.Allocate<Accumulator>(2 * rowTiles);
        ArrayView<Packed<T>> weights0 = LocalMemory.Allocate<Packed<T>>(units * 4), weights1 = LocalMemory.Allocate<Packed<T>>(units * 4);
        ArrayView<Packed<T>> inputs0 = LocalMemory.Allocate<Packed<T>>(units * rowTiles * 2), inputs1 = LocalMemory.Allocate<Packed<T>>(units * rowTiles * 2);
        ArrayView<Packed<T>> gammas = LocalMemory.Allocate<Packed<T>>(units * 2);
        ArrayView<float> squares = LocalMemory.Allocate<float>(rowTiles);
        float inverse = 0f, lowBias = 0f, highBias = 0f;
        Float2 turn = new Float2(1f, 0f);
        TokenRow place = TokenRow.Padding;

        int thisTile = Grid.IdxX, thisStage = 0, nextTile = Grid.IdxX, nextStage = 0, parity = 0;
        bool isFirst = true;
        Grid.TriggerLaunchCompletion();
        if (thisTile < tiles)
        {
            LoadWeights(weights0, thisTile, 0);
            LoadGammas(0);
        }

        Grid.DependencySynchronize();
        LoadInputs(inputs0, 0);
        if (!swiGlu && finishes) place = rows[row];
        Prepare(thisTile);
        while (thisTile < tiles)
        {
            Step(weights0, inputs0, weights1, inputs1);
            if (buffers == 2 && thisTile < tiles) Step(weights1, inputs1, weights0, inputs0);
        }

        void Step(ArrayView<Packed<T>> weights, ArrayView<Packed<T>> inputs, ArrayView<Packed<T>> nextWeights, ArrayView<Packed<T>> nextInputs)
        {
            Advance(ref nextTile, ref nextStage);
            bool more = nextTile < tiles;
            if (buffers == 2 && more) LoadWeights(nextWeights, nextTile, nextStage);
            if (keepInputs)
            {
                if (isFirst)
                {
                    AddSquares(inputs0);
                    ScaleByGamma(inputs0);
                }
            }
            else
            {
                if (isFirst) AddSquares(inputs);
                ScaleByGamma(inputs);
            }

            if (!keepInputs && more)
            {
                LoadGammas(nextStage);
                LoadInputs(nextInputs, nextStage);
            }

            if (keepInputs) Multiply(weights, inputs0);
            else Multiply(weights, inputs);
            if (buffers == 1 && more) LoadWeights(weights, nextTile, nextStage);
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

        // Row `i` of a tile (its upper half) in w; the lower half's lies `Apart` rows further.
        int RowOfWeight(int tile, int i)
        {
            if (swiGlu) return (tile * 8) + i;
            return (tile / tilesOfHead * headDim) + (tile % tilesOfHead * 8) + i;
        }

        int Apart() => swiGlu ? n / 2 : headDim / 2;

        void LoadWeights(ArrayView<Packed<T>> weights, int ofTile, int ofStage)
        {
            ArrayView<T> upper = weight.SubView((long)RowOfWeight(ofTile, g) * k), lower = upper.SubView((long)Apart() * k);
            for (int u = 0; u < units; u++)
            {
                for (int half = 0; half < 2; half++)
                {
                    int at = Position(ofStage, u, half);
                    bool inside = at < k;
                    weights[(u * 4) + half] = inside ? upper.LoadPacked(at, CacheHint.Streaming) : default;
                    weights[(u * 4) + 2 + half] = inside ? lower.LoadPacked(at, CacheHint.Streaming) : default;
                }
            }
        }

        int Position(int ofStage, int u, int half) => ((warp + (warps * ((ofStage * units) + u))) * FewRowsUnit) + (half * 32) + (8 * t);

        void LoadGammas(int ofStage)
        {
            for (int i = 0; i < units * 2; i++)
            {
                int at = Position(ofStage, i / 2, i % 2);
                gammas[i] = at < k ? gamma.LoadPacked(at) : default;
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
                        int rowOfX = (j * FewRowsColumns) + g, at = Position(ofStage, u, half);
                        inputs[(((u * rowTiles) + j) * 2) + half] = rowOfX < m && at < k ? x.LoadPacked((rowOfX * k) + at) : default;
                    }
                }
            }
        }

        void AddSquares(ArrayView<Packed<T>> inputs)
        {
            for (int i = 0; i < units * rowTiles * 2; i++)
                for (int e = 0; e < Packed<T>.Count; e++) squares[i / 2 % rowTiles] = XMath.Fma(inputs[i].GetFloat(e), inputs[i].GetFloat(e), squares[i / 2 % rowTiles]);
        }

        void ScaleByGamma(ArrayView<Packed<T>> inputs)
        {
            for (int i = 0; i < units * rowTiles * 2; i++)
            {
                Packed<T> by = gammas[(i / 2 / rowTiles * 2) + (i % 2)], scaled = default;
                for (int e = 0; e < Packed<T>.Count; e++) scaled.SetFloat(e, inputs[i].GetFloat(e) * by.GetFloat(e));
                inputs[i] = scaled;
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

        // Asks for what finishing a tile needs.
        void Prepare(int tile)
        {
            if (finishes && tile < tiles)
            {
                int upper = RowOfWeight(tile, column);
                if (bias.IsValid)
                {
                    lowBias = Element.ToFloat(bias[upper]);
                    highBias = Element.ToFloat(bias[upper + Apart()]);
                }

                if (!swiGlu && tile / tilesOfHead < queryHeads + keyValueHeads) turn = rotations[(row * (headDim / 2)) + (tile % tilesOfHead * 8) + column];
            }
        }

        void Finish(int tile)
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

            if (isFirst)
            {
                for (int j = 0; j < rowTiles; j++)
                {
                    float ofRow = squares[j] + Warp.ShuffleXor(squares[j], 1);
                    ofRow += Warp.ShuffleXor(ofRow, 2);
                    if (t == 0) squaresOf[(warp * rowsOfX) + (j * FewRowsColumns) + g] = ofRow;
                }
            }

            Group.Barrier();
            if (finishes)
            {
                if (isFirst)
                {
                    float total = 0f;
                    for (int i = 0; i < warps; i++) total += squaresOf[(i * rowsOfX) + row];
                    inverse = XMath.FastRsqrt((total / k) + epsilon);
                }

                float low = 0f, high = 0f;
                for (int i = 0; i < warps; i++)
                {
                    low += all[(i * sumsOfWarp) + (row * FewRowsPitch) + column];
                    high += all[(i * sumsOfWarp) + (row * FewRowsPitch) + column + 8];
                }

                StorePair(tile, (low * inverse) + lowBias, (high * inverse) + highBias);
            }

            isFirst = false;
            Prepare(thisTile);
        }

        void StorePair(int tile, float low, float high)
        {
            if (swiGlu)
            {
                y[(row * (n / 2)) + (tile * 8) + column] = Element.FromFloat<T>(XMath.FastDivide(low, 1f + XMath.FastExp(-low)) * high);
                return;
            }

            int head = tile / tilesOfHead, element = (tile % tilesOfHead * 8) + column;
            T first = Element.FromFloat<T>(low), second = Element.FromFloat<T>(high);
            if (head < queryHeads + keyValueHeads)
            {
                first = Element.FromFloat<T>((low * turn.X) - (high * turn.Y));
                second = Element.FromFloat<T>((high * turn.X) + (low * turn.Y));
            }

            if (head < queryHeads)
            {
                int at = (row * n) + (head * headDim) + element;
                y[at] = first;
                y[at + (headDim / 2)] = second;
            }
            else if (place.Sequence >= 0)
            {
                bool isKey = head < queryHeads + keyValueHeads;
                int headOfCache = isKey ? head - queryHeads : head - queryHeads - keyValueHeads;
                long at = (place.Sequence * layout.SequenceStride) + ((long)headOfCache * layout.HeadStride) + ((long)place.Slot * layout.SlotStride) + element;
                ArrayView<T> target = isKey ? keys : values;
                target[at] = first;
                target[at + (headDim / 2)] = second;
            }
        }
    }

    private static void CheckNormed<T>(
        LaunchContract contract, ArrayView<T> x, ArrayView<T> gamma, ArrayView<T> weight, ArrayView<T> bias, ArrayView<T> y, ArrayView<TokenRow> rows, ArrayView<Float2> rotations,
        ArrayView<T> keys, ArrayView<T> values, int m, int n, int k, float epsilon, int queryHeads, int keyValueHeads, int headDim, CacheLayout layout,
        bool swiGlu, int rowTiles, int units, int warps, int buffers, bool keepInputs)
        where T : unmanaged
    {
        contract.InRange(m, 0, rowTiles * FewRowsColumns);
        contract.NonNegative(n);
        contract.InRange(k, 1, MaximumK);
        contract.MultipleOf(n, FragmentRows);
        contract.Length(x, (long)m * k);
        contract.Length(gamma, k);
        contract.Length(weight, (long)n * k);
        if (bias.IsValid) contract.Length(bias, n);
        contract.Length(y, (long)m * (swiGlu ? n / 2 : n));
        CheckPacked(contract, x, weight, k);
        contract.Aligned(gamma, 16);
        contract.Disjoint(y, x);
        contract.Require(epsilon >= 0, $"epsilon is {epsilon}; it keeps the mean square above zero, so it must not be negative");
        contract.Require(!keepInputs || k <= FewRowsUnit * units * warps, $"k is {k}; with x in registers it is at most {FewRowsUnit * units * warps}");
        if (swiGlu) return;
        contract.Positive(headDim);
        contract.MultipleOf(headDim, FragmentRows);
        contract.Require(n == (queryHeads + (2L * keyValueHeads)) * headDim, $"n is {n}; {queryHeads} query heads and {keyValueHeads} key-value heads of {headDim} have {(queryHeads + (2L * keyValueHeads)) * headDim} rows");
        contract.Length(rows, m);
        contract.Length(rotations, (long)m * (headDim / 2));
        contract.Disjoint(keys, y);
        contract.Disjoint(values, y);
        contract.Disjoint(values, keys);
    }
}
