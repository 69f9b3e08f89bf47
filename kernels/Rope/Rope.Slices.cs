namespace LbrCore.Kernels;

// Rope.ForwardSlices
// purpose   Rope.Forward behind a projection whose k was split over groups: between 17 and some hundred rows the projection has too few tiles for a GPU, and one group that adds all slices of
//           its tile would keep the others waiting.
// math      x = round(sum_s slice_s + bias), then as Rope.Forward
// mapping   one warp a head of a row, four neighbours a lane, so that slices are read 16 bytes at a time by all lanes; the halves of a head meet by a shuffle
// traffic   4 slices + 2 bytes an element; the slices come from L2, which has just taken them in
// numerics  slices in order, in float32, then the bias, rounded to the element type as the projection would; from there as Rope.Forward: the same bits on every run
public static partial class Rope
{
    /// <summary>Elements of a lane.</summary>
    private const int LaneElements = 4;

    /// <summary>Slices of which a lane has its part under way at a time.</summary>
    private const int SlicesAtOnce = 4;

    /// <summary>Adds slices of queries, keys and values, norms and rotates: queries to <paramref name="queries"/>, keys and values into the cache.</summary>
    /// <param name="slices">[count, rowCount, (queryHeads + 2 keyValueHeads) * headDim], 16-byte aligned: partial sums.</param>
    /// <param name="bias">One for each column, 16-byte aligned, or empty for none.</param>
    /// <param name="queries">[rowCount, (queryHeads + 2 keyValueHeads) * headDim], 16-byte aligned: the queries written.</param>
    /// <param name="rows">[rowCount]: where keys and values go; nothing is stored for a row of no sequence.</param>
    /// <param name="rotations">[rowCount, headDim / 2] of <see cref="Angles"/>, 16-byte aligned.</param>
    /// <param name="queryNorm">[headDim], or empty for no norm.</param>
    /// <param name="keyNorm">[headDim], or empty for no norm.</param>
    /// <param name="keys">The layer's keys, 16-byte aligned. Written at the rows' slots.</param>
    /// <param name="values">The layer's values, 16-byte aligned. Written at the rows' slots.</param>
    /// <param name="count">Slices.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="keyValueHeads">Key-value heads.</param>
    /// <param name="headDim">Elements of a head: a power of two from 16 to 128.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="layout">Where keys and values lie.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckForwardSlices))]
    [Variant(typeof(BFloat16))]
    public static void ForwardSlices<T>(
        ArrayView<float> slices, ArrayView<T> bias, ArrayView<T> queries, ArrayView<TokenRow> rows, ArrayView<Float2> rotations, ArrayView<T> queryNorm, ArrayView<T> keyNorm,
        ArrayView<T> keys, ArrayView<T> values, int count, int rowCount, int queryHeads, int keyValueHeads, int headDim, float epsilon, CacheLayout layout)
        where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        int heads = queryHeads + (2 * keyValueHeads), item = (Grid.IdxX * Warps) + Warp.WarpIdx;
        if (item >= rowCount * heads) return;
        int row = item / heads, head = item % heads, half = headDim / 2, at = Warp.LaneIdx * LaneElements, pair = at & (half - 1);
        bool inHead = at < headDim, isQuery = head < queryHeads, isValue = head >= queryHeads + keyValueHeads, isHigh = at >= half;
        ArrayView<float> x = LocalMemory.Allocate<float>(LaneElements);
        if (inHead && bias.IsValid)
            for (int e = 0; e < LaneElements; e++) x[e] = Element.ToFloat(bias[(head * headDim) + at + e]);
        Grid.DependencySynchronize();
        TokenRow place = rows[row];
        Float4 first = default, second = default;
        if (inHead)
        {
            first = rotations.Cast<Float4>()[((row * half) + pair) / 2];
            second = rotations.Cast<Float4>()[(((row * half) + pair) / 2) + 1];
        }

        ArrayView<float> sums = LocalMemory.Allocate<float>(LaneElements);
        ArrayView<Packed<float>> parts = LocalMemory.Allocate<Packed<float>>(SlicesAtOnce);
        long slice = (long)rowCount * heads * headDim, from = ((long)item * headDim) + at;
        for (int s = 0; s < count; s += SlicesAtOnce)
        {
            for (int p = 0; p < SlicesAtOnce; p++) parts[p] = inHead && s + p < count ? slices.LoadPacked(((s + p) * slice) + from) : default;
            for (int p = 0; p < SlicesAtOnce; p++)
                for (int e = 0; e < LaneElements; e++) sums[e] += parts[p][e];
        }

        for (int e = 0; e < LaneElements; e++) x[e] = Rounded<T>(sums[e] + x[e]);
        ArrayView<T> norm = isQuery ? queryNorm : keyNorm;
        if (norm.IsValid && !isValue)
        {
            float squares = 0f;
            for (int e = 0; e < LaneElements; e++) squares += inHead ? x[e] * x[e] : 0f;
            float factor = XMath.FastRsqrt((Warp.ReduceAdd(squares) / headDim) + epsilon);
            for (int e = 0; e < LaneElements; e++) x[e] = inHead ? Element.ToFloat(norm[at + e]) * Rounded<T>(x[e] * factor) : 0f;
        }

