namespace LbrCore.Kernels;

// PackedAttention.TensorBackwardKeysValues: see PackedAttention.Tensor. Everything is turned over: a warp's 16 rows are keys, the stream brings queries and gradients of results, and scores
// are computed as their transpose, which is operand A of the products that follow.
public static partial class PackedAttention
{
    /// <summary>The gradients of keys, of values, or of both, on tensor cores.</summary>
    /// <param name="queries">Row r, head h at <c>r * QueryStride + h * headDim</c>.</param>
    /// <param name="keys">Row r, head h at <c>r * KeyValueStride + h * headDim</c>.</param>
    /// <param name="values">As keys.</param>
    /// <param name="last">[rows]: each row's last descendant.</param>
    /// <param name="tiles">[tileCount].</param>
    /// <param name="logSumExp">[rows, queryHeads]: of the forward pass.</param>
    /// <param name="gradY">[rows, queryHeads * headDim].</param>
    /// <param name="deltas">[rows, queryHeads] of <see cref="TensorBackwardQueries"/>.</param>
    /// <param name="gradKeys">Row r, head h at <c>r * GradientStride + h * headDim</c>. Written with <paramref name="ofKeys"/>.</param>
    /// <param name="gradValues">As gradKeys. Written with <paramref name="ofValues"/>.</param>
    /// <param name="tileCount">Tiles.</param>
    /// <param name="sizes">Sizes.</param>
    /// <param name="headDim">Compiled head size.</param>
    /// <param name="ofKeys">Whether keys get their gradient.</param>
    /// <param name="ofValues">Whether values get theirs. Of large heads the sums of both do not fit in registers.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckTensorBackwardKeysValues))]
    [Variant(typeof(BFloat16), 32, true, true)]
    [Variant(typeof(BFloat16), 64, true, true)]
    [Variant(typeof(BFloat16), 128, true, false)]
    [Variant(typeof(BFloat16), 128, false, true)]
    public static void TensorBackwardKeysValues<T>(
        ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<float> logSumExp, ArrayView<T> gradY, ArrayView<float> deltas,
        ArrayView<T> gradKeys, ArrayView<T> gradValues, int tileCount, PackedAttentionSizes sizes, [Const] int headDim, [Const] bool ofKeys, [Const] bool ofValues)
        where T : unmanaged
    {
        int pitch = Pitch(headDim), steps = headDim / 16, streamed = StreamedRows(headDim), slotElements = SlotElements(headDim);
        ArrayView<T> ring = SharedMemory.GetDynamic<T>();
        ArrayView<float> sharedLogSums = SharedMemory.Allocate<float>(2 * streamed), sharedDeltas = SharedMemory.Allocate<float>(2 * streamed);
        Grid.TriggerLaunchCompletion();
        if (Grid.IdxX >= tileCount) return;
        Grid.DependencySynchronize();
        // In order of rows the tiles that are seen least come last.
        AttentionTile tile = tiles[tileCount - 1 - Grid.IdxX];
        int keyHead = Grid.IdxY, perKeyHead = sizes.QueryHeads / sizes.KeyValueHeads, keyHeadAt = keyHead * sizes.HeadDim, width = sizes.QueryHeads * sizes.HeadDim;
        int end = tile.FirstRow + tile.RowCount, endOfSeers = tile.LastSeer + 1, tilesOfHead = (endOfSeers - tile.FirstRow + streamed - 1) / streamed, count = perKeyHead * tilesOfHead;
        int firstInTile = Warp.WarpIdx * RowsOfWarp, firstOfWarp = tile.FirstRow + firstInTile, row0 = firstOfWarp + (Warp.LaneIdx >> 2), row8 = row0 + 8;
        int fromA = LaneOfA(firstInTile, pitch), fromB = LaneOfB(pitch), fromTurned = LaneOfA(0, pitch);

        CopyRows(ring, 0, keys, sizes.KeyValueStride, keyHeadAt, tile.FirstRow, end, sizes.HeadDim, TensorRows, headDim);
        CopyRows(ring, TensorRows * pitch, values, sizes.KeyValueStride, keyHeadAt, tile.FirstRow, end, sizes.HeadDim, TensorRows, headDim);
        AsyncCopy.Commit();
        int seer0 = -1, seer8 = -1;
        if (row0 < end) seer0 = last[row0];
        if (row8 < end) seer8 = last[row8];
        // Up to where any of the warp's keys is seen, and all of them; rows that are not there do not matter.
        int mostSeer = XMath.Max(seer0, seer8), leastSeer = Warp.ReduceMin(XMath.Min(row0 < end ? seer0 : int.MaxValue, row8 < end ? seer8 : int.MaxValue));
        AsyncCopy.Wait(0);
        Group.Barrier();
        ArrayView<FragmentA> key = LocalMemory.Allocate<FragmentA>(steps), value = LocalMemory.Allocate<FragmentA>(steps);
        for (int k = 0; k < steps; k++)
        {
            key[k] = new FragmentA(LoadMatrix.X4(ring, Step(fromA, k)));
            if (ofKeys) value[k] = new FragmentA(LoadMatrix.X4(ring, (TensorRows * pitch) + Step(fromA, k)));
        }

        Group.Barrier();
        ArrayView<Accumulator> keySums = LocalMemory.Allocate<Accumulator>(headDim / 8), valueSums = LocalMemory.Allocate<Accumulator>(headDim / 8);
        float factor = sizes.Scale * Log2E;
        int slot = 0;
        if (count > 0) Issue(0, 0);
        for (int i = 0; i < count; i++)
        {
            AsyncCopy.Wait(0);
            Group.Barrier();
            if (i + 1 < count) Issue(i + 1, slot ^ 1);
            int first = tile.FirstRow + (i % tilesOfHead * streamed);
            if (Warp.Any(first <= mostSeer)) AddQueries(first, slot, first < firstOfWarp + RowsOfWarp - 1 || first + streamed - 1 > leastSeer);
            slot ^= 1;
        }

        AsyncCopy.Wait(0);
        Group.Barrier();
        if (ofKeys) StoreRows(keySums, sizes.Scale, sizes.Scale, ring, gradKeys, sizes.GradientStride, keyHeadAt, tile.FirstRow, end, sizes.HeadDim, headDim);
        if (ofValues) StoreRows(valueSums, 1f, 1f, ring, gradValues, sizes.GradientStride, keyHeadAt, tile.FirstRow, end, sizes.HeadDim, headDim);

        // Head after head, its queries in order.
        void Issue(int number, int into)
        {
            int head = (keyHead * perKeyHead) + (number / tilesOfHead), first = tile.FirstRow + (number % tilesOfHead * streamed), headAt = head * sizes.HeadDim;
            CopyRows(ring, into * slotElements, queries, sizes.QueryStride, headAt, first, endOfSeers, sizes.HeadDim, streamed, headDim);
            CopyRows(ring, (into * slotElements) + (streamed * pitch), gradY, width, headAt, first, endOfSeers, sizes.HeadDim, streamed, headDim);
            if (Group.IdxX < streamed)
            {
                long at = ((long)(first + Group.IdxX) * sizes.QueryHeads) + head;
                bool valid = first + Group.IdxX < endOfSeers;
                AsyncCopy.Copy4(sharedLogSums, (into * streamed) + Group.IdxX, logSumExp, at, valid);
                AsyncCopy.Copy4(sharedDeltas, (into * streamed) + Group.IdxX, deltas, at, valid);
            }

            AsyncCopy.Commit();
        }

        void AddQueries(int first, int from, bool masked)
        {
            ArrayView<T> ofSlot = ring.SubView(from * slotElements, slotElements);
            for (int part = 0; part < streamed; part += 32)
            {
                ArrayView<Accumulator> s = LocalMemory.Allocate<Accumulator>(4), d = LocalMemory.Allocate<Accumulator>(4);
                for (int k = 0; k < steps; k++)
                {
                    MultiplyRows(s, key[k], ofSlot, Step(fromB, k) + (part * pitch), 32, pitch);
                    if (ofKeys) MultiplyRows(d, value[k], ofSlot, Step(fromB, k) + ((streamed + part) * pitch), 32, pitch);
                }

                for (int j = 0; j < 4; j++)
                {
                    int inSlot = part + (8 * j) + (2 * (Warp.LaneIdx & 3)), query = first + inSlot, at = (from * streamed) + inSlot;
                    float shift0 = sharedLogSums[at] * Log2E, shift1 = sharedLogSums[at + 1] * Log2E;
                    float p0 = XMath.FastExp2(XMath.Fma(s[j].X0, factor, -shift0)), p1 = XMath.FastExp2(XMath.Fma(s[j].X1, factor, -shift1));
                    float p2 = XMath.FastExp2(XMath.Fma(s[j].X2, factor, -shift0)), p3 = XMath.FastExp2(XMath.Fma(s[j].X3, factor, -shift1));
                    if (masked)
                    {
                        p0 = row0 <= query && query <= seer0 ? p0 : 0f;
                        p1 = row0 <= query + 1 && query + 1 <= seer0 ? p1 : 0f;
                        p2 = row8 <= query && query <= seer8 ? p2 : 0f;
                        p3 = row8 <= query + 1 && query + 1 <= seer8 ? p3 : 0f;
                    }

                    s[j] = new Accumulator(p0, p1, p2, p3);
                    if (ofKeys)
                    {
                        float delta0 = sharedDeltas[at], delta1 = sharedDeltas[at + 1];
                        d[j] = new Accumulator(p0 * (d[j].X0 - delta0), p1 * (d[j].X1 - delta1), p2 * (d[j].X2 - delta0), p3 * (d[j].X3 - delta1));
                    }
                }

                for (int k = 0; k < 2; k++)
                {
                    int at = fromTurned + ((part + (k * 16)) * pitch);
                    if (ofValues) AddRows(valueSums, Round<T>(s[2 * k], s[(2 * k) + 1]), ofSlot, at + (streamed * pitch), headDim);
                    if (ofKeys) AddRows(keySums, Round<T>(d[2 * k], d[(2 * k) + 1]), ofSlot, at, headDim);
                }
            }
        }
    }

