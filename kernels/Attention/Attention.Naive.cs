namespace LbrCore.Kernels;

// Attention.Naive
// purpose   The textbook page: attention as its formula says it, to be read first and to be compared with. No tensor cores, no splitting of a sequence, no vector loads.
// math      keys come in rounds of 128; before a round (m, l, o) stands for the keys so far:
//           m' = max(m, max_s x_s),   x_s = scale * q . k_s,   p_s = e^(x_s - m'),   l' = l e^(m - m') + sum_s p_s,   o' = o e^(m - m') + sum_s p_s v_s;   at the end y = o / l
// mapping   One group a row and query head. A round has two halves: thread t owns key t and computes its product with the query; then thread t owns the elements t and t + 128 of the
//           output and adds up all values of the round. Rounds go through the prefix, then along the path from the row's own slot to its root.
// traffic   Every row and query head reads all keys and values of its sequence by itself: with 9 rows and 6 query heads a key-value head, 54 times what is needed. Lanes of the first
//           half read different keys, one element each at a time, so a load touches 32 stretches of memory. The kernels of Attention.Tree.cs cure both.
// numerics  float32 inside, ex2.approx; the same bits on every run and in every batch.
public static partial class Attention
{
    private const int NaiveThreads = 128;

    // Elements of the output that a thread owns.
    private const int NaiveElements = MaximumHeadDim / NaiveThreads;

    /// <summary>y = softmax(scale q k^T) v for each row, without any trick.</summary>
    /// <param name="queries">Row r, head h at <c>r * queryStride + h * headDim</c>.</param>
    /// <param name="keys">The layer's keys.</param>
    /// <param name="values">The layer's values.</param>
    /// <param name="rows">[rowCount].</param>
    /// <param name="parents">[sequences, layout.Slots].</param>
    /// <param name="y">[rowCount, queryHeads * headDim]. Written; rows of no sequence become zero.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="queryStride">Elements from a row of queries to the next.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="keyValueHeads">Key-value heads.</param>
    /// <param name="headDim">Elements of a head.</param>
    /// <param name="scale">Factor of the products.</param>
    /// <param name="layout">Where keys and values lie.</param>
    [Kernel(GroupSize = NaiveThreads, Contract = nameof(CheckNaive))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    public static void Naive<T>(
        ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<TokenRow> rows, ArrayView<int> parents, ArrayView<T> y,
        int rowCount, int queryStride, int queryHeads, int keyValueHeads, int headDim, float scale, CacheLayout layout)
        where T : unmanaged
    {
        ArrayView<float> query = SharedMemory.Allocate<float>(MaximumHeadDim), scores = SharedMemory.Allocate<float>(NaiveThreads), weights = SharedMemory.Allocate<float>(NaiveThreads);
        ArrayView<int> slots = SharedMemory.Allocate<int>(NaiveThreads);
        ArrayView<float> output = LocalMemory.Allocate<float>(NaiveElements);
        if (Grid.IdxX >= rowCount * queryHeads) return;
        int row = Grid.IdxX / queryHeads, head = Grid.IdxX % queryHeads, thread = Group.IdxX;
        TokenRow place = rows[row];
        ArrayView<T> result = y.SubView((long)Grid.IdxX * headDim, headDim);
        if (place.Sequence < 0)
        {
            for (int i = thread; i < headDim; i += NaiveThreads) result[i] = Element.FromFloat<T>(0f);
            return;
        }

        long start = (place.Sequence * layout.SequenceStride) + ((long)(head / (queryHeads / keyValueHeads)) * layout.HeadStride);
        ArrayView<T> headKeys = keys.SubView(start), headValues = values.SubView(start);
        ArrayView<int> parentOf = parents;
        if (place.Slot > place.Prefix) parentOf = parents.SubView((long)place.Sequence * layout.Slots, layout.Slots);
        for (int i = thread; i < headDim; i += NaiveThreads) query[i] = Element.ToFloat(queries[((long)row * queryStride) + (head * headDim) + i]) * scale;
        Group.Barrier();

        float max = float.NegativeInfinity, sum = 0f;
        int first = 0, node = place.Slot;
        while (first < place.Prefix || node >= place.Prefix)
        {
            // Whose key is mine in this round: one of the prefix, or the thread-th ancestor of what is left of the path.
            int count, mine = -1;
            if (first < place.Prefix)
            {
                count = XMath.Min(NaiveThreads, place.Prefix - first);
                if (thread < count) mine = first + thread;
                first += NaiveThreads;
            }
            else
            {
                count = 0;
                while (count < NaiveThreads && node >= place.Prefix)
                {
                    if (count == thread) mine = node;
                    count++;
                    node = Parent(parentOf, node, place.Prefix);
                }
            }

            float score = float.NegativeInfinity;
            if (mine >= 0)
            {
                score = 0f;
                for (int i = 0; i < headDim; i++) score += query[i] * Element.ToFloat(headKeys[(mine * layout.SlotStride) + i]);
            }

            scores[thread] = score;
            slots[thread] = mine;
            Group.Barrier();

            float largest = max;
            for (int s = 0; s < count; s++) largest = XMath.Max(largest, scores[s]);
            float fade = XMath.FastExp(max - largest);
            max = largest;
            weights[thread] = XMath.FastExp(score - largest);
            Group.Barrier();

            sum *= fade;
            for (int s = 0; s < count; s++) sum += weights[s];
            for (int e = 0; e < NaiveElements; e++)
            {
                int i = thread + (e * NaiveThreads);
                float total = output[e] * fade;
                if (i < headDim)
                {
                    for (int s = 0; s < count; s++) total += weights[s] * Element.ToFloat(headValues[(slots[s] * layout.SlotStride) + i]);
                }

                output[e] = total;
            }

            // The next round writes what this one has read.
            Group.Barrier();
        }

        for (int e = 0; e < NaiveElements; e++)
        {
            int i = thread + (e * NaiveThreads);
            if (i < headDim) result[i] = Element.FromFloat<T>(output[e] / sum);
        }
    }

    private static void CheckNaive<T>(
        LaunchContract contract, ArrayView<T> queries, ArrayView<T> keys, ArrayView<T> values, ArrayView<TokenRow> rows, ArrayView<int> parents, ArrayView<T> y,
        int rowCount, int queryStride, int queryHeads, int keyValueHeads, int headDim, float scale, CacheLayout layout)
        where T : unmanaged =>
        CheckPortable(contract, queries, keys, values, rows, parents, y, default, rowCount, queryStride, queryHeads, keyValueHeads, headDim, scale, layout, MaximumHeadDim / Warp.WarpSize);
}
