namespace LbrCore.Kernels;

// Attention.Portable
// purpose   The obvious kernel: any head size up to 256, any element type, any device; what tuned kernels are compared with.
// mapping   One group a row and query head. Its warps take steps of 8 keys in turn and join their parts at the end; the path of a tree row is walked by the last warp,
//           8 ancestors a step. In a warp lane l owns the elements l, l + 32, ... of a head (perLane of them), so every load is one stretch of memory. Products with
//           8 keys are summed over lanes by one scattered butterfly, which leaves key i in lanes 4i..4i+3: 9 shuffles for 8 keys.
// traffic   each row and query head reads all its keys and values, mostly from caches: neighbouring groups share a sequence and a key-value head
// numerics  float32, exponentials in base 2 (ex2.approx; log2 e is folded into the scale). The order of sums depends on Prefix and path alone, not on the batch: the
//           same bits on every run and in every batch.
public static partial class Attention
{
    private const int KeysPerStep = 8;

    private const int PortableWarps = 4;

    private const float Log2E = 1.44269504f;

    /// <summary>y = softmax(scale q k^T) v for each row.</summary>
    /// <param name="queries">Row r, head h at <c>r * queryStride + h * headDim</c>.</param>
    /// <param name="keys">The layer's keys.</param>
    /// <param name="values">The layer's values.</param>
    /// <param name="rows">[rowCount].</param>
    /// <param name="parents">[sequences, layout.Slots].</param>
    /// <param name="y">[rowCount, queryHeads * headDim]. Written.</param>
    /// <param name="logSumExp">[rowCount, queryHeads]. Written; or empty.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="queryStride">Elements from a row of queries to the next.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="keyValueHeads">Key-value heads.</param>
    /// <param name="headDim">Elements of a head, at most 32 * perLane.</param>
    /// <param name="scale">Factor of the products.</param>
    /// <param name="layout">Where keys and values lie.</param>
    /// <param name="perLane">Elements of a head that a lane owns.</param>
    [Kernel(GroupSize = PortableWarps * Warp.WarpSize, Contract = nameof(CheckPortable))]
    [Variant(typeof(float), 2)]
    [Variant(typeof(float), 4)]
    [Variant(typeof(float), 8)]
    [Variant(typeof(BFloat16), 2)]
    [Variant(typeof(BFloat16), 4)]
    [Variant(typeof(BFloat16), 8)]
    [Variant(typeof(Half), 2)]
    [Variant(typeof(Half), 4)]
    [Variant(typeof(Half), 8)]
    public static void Portable<T>(
        ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<TokenRow> rows, ArrayView<int> parents, ArrayView<T> y, ArrayView<float> logSumExp,
        int rowCount, int queryStride, int queryHeads, int keyValueHeads, int headDim, float scale, CacheLayout layout, [Const] int perLane)
        where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        if (Grid.IdxX >= rowCount * queryHeads) return;
        Grid.DependencySynchronize();
        int row = Grid.IdxX / queryHeads, head = Grid.IdxX % queryHeads, lane = Warp.LaneIdx, warp = Warp.WarpIdx;
        TokenRow place = rows[row];
        ArrayView<T> output = y.SubView((long)Grid.IdxX * headDim, headDim);
        if (place.Sequence < 0)
        {
            for (int i = Group.IdxX; i < headDim; i += PortableWarps * Warp.WarpSize) output[i] = Element.FromFloat<T>(0f);
            return;
        }

        long start = (place.Sequence * layout.SequenceStride) + ((long)(head / (queryHeads / keyValueHeads)) * layout.HeadStride);
        ArrayView<T> headKeys = keys.SubView(start), headValues = values.SubView(start);
        var part = new AttentionPart { Max = float.NegativeInfinity, Sum = 0f };
        ArrayView<float> query = LocalMemory.Allocate<float>(perLane), output32 = LocalMemory.Allocate<float>(perLane);
        ArrayView<int> slots = LocalMemory.Allocate<int>(KeysPerStep);
        long queryAt = ((long)row * queryStride) + (head * headDim);
        for (int e = 0; e < perLane; e++)
        {
            float element = Element.ToFloat(queries[queryAt + ElementOf(lane, e, headDim)]) * (scale * Log2E);
            query[e] = lane + (e * Warp.WarpSize) < headDim ? element : 0f;
        }

        for (int first = warp * KeysPerStep; first < place.Prefix; first += PortableWarps * KeysPerStep)
        {
            for (int i = 0; i < KeysPerStep; i++) slots[i] = XMath.Min(first + i, place.Prefix - 1);
            Step(ref part, output32, query, slots, place.Prefix - first, headKeys, headValues, headDim, layout.SlotStride, perLane);
        }

        if (warp == PortableWarps - 1)
        {
            ArrayView<int> parentOf = parents;
            if (place.Slot > place.Prefix) parentOf = parents.SubView((long)place.Sequence * layout.Slots, layout.Slots);
            int node = place.Slot;
            while (node >= place.Prefix)
            {
                int count = 0;
                for (int i = 0; i < KeysPerStep; i++)
                {
                    slots[i] = node >= place.Prefix ? node : place.Slot;
                    if (node >= place.Prefix)
                    {
                        count++;
                        node = Parent(parentOf, node, place.Prefix);
                    }
                }

                Step(ref part, output32, query, slots, count, headKeys, headValues, headDim, layout.SlotStride, perLane);
            }
        }