    private static void CheckTensorBackwardKeysValues<T>(
        LaunchContract contract, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<float> logSumExp,
        ArrayView<T> gradY, ArrayView<float> deltas, ArrayView<T> gradKeys, ArrayView<T> gradValues, int tileCount, PackedAttentionSizes sizes, int headDim, bool ofKeys, bool ofValues)
        where T : unmanaged
    {
        CheckTensor<T>(contract, tiles, last, tileCount, sizes, headDim);
        CheckTensorRows(contract, queries, sizes.QueryStride, sizes.QueryHeads, sizes);
        CheckTensorRows(contract, keys, sizes.KeyValueStride, sizes.KeyValueHeads, sizes);
        CheckTensorRows(contract, values, sizes.KeyValueStride, sizes.KeyValueHeads, sizes);
        CheckTensorRows(contract, gradY, sizes.QueryHeads * sizes.HeadDim, sizes.QueryHeads, sizes);
        if (ofKeys) CheckTensorRows(contract, gradKeys, sizes.GradientStride, sizes.KeyValueHeads, sizes);
        if (ofValues) CheckTensorRows(contract, gradValues, sizes.GradientStride, sizes.KeyValueHeads, sizes);
        contract.Length(logSumExp, (long)sizes.Rows * sizes.QueryHeads);
        contract.Length(deltas, (long)sizes.Rows * sizes.QueryHeads);
        contract.Disjoint(gradKeys, keys);
        contract.Disjoint(gradValues, values);
        contract.GridAtLeast((tileCount, sizes.KeyValueHeads));
    }
}
