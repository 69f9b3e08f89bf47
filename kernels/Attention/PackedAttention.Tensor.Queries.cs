namespace LbrCore.Kernels;

// PackedAttention.TensorBackwardQueries: see PackedAttention.Tensor.
public static partial class PackedAttention
{
    /// <summary>The gradient of the queries, and d_r = gradY_r . y_r, on tensor cores.</summary>
    /// <param name="queries">Row r, head h at <c>r * QueryStride + h * headDim</c>.</param>
    /// <param name="keys">Row r, head h at <c>r * KeyValueStride + h * headDim</c>.</param>
    /// <param name="values">As keys.</param>
    /// <param name="last">[rows]: each row's last descendant.</param>
    /// <param name="tiles">[tileCount].</param>
    /// <param name="y">[rows, queryHeads * headDim]: result of the forward pass.</param>
    /// <param name="logSumExp">[rows, queryHeads]: of the forward pass.</param>
    /// <param name="gradY">[rows, queryHeads * headDim].</param>
    /// <param name="deltas">[rows, queryHeads]. Written.</param>
    /// <param name="gradQueries">As queries. Written.</param>
    /// <param name="tileCount">Tiles.</param>
    /// <param name="sizes">Sizes.</param>
    /// <param name="headDim">Compiled head size.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckTensorBackwardQueries))]
    [Variant(typeof(BFloat16), 32)]
    [Variant(typeof(BFloat16), 64)]
    [Variant(typeof(BFloat16), 128)]
    public static void TensorBackwardQueries<T>(
        ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<T> y, ArrayView<float> logSumExp, ArrayView<T> gradY,
        ArrayView<float> deltas, ArrayView<T> gradQueries, int tileCount, PackedAttentionSizes sizes, [Const] int headDim)
        where T : unmanaged
    {
        int pitch = Pitch(headDim), steps = headDim / 16, streamed = StreamedRows(headDim), slotElements = SlotElements(headDim);
        ArrayView<T> ring = SharedMemory.GetDynamic<T>();
        ArrayView<int> sharedLast = SharedMemory.Allocate<int>(2 * streamed);
        ArrayView<Float2> sharedSums = SharedMemory.Allocate<Float2>(TensorRows);
        Grid.TriggerLaunchCompletion();
        if (Grid.IdxX >= tileCount) return;
        Grid.DependencySynchronize();
        AttentionTile tile = tiles[Grid.IdxX];
        int head = Grid.IdxY, headAt = head * sizes.HeadDim, keyHeadAt = head / (sizes.QueryHeads / sizes.KeyValueHeads) * sizes.HeadDim, end = tile.FirstRow + tile.RowCount;
        int width = sizes.QueryHeads * sizes.HeadDim;
        int firstInTile = Warp.WarpIdx * RowsOfWarp, firstOfWarp = tile.FirstRow + firstInTile, row0 = firstOfWarp + (Warp.LaneIdx >> 2), row8 = row0 + 8;
        int lastOfWarp = XMath.Min(firstOfWarp + RowsOfWarp, end) - 1, fromA = LaneOfA(firstInTile, pitch), fromB = LaneOfB(pitch), fromTurned = LaneOfA(0, pitch);

        // The tile's own operands pass through the ring before the stream begins.
        CopyRows(ring, 0, queries, sizes.QueryStride, headAt, tile.FirstRow, end, sizes.HeadDim, TensorRows, headDim);
        CopyRows(ring, TensorRows * pitch, gradY, width, headAt, tile.FirstRow, end, sizes.HeadDim, TensorRows, headDim);
        AsyncCopy.Commit();
        Deltas();
        AsyncCopy.Wait(0);
        Group.Barrier();
        ArrayView<FragmentA> query = LocalMemory.Allocate<FragmentA>(steps), gradient = LocalMemory.Allocate<FragmentA>(steps);
        for (int k = 0; k < steps; k++)
        {
            query[k] = new FragmentA(LoadMatrix.X4(ring, Step(fromA, k)));
            gradient[k] = new FragmentA(LoadMatrix.X4(ring, (TensorRows * pitch) + Step(fromA, k)));
        }

        Float2 sums0 = sharedSums[firstInTile + (Warp.LaneIdx >> 2)], sums8 = sharedSums[firstInTile + (Warp.LaneIdx >> 2) + 8];
        Group.Barrier();
        ArrayView<Accumulator> sums = LocalMemory.Allocate<Accumulator>(headDim / 8);
        float factor = sizes.Scale * Log2E;
        int slot = 0;
        Issue(tile.SequenceStart, 0);
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
        StoreRows(sums, sizes.Scale, sizes.Scale, ring, gradQueries, sizes.QueryStride, headAt, tile.FirstRow, end, sizes.HeadDim, headDim);

        // Two threads a row.
        void Deltas()
        {
            int inTile = Group.IdxX / 2, row = tile.FirstRow + inTile;
            float delta = 0f, logSum = 0f;
            if (row < end)
            {
                long at = ((long)row * width) + headAt;
                for (int chunk = Group.IdxX % 2; chunk < sizes.HeadDim / ChunkElements; chunk += 2)
                {
                    Packed<T> result = y.LoadPacked(at + (chunk * ChunkElements)), ofResult = gradY.LoadPacked(at + (chunk * ChunkElements));
                    for (int i = 0; i < ChunkElements; i++) delta = XMath.Fma(result.GetFloat(i), ofResult.GetFloat(i), delta);
                }

                logSum = logSumExp[((long)row * sizes.QueryHeads) + head];
            }

            delta += Warp.ShuffleXor(delta, 1);
            if (Group.IdxX % 2 == 0)
            {
                sharedSums[inTile] = new Float2(logSum * Log2E, delta);
                if (row < end) deltas[((long)row * sizes.QueryHeads) + head] = delta;
            }
        }

        void Issue(int first, int into) => StreamKeys(ring, sharedLast, into, keys, values, last, sizes.KeyValueStride, keyHeadAt, first, end, sizes.HeadDim, headDim);

        // Half a slot at a time: scores and their gradients take as many registers as the operands.
        void AddKeys(int first, int from, bool masked)
        {
            ArrayView<T> ofSlot = ring.SubView(from * slotElements, slotElements);
            for (int part = 0; part < streamed; part += 32)
            {
                ArrayView<Accumulator> s = LocalMemory.Allocate<Accumulator>(4), d = LocalMemory.Allocate<Accumulator>(4);
                for (int k = 0; k < steps; k++)
                {
                    MultiplyRows(s, query[k], ofSlot, Step(fromB, k) + (part * pitch), 32, pitch);
                    MultiplyRows(d, gradient[k], ofSlot, Step(fromB, k) + ((streamed + part) * pitch), 32, pitch);
                }

                for (int j = 0; j < 4; j++)
                {
                    float p0 = XMath.FastExp2(XMath.Fma(s[j].X0, factor, -sums0.X)), p1 = XMath.FastExp2(XMath.Fma(s[j].X1, factor, -sums0.X));
                    float p2 = XMath.FastExp2(XMath.Fma(s[j].X2, factor, -sums8.X)), p3 = XMath.FastExp2(XMath.Fma(s[j].X3, factor, -sums8.X));
                    if (masked)
                    {
                        int inSlot = part + (8 * j) + (2 * (Warp.LaneIdx & 3)), key = first + inSlot, last0 = sharedLast[(from * streamed) + inSlot], last1 = sharedLast[(from * streamed) + inSlot + 1];
                        p0 = key <= row0 && row0 <= last0 ? p0 : 0f;
                        p1 = key + 1 <= row0 && row0 <= last1 ? p1 : 0f;
                        p2 = key <= row8 && row8 <= last0 ? p2 : 0f;
                        p3 = key + 1 <= row8 && row8 <= last1 ? p3 : 0f;
                    }

                    s[j] = new Accumulator(p0 * (d[j].X0 - sums0.Y), p1 * (d[j].X1 - sums0.Y), p2 * (d[j].X2 - sums8.Y), p3 * (d[j].X3 - sums8.Y));
                }

                for (int k = 0; k < 2; k++) AddRows(sums, Round<T>(s[2 * k], s[(2 * k) + 1]), ofSlot, fromTurned + ((part + (k * 16)) * pitch), headDim);
            }
        }
    }

    private static void CheckTensorBackwardQueries<T>(
        LaunchContract contract, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<T> y, ArrayView<float> logSumExp,
        ArrayView<T> gradY, ArrayView<float> deltas, ArrayView<T> gradQueries, int tileCount, PackedAttentionSizes sizes, int headDim)
        where T : unmanaged
    {
        CheckTensorForward(contract, queries, keys, values, last, tiles, y, logSumExp, tileCount, sizes, headDim);
        CheckTensorRows(contract, gradQueries, sizes.QueryStride, sizes.QueryHeads, sizes);
        CheckTensorRows(contract, gradY, sizes.QueryHeads * sizes.HeadDim, sizes.QueryHeads, sizes);
        contract.Length(deltas, (long)sizes.Rows * sizes.QueryHeads);
        contract.Disjoint(gradQueries, queries);
        contract.Disjoint(gradQueries, gradY);
    }
}
