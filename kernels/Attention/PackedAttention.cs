namespace LbrCore.Kernels;

// PackedAttention
// purpose   Attention of training: whole sequences and trees of tokens, packed one behind the other, and its gradients.
// math      Rows of a sequence stand in preorder of its tree (of a text: in order), so the descendants of row s are the rows s + 1 .. last[s]. Row r sees its ancestors and itself:
//           s sees_by r  <=>  s <= r <= last[s].   One number a row holds the whole mask, for both directions.
//           y_r = sum_s p_rs v_s,   p_rs = exp(scale q_r . k_s - logSumExp_r)
//           d_r = gradY_r . y_r,   g_rs = p_rs (gradY_r . v_s - d_r)
//           gradQ_r = scale sum_s g_rs k_s,   gradK_s = scale sum_r g_rs q_r,   gradV_s = sum_r p_rs gradY_r
// shapes    queries, keys, values: row r, head h at r * stride + h * headDim, a stride for each; y, gradY [rows, queryHeads * headDim]; logSumExp, deltas [rows, queryHeads]
//           query head h reads key-value head h / (queryHeads / keyValueHeads)
// mapping   A tile of rows and a head a group. `parts` neighbouring threads own a row, each 32 elements of the head in interleaved fours, so that neighbours read neighbouring banks.
//           The other side streams through shared memory in tiles, as float; all threads read the same row of it at a time (a broadcast). No two groups write the same element: no atomics,
//           and what the groups of one key-value head add up is added by one group.
// traffic   each tile reads its sequence once; 4 (backward 10) operations a pair and element, by the float32 units
// numerics  float32 inside, exponentials in base 2; the order of sums depends on the row's own sequence alone
// source    Dao, FlashAttention-2 (2023), algorithms 1 and 2
/// <summary>Attention over packed sequences and trees, forward and backward.</summary>
public static partial class PackedAttention
{
    /// <summary>Largest head size.</summary>
    public const int MaximumHeadDim = 256;

    private const int Threads = 128;

    /// <summary>Elements of a head that a thread owns.</summary>
    private const int PerThread = 32;

    /// <summary>Scores that a thread holds before it rescales its sums.</summary>
    private const int Block = 8;

    private const float Log2E = 1.44269504f;

    /// <summary>Threads that share a row of heads of this size.</summary>
    /// <param name="headDim">Elements of a head.</param>
    public static int PartsFor(int headDim) => headDim <= PerThread ? 1 : headDim <= 2 * PerThread ? 2 : headDim <= 4 * PerThread ? 4 : 8;

    /// <summary>Most rows of a tile for heads of this size.</summary>
    /// <param name="headDim">Elements of a head.</param>
    public static int RowsOfTile(int headDim) => Threads / PartsFor(headDim);

    // Rows that are in shared memory at a time: 16 KiB of each operand at the most.
    private static int Streamed(int parts) => parts <= 2 ? 32 : 16;

    // Whether the warp owns rows of the tile.
    private static bool HasRows(int rowsOfTile, int parts) => Warp.WarpIdx * (Warp.WarpSize / parts) < rowsOfTile;

    // Element of the head that is number e of a part's own.
    private static int ElementOf(int e, int part, int parts) => (e / 4 * 4 * parts) + (part * 4) + (e % 4);

    // A row of a head into registers.
    private static void LoadRow<T>(ArrayView<T> from, long at, ArrayView<float> into, int part, int headDim, int parts, float factor) where T : unmanaged
    {
        for (int e = 0; e < PerThread; e++)
        {
            int i = ElementOf(e, part, parts);
            into[e] = i < headDim ? Element.ToFloat(from[at + i]) * factor : 0f;
        }
    }

    private static void StoreRow<T>(ArrayView<T> to, long at, ArrayView<float> values, int part, int headDim, int parts, float factor) where T : unmanaged
    {
        for (int e = 0; e < PerThread; e++)
        {
            int i = ElementOf(e, part, parts);
            if (i < headDim) to[at + i] = Element.FromFloat<T>(values[e] * factor);
        }
    }

    // Rows `first` and following into shared memory, zeros behind the head and behind `end`.
    private static void LoadTile<T>(ArrayView<T> from, int stride, int headAt, ArrayView<float> shared, int first, int end, int headDim, int parts) where T : unmanaged
    {
        int width = PerThread * parts;
        for (int at = Group.IdxX; at < Streamed(parts) * width; at += Threads)
        {
            int row = first + (at / width), i = at % width;
            shared[at] = row < end && i < headDim ? Element.ToFloat(from[((long)row * stride) + headAt + i]) : 0f;
        }
    }

    // The product of a row in registers with row j of the tile in shared memory, whole in all threads of the row.
    private static float Product(ArrayView<float> row, ArrayView<float> shared, int j, int part, int parts)
    {
        int at = (j * PerThread * parts) + (part * 4);
        float sum = 0f;
        for (int four = 0; four < PerThread / 4; four++)
        {
            Packed<float> values = shared.LoadPacked(at + (four * 4 * parts));
            for (int i = 0; i < 4; i++) sum = XMath.Fma(row[(four * 4) + i], values[i], sum);
        }

        if (parts > 1) sum += Warp.ShuffleXor(sum, 1);
        if (parts > 2) sum += Warp.ShuffleXor(sum, 2);
        if (parts > 4) sum += Warp.ShuffleXor(sum, 4);
        return sum;
    }

    // sums += factor * row j of the tile.
    private static void AddRow(ArrayView<float> sums, float factor, ArrayView<float> shared, int j, int part, int parts)
    {
        int at = (j * PerThread * parts) + (part * 4);
        for (int four = 0; four < PerThread / 4; four++)
        {
            Packed<float> values = shared.LoadPacked(at + (four * 4 * parts));
            for (int i = 0; i < 4; i++) sums[(four * 4) + i] = XMath.Fma(factor, values[i], sums[(four * 4) + i]);
        }
    }

    private static void CheckSizes(LaunchContract contract, ArrayView<AttentionTile> tiles, ArrayView<int> last, int tileCount, in PackedAttentionSizes sizes, int parts)
    {
        contract.NonNegative(tileCount);
        contract.Positive(sizes.KeyValueHeads);
        contract.MultipleOf(sizes.QueryHeads, sizes.KeyValueHeads);
        contract.InRange(sizes.HeadDim, 1, parts * PerThread);
        contract.Length(tiles, tileCount);
        contract.Length(last, sizes.Rows);
    }

    private static void CheckRows<T>(LaunchContract contract, ArrayView<T> view, int stride, int heads, in PackedAttentionSizes sizes) where T : unmanaged
    {
        contract.Require(stride >= heads * sizes.HeadDim, $"a stride of {stride} is less than {heads} heads of {sizes.HeadDim}");
        contract.Length(view, sizes.Rows == 0 ? 0 : ((sizes.Rows - 1L) * stride) + (heads * sizes.HeadDim));
    }
}
