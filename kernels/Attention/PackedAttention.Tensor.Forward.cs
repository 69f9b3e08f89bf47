namespace LbrCore.Kernels;

// PackedAttention.TensorForward: see PackedAttention.Tensor.
public static partial class PackedAttention
{
    /// <summary>y = softmax(scale q k^T) v over what each row sees, on tensor cores.</summary>
    /// <param name="queries">Row r, head h at <c>r * QueryStride + h * headDim</c>.</param>
    /// <param name="keys">Row r, head h at <c>r * KeyValueStride + h * headDim</c>.</param>
    /// <param name="values">As keys.</param>
    /// <param name="last">[rows]: each row's last descendant, itself if none.</param>
    /// <param name="tiles">[tileCount]: every row in one of them; not more rows each than <see cref="RowsOfTile{T}"/>.</param>
    /// <param name="y">[rows, queryHeads * headDim]. Written.</param>
    /// <param name="logSumExp">[rows, queryHeads]. Written: log of the sum of exp(scale q . k).</param>
    /// <param name="tileCount">Tiles.</param>
    /// <param name="sizes">Sizes.</param>
    /// <param name="headDim">Compiled head size.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckTensorForward))]
    [Variant(typeof(BFloat16), 32)]
    [Variant(typeof(BFloat16), 64)]
    [Variant(typeof(BFloat16), 128)]
    public static void TensorForward<T>(
        ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<T> y, ArrayView<float> logSumExp,
        int tileCount, PackedAttentionSizes sizes, [Const] int headDim)
        where T : unmanaged
    {
        int pitch = Pitch(headDim), steps = headDim / 16, streamed = StreamedRows(headDim), slotElements = SlotElements(headDim);
        ArrayView<T> ring = SharedMemory.GetDynamic<T>();
        ArrayView<int> sharedLast = SharedMemory.Allocate<int>(2 * streamed);
        Grid.TriggerLaunchCompletion();
        if (Grid.IdxX >= tileCount) return;
        Grid.DependencySynchronize();
        AttentionTile tile = tiles[Grid.IdxX];
        int head = Grid.IdxY, keyHeadAt = head / (sizes.QueryHeads / sizes.KeyValueHeads) * sizes.HeadDim, end = tile.FirstRow + tile.RowCount;
        int firstOfWarp = tile.FirstRow + (Warp.WarpIdx * RowsOfWarp), row0 = firstOfWarp + (Warp.LaneIdx >> 2), row8 = row0 + 8, lastOfWarp = XMath.Min(firstOfWarp + RowsOfWarp, end) - 1;
        int fromA = LaneOfA(Warp.WarpIdx * RowsOfWarp, pitch), fromB = LaneOfB(pitch), fromTurned = LaneOfA(0, pitch);

        // The queries pass through the second slot, which is free until the first keys are there.
        CopyRows(ring, slotElements, queries, sizes.QueryStride, head * sizes.HeadDim, tile.FirstRow, end, sizes.HeadDim, TensorRows, headDim);
        AsyncCopy.Commit();
        Issue(tile.SequenceStart, 0);
        AsyncCopy.Wait(1);
        Group.Barrier();
        ArrayView<FragmentA> query = LocalMemory.Allocate<FragmentA>(steps);
        for (int k = 0; k < steps; k++) query[k] = new FragmentA(LoadMatrix.X4(ring, slotElements + Step(fromA, k)));
        ArrayView<Accumulator> output = LocalMemory.Allocate<Accumulator>(headDim / 8);
        float max0 = Lowest, max8 = Lowest, sum0 = 0f, sum8 = 0f, factor = sizes.Scale * Log2E;
        int slot = 0;
        for (int first = tile.SequenceStart; first < end; first += streamed)
        {
            AsyncCopy.Wait(0);
            Group.Barrier();
            if (first + streamed < end) Issue(first + streamed, slot ^ 1);
            (bool sees, bool partly) = SightOfSlot(sharedLast, slot, first, firstOfWarp, lastOfWarp, headDim);
            if (sees) AddKeys(first, slot, partly);
            slot ^= 1;
        }

        AsyncCopy.Wait(0);
        Group.Barrier();
        sum0 += Warp.ShuffleXor(sum0, 1);
        sum0 += Warp.ShuffleXor(sum0, 2);
        sum8 += Warp.ShuffleXor(sum8, 1);
        sum8 += Warp.ShuffleXor(sum8, 2);
        if ((Warp.LaneIdx & 3) == 0)
        {
            if (row0 < end) logSumExp[((long)row0 * sizes.QueryHeads) + head] = (max0 + XMath.Log2(sum0)) / Log2E;
            if (row8 < end) logSumExp[((long)row8 * sizes.QueryHeads) + head] = (max8 + XMath.Log2(sum8)) / Log2E;
        }

        StoreRows(output, 1f / sum0, 1f / sum8, ring, y, sizes.QueryHeads * sizes.HeadDim, head * sizes.HeadDim, tile.FirstRow, end, sizes.HeadDim, headDim);

        void Issue(int first, int into) => StreamKeys(ring, sharedLast, into, keys, values, last, sizes.KeyValueStride, keyHeadAt, first, end, sizes.HeadDim, headDim);

        void AddKeys(int first, int from, bool masked)
        {
            ArrayView<T> ofSlot = ring.SubView(from * slotElements, slotElements);
            ArrayView<Accumulator> s = LocalMemory.Allocate<Accumulator>(streamed / 8);
            for (int k = 0; k < steps; k++) MultiplyRows(s, query[k], ofSlot, Step(fromB, k), streamed, pitch);
            if (masked)
            {
                for (int j = 0; j < streamed / 8; j++)
                {
                    int inSlot = (8 * j) + (2 * (Warp.LaneIdx & 3)), key = first + inSlot, last0 = sharedLast[(from * streamed) + inSlot], last1 = sharedLast[(from * streamed) + inSlot + 1];
                    s[j] = new Accumulator(
                        key <= row0 && row0 <= last0 ? s[j].X0 : float.NegativeInfinity, key + 1 <= row0 && row0 <= last1 ? s[j].X1 : float.NegativeInfinity,
                        key <= row8 && row8 <= last0 ? s[j].X2 : float.NegativeInfinity, key + 1 <= row8 && row8 <= last1 ? s[j].X3 : float.NegativeInfinity);
                }
            }

            OnlineSoftmax.Raise(s, output, streamed / 8, headDim / 8, factor, ref max0, ref max8, ref sum0, ref sum8);
            for (int j = 0; j < streamed / 8; j++)
            {
                var p = new Accumulator(
                    XMath.FastExp2(XMath.Fma(s[j].X0, factor, -max0)), XMath.FastExp2(XMath.Fma(s[j].X1, factor, -max0)),
                    XMath.FastExp2(XMath.Fma(s[j].X2, factor, -max8)), XMath.FastExp2(XMath.Fma(s[j].X3, factor, -max8)));
                sum0 += p.X0 + p.X1;
                sum8 += p.X2 + p.X3;
                s[j] = p;
            }

            for (int k = 0; k < streamed / 16; k++)
            {
                Accumulator left = s[2 * k], right = s[(2 * k) + 1];
                AddRows(output, Round<T>(left, right), Round<T>(Rest<T>(left), Rest<T>(right)), ofSlot, fromTurned + ((streamed + (k * 16)) * pitch), headDim);
            }
        }
    }

    private static void CheckTensorForward<T>(
        LaunchContract contract, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<T> y, ArrayView<float> logSumExp,
        int tileCount, PackedAttentionSizes sizes, int headDim)
        where T : unmanaged
    {
        CheckTensor<T>(contract, tiles, last, tileCount, sizes, headDim);
        CheckTensorRows(contract, queries, sizes.QueryStride, sizes.QueryHeads, sizes);
        CheckTensorRows(contract, keys, sizes.KeyValueStride, sizes.KeyValueHeads, sizes);
        CheckTensorRows(contract, values, sizes.KeyValueStride, sizes.KeyValueHeads, sizes);
        CheckTensorRows(contract, y, sizes.QueryHeads * sizes.HeadDim, sizes.QueryHeads, sizes);
        contract.Length(logSumExp, (long)sizes.Rows * sizes.QueryHeads);
        contract.Disjoint(y, queries);
        contract.Disjoint(y, keys);
        contract.Disjoint(y, values);
        contract.GridAtLeast((tileCount, sizes.QueryHeads));
    }
}