        Join(part, output32, output, logSumExp, headDim, perLane);
    }

    // A parent lies before its child: a table that says otherwise ends the path instead of hanging the device.
    private static int Parent(ArrayView<int> parents, int slot, int prefix)
    {
        if (slot == prefix) return -1;
        int parent = parents[slot];
        return parent < slot ? parent : -1;
    }

    // Adds 8 keys, of which the first `count` are real; the others repeat one that may be read.
    private static void Step<T>(
        ref AttentionPart part, ArrayView<float> output, ArrayView<float> query, ArrayView<int> slots, int count,
        ArrayView<T> keys, ArrayView<T> values, int headDim, int slotStride, int perLane)
        where T : unmanaged
    {
        int lane = Warp.LaneIdx;
        ArrayView<float> products = LocalMemory.Allocate<float>(KeysPerStep);
        for (int i = 0; i < KeysPerStep; i++)
        {
            float product = 0f;
            for (int e = 0; e < perLane; e++) product = XMath.Fma(query[e], Element.ToFloat(keys[(slots[i] * slotStride) + ElementOf(lane, e, headDim)]), product);
            products[i] = product;
        }

        float score = WarpReduce.AddScattered(products, KeysPerStep);
        const int LanesPerKey = Warp.WarpSize / KeysPerStep;
        if (lane / LanesPerKey >= count) score = float.NegativeInfinity;
        float max = XMath.Max(part.Max, Warp.ReduceMax(score)), fade = XMath.FastExp2(part.Max - max), weight = XMath.FastExp2(score - max);
        part.Max = max;
        part.Sum *= fade;
        for (int e = 0; e < perLane; e++) output[e] *= fade;
        for (int i = 0; i < KeysPerStep; i++)
        {
            float p = Warp.Shuffle(weight, i * LanesPerKey);
            part.Sum += p;
            for (int e = 0; e < perLane; e++) output[e] = XMath.Fma(p, Element.ToFloat(values[(slots[i] * slotStride) + ElementOf(lane, e, headDim)]), output[e]);
        }
    }

    // The element of a head that a lane owns. Past the end it owns the last one, which the query weighs with 0 and nobody stores: a test around every load costs far more registers.
    private static int ElementOf(int lane, int e, int headDim) => XMath.Min(lane + (e * Warp.WarpSize), headDim - 1);

    // Joins the warps' parts and stores the quotient.
    private static void Join<T>(AttentionPart part, ArrayView<float> output, ArrayView<T> y, ArrayView<float> logSumExp, int headDim, int perLane) where T : unmanaged
    {
        ArrayView<float> outputs = SharedMemory.Allocate<float>(PortableWarps * Warp.WarpSize * perLane);
        ArrayView<Float2> parts = SharedMemory.Allocate<Float2>(PortableWarps);
        int lane = Warp.LaneIdx, warp = Warp.WarpIdx, pitch = Warp.WarpSize * perLane;
        for (int e = 0; e < perLane; e++) outputs[(warp * pitch) + lane + (e * Warp.WarpSize)] = output[e];
        if (lane == 0) parts[warp] = new Float2(part.Max, part.Sum);
        Group.Barrier();

        float max = float.NegativeInfinity, sum = 0f;
        ArrayView<float> factors = LocalMemory.Allocate<float>(PortableWarps);
        for (int w = 0; w < PortableWarps; w++) max = XMath.Max(max, parts[w].X);
        for (int w = 0; w < PortableWarps; w++)
        {
            factors[w] = XMath.FastExp2(parts[w].X - max);
            sum += parts[w].Y * factors[w];
        }

        for (int i = Group.IdxX; i < headDim; i += PortableWarps * Warp.WarpSize)
        {
            float total = 0f;
            for (int w = 0; w < PortableWarps; w++) total += outputs[(w * pitch) + i] * factors[w];
            y[i] = Element.FromFloat<T>(total / sum);
        }

        if (logSumExp.IsValid && Group.IdxX == 0) logSumExp[Grid.IdxX] = (max + XMath.Log2(sum)) / Log2E;
    }

    private static void CheckPortable<T>(
        LaunchContract contract, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<TokenRow> rows, ArrayView<int> parents, ArrayView<T> y, ArrayView<float> logSumExp,
        int rowCount, int queryStride, int queryHeads, int keyValueHeads, int headDim, float scale, CacheLayout layout, int perLane)
        where T : unmanaged
    {
        contract.NonNegative(rowCount);
        contract.Positive(keyValueHeads);
        contract.MultipleOf(queryHeads, keyValueHeads);
        contract.InRange(headDim, 1, perLane * Warp.WarpSize);
        contract.InRange((long)rowCount * queryHeads, 0, int.MaxValue);
        contract.Require(queryStride >= queryHeads * headDim, $"queryStride is {queryStride}, less than {queryHeads} heads of {headDim}");
        contract.Require((long)layout.Slots * layout.SlotStride <= int.MaxValue, $"{layout.Slots} slots of stride {layout.SlotStride} are beyond 2^31 elements; shorten the sequences");
        contract.Length(queries, rowCount == 0 ? 0 : ((rowCount - 1L) * queryStride) + (queryHeads * headDim));
        contract.Length(rows, rowCount);
        contract.Length(y, (long)rowCount * queryHeads * headDim);
        if (logSumExp.IsValid) contract.Length(logSumExp, (long)rowCount * queryHeads);
        contract.Disjoint(y, queries);
        contract.Disjoint(y, keys);
        contract.Disjoint(y, values);
        contract.GridAtLeast(rowCount * queryHeads);
    }
}
