namespace LbrCore.Kernels;

// PackedAttention.Backward: see PackedAttention. Queries first, which leaves the deltas that keys and values need.
public static partial class PackedAttention
{
    /// <summary>The gradient of the queries, and d_r = gradY_r . y_r.</summary>
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
    /// <param name="parts">Threads that share a row.</param>
    [Kernel(GroupSize = Threads, MinGroupsPerMultiprocessor = 2, Use = KernelUse.Training, Contract = nameof(CheckBackwardQueries))]
    [Variant(typeof(float), 1)]
    [Variant(typeof(float), 2)]
    [Variant(typeof(float), 4)]
    [Variant(typeof(float), 8)]
    [Variant(typeof(BFloat16), 1)]
    [Variant(typeof(BFloat16), 2)]
    [Variant(typeof(BFloat16), 4)]
    [Variant(typeof(BFloat16), 8)]
    public static void BackwardQueries<T>(
        ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<T> y, ArrayView<float> logSumExp, ArrayView<T> gradY,
        ArrayView<float> deltas, ArrayView<T> gradQueries, int tileCount, PackedAttentionSizes sizes, [Const] int parts)
        where T : unmanaged
    {
        ArrayView<float> sharedKeys = SharedMemory.Allocate<float>(Streamed(parts) * PerThread * parts, 16), sharedValues = SharedMemory.Allocate<float>(Streamed(parts) * PerThread * parts, 16);
        ArrayView<int> sharedLast = SharedMemory.Allocate<int>(Streamed(parts));
        Grid.TriggerLaunchCompletion();
        if (Grid.IdxX >= tileCount) return;
        Grid.DependencySynchronize();
        AttentionTile tile = tiles[Grid.IdxX];
        int head = Grid.IdxY, headAt = head / (sizes.QueryHeads / sizes.KeyValueHeads) * sizes.HeadDim;
        int part = Group.IdxX % parts, inTile = Group.IdxX / parts, row = tile.FirstRow + XMath.Min(inTile, tile.RowCount - 1), end = tile.FirstRow + tile.RowCount;
        long at = ((long)row * sizes.QueryHeads * sizes.HeadDim) + (head * sizes.HeadDim), queryAt = ((long)row * sizes.QueryStride) + (head * sizes.HeadDim);
        ArrayView<float> query = LocalMemory.Allocate<float>(PerThread), gradient = LocalMemory.Allocate<float>(PerThread), sums = LocalMemory.Allocate<float>(PerThread);
        LoadRow(queries, queryAt, query, part, sizes.HeadDim, parts, sizes.Scale * Log2E);
        LoadRow(gradY, at, gradient, part, sizes.HeadDim, parts, 1f);
        float delta = 0f;
        for (int e = 0; e < PerThread; e++)
        {
            int i = ElementOf(e, part, parts);
            if (i < sizes.HeadDim) delta += gradient[e] * Element.ToFloat(y[at + i]);
        }

        if (parts > 1) delta += Warp.ShuffleXor(delta, 1);
        if (parts > 2) delta += Warp.ShuffleXor(delta, 2);
        if (parts > 4) delta += Warp.ShuffleXor(delta, 4);
        float shift = logSumExp[((long)row * sizes.QueryHeads) + head] * Log2E;
        for (int first = tile.SequenceStart; first < end; first += Streamed(parts))
        {
            Group.Barrier();
            LoadTile(keys, sizes.KeyValueStride, headAt, sharedKeys, first, end, sizes.HeadDim, parts);
            LoadTile(values, sizes.KeyValueStride, headAt, sharedValues, first, end, sizes.HeadDim, parts);
            if (Group.IdxX < Streamed(parts)) sharedLast[Group.IdxX] = first + Group.IdxX < end ? last[first + Group.IdxX] : -1;
            Group.Barrier();
            int count = HasRows(tile.RowCount, parts) ? XMath.Min(end - first, Streamed(parts)) : 0;
            for (int j = 0; j < count; j++)
            {
                float score = Product(query, sharedKeys, j, part, parts), ofValue = Product(gradient, sharedValues, j, part, parts);
                bool seen = first + j <= row && row <= sharedLast[j];
                float weight = seen ? XMath.FastExp2(score - shift) : 0f;
                AddRow(sums, weight * (ofValue - delta), sharedKeys, j, part, parts);
            }
        }

        if (inTile >= tile.RowCount) return;
        StoreRow(gradQueries, queryAt, sums, part, sizes.HeadDim, parts, sizes.Scale);
        if (part == 0) deltas[((long)row * sizes.QueryHeads) + head] = delta;
    }

