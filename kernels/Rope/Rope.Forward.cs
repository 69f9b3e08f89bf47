namespace LbrCore.Kernels;

// Rope.Forward
// purpose   What happens to queries, keys and values between projection and attention: norm of each head (Qwen3), rotation, and the way into the cache.
// math      per query and key head, with g = 1 or the norm's weight and c = 1 or round(1 / sqrt(mean_j x_j^2 + epsilon)) applied first:
//           x'_i = x_i cos_i - x_(i+h) sin_i,   x'_(i+h) = x_(i+h) cos_i + x_i sin_i,   i < h = headDim / 2
//           queries stay where they are, keys go to their slot of the cache, values follow unchanged
// shapes    qkv [rowCount, (queryHeads + 2 keyValueHeads) * headDim]: queries | keys | values; rotations [rowCount, headDim / 2]; keys, values as `layout` says
// mapping   one warp a head of a row. Aligned heads: a lane owns 16 bytes of each half, so that everything it needs is under way at once. Others: lane l owns the pairs l, l + 32, ...
// traffic   reads and writes qkv once: bound by latency at few rows
// numerics  float32 inside, one rounding at the end; the norm rounds before its weight, as Qwen3RMSNorm does
// source    Su et al., RoFormer (2021), eq. 34, with the halves of a head as pairs (transformers, rotate_half)
public static partial class Rope
{
    /// <summary>Norms and rotates queries in place and keys into the cache, and stores values there.</summary>
    /// <param name="qkv">[rowCount, (queryHeads + 2 keyValueHeads) * headDim]. Queries are replaced.</param>
    /// <param name="rows">[rowCount]: where keys and values go; nothing is stored for a row of no sequence.</param>
    /// <param name="rotations">[rowCount, headDim / 2] of <see cref="Angles"/>.</param>
    /// <param name="queryNorm">[headDim], or empty for no norm.</param>
    /// <param name="keyNorm">[headDim], or empty for no norm.</param>
    /// <param name="keys">The layer's keys. Written at the rows' slots.</param>
    /// <param name="values">The layer's values. Written at the rows' slots.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="keyValueHeads">Key-value heads.</param>
    /// <param name="headDim">Elements of a head, even.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="layout">Where keys and values lie.</param>
    /// <param name="packed">Whether both halves of every head, in <paramref name="qkv"/> and in the cache, start at multiples of 16 bytes.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckForward))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    public static void Forward<T>(
        ArrayView<T> qkv, ArrayView<TokenRow> rows, ArrayView<Float2> rotations, ArrayView<T> queryNorm, ArrayView<T> keyNorm, ArrayView<T> keys, ArrayView<T> values,
        int rowCount, int queryHeads, int keyValueHeads, int headDim, float epsilon, CacheLayout layout, bool packed)
        where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        int heads = queryHeads + (2 * keyValueHeads), item = (Grid.IdxX * Warps) + Warp.WarpIdx;
        if (item >= rowCount * heads) return;
        Grid.DependencySynchronize();
        int row = item / heads, head = item % heads;
        TokenRow place = rows[row];
        if (place.Sequence < 0) return;
        ArrayView<T> x = qkv.SubView((long)item * headDim, headDim);
        ArrayView<Float2> turns = rotations.SubView(row * (headDim / 2), headDim / 2);
        long slot = (place.Sequence * layout.SequenceStride) + ((long)place.Slot * layout.SlotStride);
        if (head < queryHeads)
        {
            Rotate(x, x, turns, queryNorm, headDim, epsilon, packed);
        }
        else if (head < queryHeads + keyValueHeads)
        {
            Rotate(x, keys.SubView(slot + ((long)(head - queryHeads) * layout.HeadStride), headDim), turns, keyNorm, headDim, epsilon, packed);
        }
        else
        {
            ArrayView<T> target = values.SubView(slot + ((long)(head - queryHeads - keyValueHeads) * layout.HeadStride), headDim);
            if (packed) CopyPieces(x, target, headDim);
            else CopyElements(x, target, headDim);
        }
    }

    private static void CopyPieces<T>(ArrayView<T> x, ArrayView<T> y, int headDim) where T : unmanaged
    {
        for (int i = Warp.LaneIdx * Packed<T>.Count; i < headDim; i += Warp.WarpSize * Packed<T>.Count) y.StorePacked(i, x.LoadPacked(i));
    }

    private static void CopyElements<T>(ArrayView<T> x, ArrayView<T> y, int headDim) where T : unmanaged
    {
        for (int i = Warp.LaneIdx; i < headDim; i += Warp.WarpSize) y[i] = x[i];
    }

    // One head by one warp. Each lane reads a pair before it writes it, so y may be x.
    private static void Rotate<T>(ArrayView<T> x, ArrayView<T> y, ArrayView<Float2> turns, ArrayView<T> norm, int headDim, float epsilon, bool packed) where T : unmanaged
    {
        if (packed) RotatePieces(x, y, turns, norm, headDim, epsilon);
        else RotateElements(x, y, turns, norm, headDim, epsilon);
    }

    // Half a head of at most 256 elements is no more than 32 pieces: one a lane.
    private static void RotatePieces<T>(ArrayView<T> x, ArrayView<T> y, ArrayView<Float2> turns, ArrayView<T> norm, int headDim, float epsilon) where T : unmanaged
    {
        int half = headDim / 2, at = Warp.LaneIdx * Packed<T>.Count;
        Packed<T> lows = default, highs = default;
        ArrayView<Float4> turnsOfPairs = LocalMemory.Allocate<Float4>(Packed<T>.Count / 2);
        if (at < half)
        {
            lows = x.LoadPacked(at);
            highs = x.LoadPacked(at + half);
            for (int i = 0; i < Packed<T>.Count / 2; i++) turnsOfPairs[i] = turns.Cast<Float4>()[(at / 2) + i];
        }

        float factor = 1f;
        if (norm.IsValid)
        {
            float squares = 0f;
            for (int i = 0; i < Packed<T>.Count; i++) squares += (lows.GetFloat(i) * lows.GetFloat(i)) + (highs.GetFloat(i) * highs.GetFloat(i));
            factor = XMath.FastRsqrt((Warp.ReduceAdd(squares) / headDim) + epsilon);
        }

        if (at >= half) return;
        Packed<T> first = default, second = default;
        for (int i = 0; i < Packed<T>.Count; i++)
        {
            float low = lows.GetFloat(i), high = highs.GetFloat(i);
            if (norm.IsValid)
            {
                low = Element.ToFloat(norm[at + i]) * Rounded<T>(low * factor);
                high = Element.ToFloat(norm[at + half + i]) * Rounded<T>(high * factor);
            }

            Float4 pair = turnsOfPairs[i / 2];
            float cosine = i % 2 == 0 ? pair.X : pair.Z, sine = i % 2 == 0 ? pair.Y : pair.W;
            first.SetFloat(i, (low * cosine) - (high * sine));
            second.SetFloat(i, (high * cosine) + (low * sine));
        }

        y.StorePacked(at, first);
        y.StorePacked(at + half, second);
    }

    private static void RotateElements<T>(ArrayView<T> x, ArrayView<T> y, ArrayView<Float2> turns, ArrayView<T> norm, int headDim, float epsilon) where T : unmanaged
    {
        int half = headDim / 2;
        float factor = norm.IsValid ? XMath.FastRsqrt((SumOfSquares(x, headDim) / headDim) + epsilon) : 1f;
        for (int i = Warp.LaneIdx; i < half; i += Warp.WarpSize)
        {
            float low = Element.ToFloat(x[i]), high = Element.ToFloat(x[i + half]);
            if (norm.IsValid)
            {
                low = Element.ToFloat(norm[i]) * Rounded<T>(low * factor);
                high = Element.ToFloat(norm[i + half]) * Rounded<T>(high * factor);
            }

            Float2 turn = turns[i];
            y[i] = Element.FromFloat<T>((low * turn.X) - (high * turn.Y));
            y[i + half] = Element.FromFloat<T>((high * turn.X) + (low * turn.Y));
        }
    }

    private static float SumOfSquares<T>(ArrayView<T> x, int headDim) where T : unmanaged
    {
        float sum = 0f;
        for (int i = Warp.LaneIdx; i < headDim; i += Warp.WarpSize) sum += Element.ToFloat(x[i]) * Element.ToFloat(x[i]);
        return Warp.ReduceAdd(sum);
    }

    private static float Rounded<T>(float value) where T : unmanaged => Element.ToFloat(Element.FromFloat<T>(value));

    /// <summary>Queues <see cref="Forward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="qkv">[rowCount, (queryHeads + 2 keyValueHeads) * headDim]. Queries are replaced.</param>
    /// <param name="rows">[rowCount].</param>
    /// <param name="rotations">[rowCount, headDim / 2].</param>
    /// <param name="queryNorm">[headDim], or empty for no norm.</param>
    /// <param name="keyNorm">[headDim], or empty for no norm.</param>
    /// <param name="keys">The layer's keys. Written.</param>
    /// <param name="values">The layer's values. Written.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="keyValueHeads">Key-value heads.</param>
    /// <param name="headDim">Elements of a head, even.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="layout">Where keys and values lie.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchForward<T>(
        ComputeStream stream, ArrayView<T> qkv, ArrayView<TokenRow> rows, ArrayView<Float2> rotations, ArrayView<T> queryNorm, ArrayView<T> keyNorm, ArrayView<T> keys, ArrayView<T> values,
        int rowCount, int queryHeads, int keyValueHeads, int headDim, float epsilon, CacheLayout layout, bool dependent = false)
        where T : unmanaged
    {
        int count = Packed<T>.Count;
        bool packed = headDim % (2 * count) == 0 && PackedSplit.RowsAligned(qkv, headDim) && PackedSplit.RowsAligned(rotations, headDim / 2)
            && PackedSplit.RowsAligned(keys, layout.HeadStride) && PackedSplit.RowsAligned(values, layout.HeadStride)
            && layout.SequenceStride % count == 0 && layout.SlotStride % count == 0;
        LaunchForward(
            stream, Config((long)rowCount * (queryHeads + (2 * keyValueHeads)), Warps, dependent),
            qkv, rows, rotations, queryNorm, keyNorm, keys, values, rowCount, queryHeads, keyValueHeads, headDim, epsilon, layout, packed);
    }

    private static void CheckForward<T>(
        LaunchContract contract, ArrayView<T> qkv, ArrayView<TokenRow> rows, ArrayView<Float2> rotations, ArrayView<T> queryNorm, ArrayView<T> keyNorm, ArrayView<T> keys, ArrayView<T> values,
        int rowCount, int queryHeads, int keyValueHeads, int headDim, float epsilon, CacheLayout layout, bool packed)
        where T : unmanaged
    {
        contract.NonNegative(rowCount);
        contract.Positive(queryHeads);
        contract.Positive(keyValueHeads);
        contract.InRange(headDim, 2, MaximumHeadDim);
        contract.MultipleOf(headDim, 2);
        long heads = queryHeads + (2L * keyValueHeads);
        contract.InRange(rowCount * heads, 0, int.MaxValue);
        contract.Length(qkv, rowCount * heads * headDim);
        contract.Length(rows, rowCount);
        contract.Length(rotations, (long)rowCount * (headDim / 2));
        contract.Require(epsilon >= 0, $"epsilon is {epsilon}; it keeps the mean square above zero, so it must not be negative");
        if (queryNorm.IsValid) contract.Length(queryNorm, headDim);
        if (keyNorm.IsValid) contract.Length(keyNorm, headDim);
        contract.Disjoint(keys, qkv);
        contract.Disjoint(values, qkv);
        contract.Disjoint(values, keys);
        contract.GridAtLeast(LaunchConfig.Cover(rowCount * heads, Warps).Grid);
        if (!packed) return;
        contract.MultipleOf(headDim, 2 * Packed<T>.Count);
        contract.Aligned(qkv, 16);
        contract.Aligned(rotations, 16);
        contract.Aligned(keys, 16);
        contract.Aligned(values, 16);
    }
}
