namespace LbrCore.Kernels;

// PackedAttention.Forward: see PackedAttention.
public static partial class PackedAttention
{
    /// <summary>y = softmax(scale q k^T) v over what each row sees.</summary>
    /// <param name="queries">Row r, head h at <c>r * QueryStride + h * headDim</c>.</param>
    /// <param name="keys">Row r, head h at <c>r * KeyValueStride + h * headDim</c>.</param>
    /// <param name="values">As keys.</param>
    /// <param name="last">[rows]: each row's last descendant, itself if none.</param>
    /// <param name="tiles">[tileCount]: every row in one of them; not more rows each than <see cref="RowsOfTile"/>.</param>
    /// <param name="y">[rows, queryHeads * headDim]. Written.</param>
    /// <param name="logSumExp">[rows, queryHeads]. Written: log of the sum of exp(scale q . k).</param>
    /// <param name="tileCount">Tiles.</param>
    /// <param name="sizes">Sizes.</param>
    /// <param name="parts">Threads that share a row: <see cref="PartsFor"/>.</param>
    // Two groups a multiprocessor leave room for all registers; aiming at more, bfloat16 spills.
    [Kernel(GroupSize = Threads, MinGroupsPerMultiprocessor = 2, Use = KernelUse.Training, Contract = nameof(CheckForward))]
    [Variant(typeof(float), 1)]
    [Variant(typeof(float), 2)]
    [Variant(typeof(float), 4)]
    [Variant(typeof(float), 8)]
    [Variant(typeof(BFloat16), 1)]
    [Variant(typeof(BFloat16), 2)]
    [Variant(typeof(BFloat16), 4)]
    [Variant(typeof(BFloat16), 8)]
    public static void Forward<T>(
        ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<T> y, ArrayView<float> logSumExp,
        int tileCount, PackedAttentionSizes sizes, [Const] int parts)
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
        ArrayView<float> query = LocalMemory.Allocate<float>(PerThread), output = LocalMemory.Allocate<float>(PerThread), scores = LocalMemory.Allocate<float>(Block);
        LoadRow(queries, ((long)row * sizes.QueryStride) + (head * sizes.HeadDim), query, part, sizes.HeadDim, parts, sizes.Scale * Log2E);
        float max = float.NegativeInfinity, sum = 0f;
        for (int first = tile.SequenceStart; first < end; first += Streamed(parts))
        {
            Group.Barrier();
            LoadTile(keys, sizes.KeyValueStride, headAt, sharedKeys, first, end, sizes.HeadDim, parts);
            LoadTile(values, sizes.KeyValueStride, headAt, sharedValues, first, end, sizes.HeadDim, parts);
            if (Group.IdxX < Streamed(parts)) sharedLast[Group.IdxX] = first + Group.IdxX < end ? last[first + Group.IdxX] : -1;
            Group.Barrier();
            // A warp without rows only helps to load.
            int count = HasRows(tile.RowCount, parts) ? XMath.Min(end - first, Streamed(parts)) : 0;
            for (int block = 0; block < count; block += Block)
            {
                float largest = max;
                for (int j = 0; j < Block; j++)
                {
                    float score = Product(query, sharedKeys, block + j, part, parts);
                    scores[j] = first + block + j <= row && row <= sharedLast[block + j] ? score : float.NegativeInfinity;
                    largest = XMath.Max(largest, scores[j]);
                }

                float shift = SoftmaxSum.ShiftFor(largest), fade = XMath.FastExp2(max - shift);
                max = largest;
                sum *= fade;
                for (int e = 0; e < PerThread; e++) output[e] *= fade;
                for (int j = 0; j < Block; j++)
                {
                    float weight = XMath.FastExp2(scores[j] - shift);
                    sum += weight;
                    AddRow(output, weight, sharedValues, block + j, part, parts);
                }
            }
        }

        if (inTile >= tile.RowCount) return;
        StoreRow(y, ((long)row * sizes.QueryHeads * sizes.HeadDim) + (head * sizes.HeadDim), output, part, sizes.HeadDim, parts, 1f / sum);
        if (part == 0) logSumExp[((long)row * sizes.QueryHeads) + head] = (max + XMath.Log2(sum)) / Log2E;
    }

    /// <summary>Queues <see cref="Forward"/> or <see cref="TensorForward"/>, as <see cref="UsesTensorCores"/> says.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="queries">Row r, head h at <c>r * QueryStride + h * headDim</c>.</param>
    /// <param name="keys">Row r, head h at <c>r * KeyValueStride + h * headDim</c>.</param>
    /// <param name="values">As keys.</param>
    /// <param name="last">[rows]: each row's last descendant.</param>
    /// <param name="tiles">[tileCount]: of <see cref="RowsOfTile{T}"/> rows at most.</param>
    /// <param name="y">[rows, queryHeads * headDim]. Written.</param>
    /// <param name="logSumExp">[rows, queryHeads]. Written.</param>
    /// <param name="tileCount">Tiles.</param>
    /// <param name="sizes">Sizes.</param>
    public static void LaunchForward<T>(
        ComputeStream stream, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<T> y, ArrayView<float> logSumExp,
        int tileCount, PackedAttentionSizes sizes)
        where T : unmanaged
    {
        var config = new LaunchConfig((tileCount, sizes.QueryHeads));
        if (!UsesTensorCores<T>(stream.Device.Info, sizes.HeadDim))
        {
            LaunchForward(stream, config, queries, keys, values, last, tiles, y, logSumExp, tileCount, sizes, PartsFor(sizes.HeadDim));
            return;
        }

        int compiled = CompiledHeadDim(sizes.HeadDim);
        LaunchTensorForward(
            stream, config with { DynamicSharedBytes = TensorSharedBytes(compiled) }, queries, keys, values, last, tiles, y, logSumExp, tileCount, sizes, compiled);
    }

    private static void CheckForward<T>(
        LaunchContract contract, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> last, ArrayView<AttentionTile> tiles, ArrayView<T> y, ArrayView<float> logSumExp,
        int tileCount, PackedAttentionSizes sizes, int parts)
        where T : unmanaged
    {
        CheckSizes(contract, tiles, last, tileCount, sizes, parts);
        CheckRows(contract, queries, sizes.QueryStride, sizes.QueryHeads, sizes);
        CheckRows(contract, keys, sizes.KeyValueStride, sizes.KeyValueHeads, sizes);
        CheckRows(contract, values, sizes.KeyValueStride, sizes.KeyValueHeads, sizes);
        contract.Length(y, (long)sizes.Rows * sizes.QueryHeads * sizes.HeadDim);
        contract.Length(logSumExp, (long)sizes.Rows * sizes.QueryHeads);
        contract.Disjoint(y, queries);
        contract.Disjoint(y, keys);
        contract.Disjoint(y, values);
        contract.GridAtLeast((tileCount, sizes.QueryHeads));
    }
}