    /// <summary>The gradients of keys and values.</summary>
    /// <param name="queries">Row r, head h at <c>r * QueryStride + h * headDim</c>.</param>
    /// <param name="keys">Row r, head h at <c>r * KeyValueStride + h * headDim</c>.</param>
    /// <param name="values">As keys.</param>
    /// <param name="last">[rows]: each row's last descendant.</param>
    /// <param name="tiles">[tileCount].</param>
    /// <param name="logSumExp">[rows, queryHeads]: of the forward pass.</param>
    /// <param name="gradY">[rows, queryHeads * headDim].</param>
    /// <param name="deltas">[rows, queryHeads] of <see cref="BackwardQueries"/>.</param>
    /// <param name="gradKeys">Row r, head h at <c>r * GradientStride + h * headDim</c>. Written.</param>
    /// <param name="gradValues">As gradKeys. Written.</param>
    /// <param name="tileCount">Tiles.</param>
    /// <param name="sizes">Sizes.</param>
    /// <param name="parts">Threads that share a row.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckBackwardKeysValues))]
    [Variant(typeof(float), 1)]
    [Variant(typeof(float), 2)]
    [Variant(typeof(float), 4)]
    [Variant(typeof(float), 8)]
    [Variant(typeof(BFloat16), 1)]
    [Variant(typeof(BFloat16), 2)]
    [Variant(typeof(BFloat16), 4)]
    [Variant(typeof(BFloat16), 8)]
    public static void BackwardKeysValues<T>(
        ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<float> logSumExp, ArrayView<T> gradY, ArrayView<float> deltas,
        ArrayView<T> gradKeys, ArrayView<T> gradValues, int tileCount, PackedAttentionSizes sizes, [Const] int parts)
        where T : unmanaged
    {
        ArrayView<float> sharedQueries = SharedMemory.Allocate<float>(Streamed(parts) * PerThread * parts, 16), sharedGradients = SharedMemory.Allocate<float>(Streamed(parts) * PerThread * parts, 16);
        ArrayView<Float2> sharedSums = SharedMemory.Allocate<Float2>(Streamed(parts));
        Grid.TriggerLaunchCompletion();
        if (Grid.IdxX >= tileCount) return;
        Grid.DependencySynchronize();
        AttentionTile tile = tiles[Grid.IdxX];
        int keyHead = Grid.IdxY, perKeyHead = sizes.QueryHeads / sizes.KeyValueHeads, end = tile.LastSeer + 1;
        int part = Group.IdxX % parts, inTile = Group.IdxX / parts, row = tile.FirstRow + XMath.Min(inTile, tile.RowCount - 1), lastSeer = last[row];
        ArrayView<float> key = LocalMemory.Allocate<float>(PerThread), value = LocalMemory.Allocate<float>(PerThread);
        ArrayView<float> keySums = LocalMemory.Allocate<float>(PerThread), valueSums = LocalMemory.Allocate<float>(PerThread);
        long at = ((long)row * sizes.KeyValueStride) + (keyHead * sizes.HeadDim);
        LoadRow(keys, at, key, part, sizes.HeadDim, parts, sizes.Scale * Log2E);
        LoadRow(values, at, value, part, sizes.HeadDim, parts, 1f);
        for (int h = 0; h < perKeyHead; h++)
        {
            int head = (keyHead * perKeyHead) + h;
            for (int first = tile.FirstRow; first < end; first += Streamed(parts))
            {
                Group.Barrier();
                LoadTile(queries, sizes.QueryStride, head * sizes.HeadDim, sharedQueries, first, end, sizes.HeadDim, parts);
                LoadTile(gradY, sizes.QueryHeads * sizes.HeadDim, head * sizes.HeadDim, sharedGradients, first, end, sizes.HeadDim, parts);
                if (Group.IdxX < Streamed(parts) && first + Group.IdxX < end)
                {
                    long sumAt = ((long)(first + Group.IdxX) * sizes.QueryHeads) + head;
                    sharedSums[Group.IdxX] = new Float2(logSumExp[sumAt] * Log2E, deltas[sumAt]);
                }

                Group.Barrier();
                int count = HasRows(tile.RowCount, parts) ? XMath.Min(end - first, Streamed(parts)) : 0;
                for (int j = 0; j < count; j++)
                {
                    float score = Product(key, sharedQueries, j, part, parts), ofValue = Product(value, sharedGradients, j, part, parts);
                    Float2 ofSeer = sharedSums[j];
                    bool seen = row <= first + j && first + j <= lastSeer;
                    float weight = seen ? XMath.FastExp2(score - ofSeer.X) : 0f;
                    AddRow(valueSums, weight, sharedGradients, j, part, parts);
                    AddRow(keySums, weight * (ofValue - ofSeer.Y), sharedQueries, j, part, parts);
                }
            }
        }

        if (inTile >= tile.RowCount) return;
        long gradAt = ((long)row * sizes.GradientStride) + (keyHead * sizes.HeadDim);
        StoreRow(gradKeys, gradAt, keySums, part, sizes.HeadDim, parts, sizes.Scale);
        StoreRow(gradValues, gradAt, valueSums, part, sizes.HeadDim, parts, 1f);
    }