        Packed<T> result = default;
        for (int e = 0; e < LaneElements; e++)
        {
            float other = Warp.ShuffleXor(x[e], headDim / (2 * LaneElements)), cosine = e < 2 ? (e == 0 ? first.X : first.Z) : (e == 2 ? second.X : second.Z);
            float sine = e < 2 ? (e == 0 ? first.Y : first.W) : (e == 2 ? second.Y : second.W), turned = isHigh ? (x[e] * cosine) + (other * sine) : (x[e] * cosine) - (other * sine);
            result.SetFloat(e, isValue ? x[e] : turned);
        }

        if (!inHead || place.Sequence < 0) return;
        long slot = (place.Sequence * layout.SequenceStride) + ((long)place.Slot * layout.SlotStride) + at;
        var two = new UInt2(result.GetWord(0), result.GetWord(1));
        if (isQuery) queries.Cast<UInt2>()[from / LaneElements] = two;
        else if (!isValue) keys.Cast<UInt2>()[(slot + ((long)(head - queryHeads) * layout.HeadStride)) / LaneElements] = two;
        else values.Cast<UInt2>()[(slot + ((long)(head - queryHeads - keyValueHeads) * layout.HeadStride)) / LaneElements] = two;
    }

    /// <summary>Whether a projection to heads of so many elements can end in <see cref="ForwardSlices"/>: bfloat16, a power of two of elements that a warp holds.</summary>
    /// <param name="headDim">Elements of a head.</param>
    public static bool CanAddSlices<T>(int headDim) where T : unmanaged => typeof(T) == typeof(BFloat16) && headDim is 16 or 32 or 64 or 128;

    /// <summary>Queues <see cref="ForwardSlices"/>; only where <see cref="CanAddSlices"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="slices">[count, rowCount, (queryHeads + 2 keyValueHeads) * headDim]: partial sums.</param>
    /// <param name="bias">One for each column, or empty for none.</param>
    /// <param name="queries">[rowCount, (queryHeads + 2 keyValueHeads) * headDim]: the queries written.</param>
    /// <param name="rows">[rowCount].</param>
    /// <param name="rotations">[rowCount, headDim / 2].</param>
    /// <param name="queryNorm">[headDim], or empty for no norm.</param>
    /// <param name="keyNorm">[headDim], or empty for no norm.</param>
    /// <param name="keys">The layer's keys. Written.</param>
    /// <param name="values">The layer's values. Written.</param>
    /// <param name="count">Slices.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="keyValueHeads">Key-value heads.</param>
    /// <param name="headDim">Elements of a head.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="layout">Where keys and values lie.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchForwardSlices<T>(
        ComputeStream stream, ArrayView<float> slices, ArrayView<T> bias, ArrayView<T> queries, ArrayView<TokenRow> rows, ArrayView<Float2> rotations, ArrayView<T> queryNorm, ArrayView<T> keyNorm,
        ArrayView<T> keys, ArrayView<T> values, int count, int rowCount, int queryHeads, int keyValueHeads, int headDim, float epsilon, CacheLayout layout, bool dependent = false)
        where T : unmanaged => LaunchForwardSlices(
            stream, Config((long)rowCount * (queryHeads + (2 * keyValueHeads)), Warps, dependent), slices, bias, queries, rows, rotations, queryNorm, keyNorm, keys, values,
            count, rowCount, queryHeads, keyValueHeads, headDim, epsilon, layout);

    private static void CheckForwardSlices<T>(
        LaunchContract contract, ArrayView<float> slices, ArrayView<T> bias, ArrayView<T> queries, ArrayView<TokenRow> rows, ArrayView<Float2> rotations, ArrayView<T> queryNorm, ArrayView<T> keyNorm,
        ArrayView<T> keys, ArrayView<T> values, int count, int rowCount, int queryHeads, int keyValueHeads, int headDim, float epsilon, CacheLayout layout)
        where T : unmanaged
    {
        CheckForward(contract, queries, rows, rotations, queryNorm, keyNorm, keys, values, rowCount, queryHeads, keyValueHeads, headDim, epsilon, layout, true);
        contract.Require(CanAddSlices<T>(headDim), $"headDim is {headDim}; a warp adds slices of heads of 16, 32, 64 or 128 elements");
        contract.NonNegative(count);
        contract.Length(slices, (long)count * rowCount * (queryHeads + (2L * keyValueHeads)) * headDim);
        contract.Aligned(slices, 16);
        if (bias.IsValid) contract.Length(bias, (queryHeads + (2L * keyValueHeads)) * headDim);
        contract.MultipleOf(layout.SequenceStride, LaneElements);
        contract.MultipleOf(layout.SlotStride, LaneElements);
        contract.MultipleOf(layout.HeadStride, LaneElements);
    }
}