    /// <summary>Queues both parts of the backward pass.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="queries">Row r, head h at <c>r * QueryStride + h * headDim</c>.</param>
    /// <param name="keys">Row r, head h at <c>r * KeyValueStride + h * headDim</c>.</param>
    /// <param name="values">As keys.</param>
    /// <param name="last">[rows]: each row's last descendant.</param>
    /// <param name="tiles">[tileCount].</param>
    /// <param name="y">[rows, queryHeads * headDim]: result of the forward pass.</param>
    /// <param name="logSumExp">[rows, queryHeads]: of the forward pass.</param>
    /// <param name="gradY">[rows, queryHeads * headDim].</param>
    /// <param name="deltas">[rows, queryHeads]. Overwritten.</param>
    /// <param name="gradQueries">As queries. Written.</param>
    /// <param name="gradKeys">Row r, head h at <c>r * GradientStride + h * headDim</c>. Written.</param>
    /// <param name="gradValues">As <paramref name="gradKeys"/>. Written.</param>
    /// <param name="tileCount">Tiles.</param>
    /// <param name="sizes">Sizes.</param>
    public static void LaunchGradients<T>(
        ComputeStream stream, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<T> y, ArrayView<float> logSumExp,
        ArrayView<T> gradY, ArrayView<float> deltas, ArrayView<T> gradQueries, ArrayView<T> gradKeys, ArrayView<T> gradValues, int tileCount, PackedAttentionSizes sizes)
        where T : unmanaged
    {
        var ofQueries = new LaunchConfig((tileCount, sizes.QueryHeads));
        var ofKeysValues = new LaunchConfig((tileCount, sizes.KeyValueHeads));
        if (!UsesTensorCores<T>(stream.Device.Info, sizes.HeadDim))
        {
            int parts = PartsFor(sizes.HeadDim);
            LaunchBackwardQueries(stream, ofQueries, queries, keys, values, last, tiles, y, logSumExp, gradY, deltas, gradQueries, tileCount, sizes, parts);
            LaunchBackwardKeysValues(stream, ofKeysValues, queries, keys, values, last, tiles, logSumExp, gradY, deltas, gradKeys, gradValues, tileCount, sizes, parts);
            return;
        }

        int compiled = CompiledHeadDim(sizes.HeadDim), shared = TensorSharedBytes(compiled);
        LaunchTensorBackwardQueries(
            stream, ofQueries with { DynamicSharedBytes = shared }, queries, keys, values, last, tiles, y, logSumExp, gradY, deltas, gradQueries, tileCount, sizes, compiled);
        ofKeysValues = ofKeysValues with { DynamicSharedBytes = shared };
        if (compiled < TensorHeadDim)
        {
            LaunchTensorBackwardKeysValues(
                stream, ofKeysValues, queries, keys, values, last, tiles, logSumExp, gradY, deltas, gradKeys, gradValues, tileCount, sizes, compiled, true, true);
            return;
        }

        LaunchTensorBackwardKeysValues(
            stream, ofKeysValues, queries, keys, values, last, tiles, logSumExp, gradY, deltas, gradKeys, gradValues, tileCount, sizes, compiled, true, false);
        LaunchTensorBackwardKeysValues(
            stream, ofKeysValues, queries, keys, values, last, tiles, logSumExp, gradY, deltas, gradKeys, gradValues, tileCount, sizes, compiled, false, true);
    }

    private static void CheckBackwardQueries<T>(
        LaunchContract contract, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<T> y, ArrayView<float> logSumExp,
        ArrayView<T> gradY, ArrayView<float> deltas, ArrayView<T> gradQueries, int tileCount, PackedAttentionSizes sizes, int parts)
        where T : unmanaged
    {
        CheckForward(contract, queries, keys, values, last, tiles, y, logSumExp, tileCount, sizes, parts);
        CheckRows(contract, gradQueries, sizes.QueryStride, sizes.QueryHeads, sizes);
        contract.Length(gradY, (long)sizes.Rows * sizes.QueryHeads * sizes.HeadDim);
        contract.Length(deltas, (long)sizes.Rows * sizes.QueryHeads);
        contract.Disjoint(gradQueries, queries);
        contract.Disjoint(gradQueries, gradY);
    }

    private static void CheckBackwardKeysValues<T>(
        LaunchContract contract, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<float> logSumExp,
        ArrayView<T> gradY, ArrayView<float> deltas, ArrayView<T> gradKeys, ArrayView<T> gradValues, int tileCount, PackedAttentionSizes sizes, int parts)
        where T : unmanaged
    {
        CheckSizes(contract, tiles, last, tileCount, sizes, parts);
        CheckRows(contract, queries, sizes.QueryStride, sizes.QueryHeads, sizes);
        CheckRows(contract, keys, sizes.KeyValueStride, sizes.KeyValueHeads, sizes);
        CheckRows(contract, values, sizes.KeyValueStride, sizes.KeyValueHeads, sizes);
        CheckRows(contract, gradKeys, sizes.GradientStride, sizes.KeyValueHeads, sizes);
        CheckRows(contract, gradValues, sizes.GradientStride, sizes.KeyValueHeads, sizes);
        contract.Length(gradY, (long)sizes.Rows * sizes.QueryHeads * sizes.HeadDim);
        contract.Length(logSumExp, (long)sizes.Rows * sizes.QueryHeads);
        contract.Length(deltas, (long)sizes.Rows * sizes.QueryHeads);
        contract.Disjoint(gradKeys, keys);
        contract.Disjoint(gradValues, values);
        contract.GridAtLeast((tileCount, sizes.KeyValueHeads));
    }
}
