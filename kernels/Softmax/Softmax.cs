namespace LbrCore.Kernels;

// Softmax
// purpose   Turns rows of logits into probabilities.
// math      y_i = exp(x_i - m) / s,   m = max_j x_j,   s = sum_j exp(x_j - m)
// shapes    x, y [rows, columns] row-major; columns of any number
// mapping   one group a row; thread t takes the 16-byte pieces t, t + threads, ... Rows that are not aligned to 16 bytes are walked element by element.
//           Short rows (pieces > 0): every thread holds its pieces in registers from load to store: maximum, exponentials, sum, each computed once.
//           Long rows (pieces = 0): a first pass, four pieces in flight, keeps (m, s) of what was seen and joins such pairs over lanes and warps; a second pass reads again.
//           Few long rows would leave most of the device idle: Softmax.Split.cs gives a row several groups.
// traffic   one read and one write an element, for long rows a second read, from L2 while the rows at work fit there; one exponential an element (long rows two): bound by memory
// numerics  float32 inside; differences are taken before scaling, so that logits of any size are exact to the rounding of x_i - m. ex2.approx, 2 ulp. Deterministic.
//           -inf gives exactly 0. A row of nothing but -inf, or with a +inf or NaN in it, has no softmax: all of it becomes NaN, as in PyTorch.
// source    Milakov and Gimelshein, Online normalizer calculation for softmax (2018), algorithm 3
/// <summary>Softmax over the last axis.</summary>
public static partial class Softmax
{
    /// <summary>Most columns of a row: positions in a row, also past its end, stay far inside an <see cref="int"/>.</summary>
    public const int MaximumColumns = 1 << 30;

    /// <summary>Pieces of a long row that a thread has in flight.</summary>
    private const int InFlight = 4;

    /// <summary>y = softmax(x), row by row.</summary>
    /// <param name="x">[rows, columns].</param>
    /// <param name="y">[rows, columns]. Written; may be <paramref name="x"/>.</param>
    /// <param name="rows">Rows, one a group.</param>
    /// <param name="columns">Columns; with packed rows at most threads * pieces * 16 bytes, if pieces &gt; 0.</param>
    /// <param name="packed">Whether all rows start at multiples of 16 bytes.</param>
    /// <param name="threads">Threads of a group.</param>
    /// <param name="pieces">16-byte pieces that a thread keeps in registers; 0 for rows of any length.</param>
    [Kernel(Use = KernelUse.Training, Contract = nameof(CheckForward))]
    [Variant(typeof(float), 128, 1, GroupSize = 128)]
    [Variant(typeof(float), 256, 4, GroupSize = 256)]
    [Variant(typeof(float), 512, 0, GroupSize = 512)]
    [Variant(typeof(BFloat16), 128, 1, GroupSize = 128)]
    [Variant(typeof(BFloat16), 256, 2, GroupSize = 256)]
    [Variant(typeof(BFloat16), 512, 0, GroupSize = 512)]
    [Variant(typeof(Half), 128, 1, GroupSize = 128)]
    [Variant(typeof(Half), 256, 2, GroupSize = 256)]
    [Variant(typeof(Half), 512, 0, GroupSize = 512)]
    public static void Forward<T>(ArrayView<T> x, ArrayView<T> y, int rows, int columns, bool packed, [Const] int threads, [Const] int pieces) where T : unmanaged
    {
        if (Grid.IdxX >= rows) return;
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        ArrayView<T> from = x.SubView((long)Grid.IdxX * columns, columns), to = y.SubView((long)Grid.IdxX * columns, columns);
        if (!packed) ForwardElements(from, to, columns, threads);
        else if (pieces > 0) ForwardInRegisters(from, to, columns, threads, pieces);
        else ForwardOnline(from, to, columns, threads);
    }

    private static void ForwardInRegisters<T>(ArrayView<T> from, ArrayView<T> to, int columns, int threads, int pieces) where T : unmanaged
    {
        // What lies past the row is -inf and adds nothing.
        ArrayView<float> values = LocalMemory.Allocate<float>(pieces * Packed<T>.Count);
        LoadPieces(from, values, Group.IdxX * Packed<T>.Count, columns, threads, pieces);
        float largest = values[0];
        for (int i = 1; i < pieces * Packed<T>.Count; i++) largest = XMath.Max(largest, values[i]);
        largest = GroupReduce.Max(largest, threads);
        float shift = SoftmaxSum.ShiftFor(largest), sum = 0f;
        for (int i = 0; i < pieces * Packed<T>.Count; i++)
        {
            values[i] = XMath.FastExp(values[i] - shift);
            sum += values[i];
        }

        float factor = XMath.FastRcp(GroupReduce.Add(sum, threads));
        for (int p = 0; p < pieces; p++)
        {
            int at = (Group.IdxX + (p * threads)) * Packed<T>.Count;
            Packed<T> scaled = default;
            for (int i = 0; i < Packed<T>.Count; i++) scaled.SetFloat(i, values[(p * Packed<T>.Count) + i] * factor);
            if (at < columns) to.StorePacked(at, scaled);
        }
    }

    private static void ForwardOnline<T>(ArrayView<T> from, ArrayView<T> to, int columns, int threads) where T : unmanaged
    {
        SoftmaxSum all = SoftmaxSum.OverGroup(SumOfPieces(from, columns, threads), threads);
        ScalePieces(from, to, columns, threads, all);
    }

    private static void ForwardElements<T>(ArrayView<T> from, ArrayView<T> to, int columns, int threads) where T : unmanaged
    {
        SoftmaxSum seen = SoftmaxSum.Empty;
        for (int at = Group.IdxX; at < columns; at += threads) seen.Add(Element.ToFloat(from[at]));
        seen = SoftmaxSum.OverGroup(seen, threads);
        float factor = XMath.FastRcp(seen.Sum), shift = seen.Shift;
        for (int at = Group.IdxX; at < columns; at += threads) to[at] = Element.FromFloat<T>(XMath.FastExp(Element.ToFloat(from[at]) - shift) * factor);
    }

    // The thread's pieces of a row from `at` on, a group's width apart; -inf past `end`.
    private static void LoadPieces<T>(ArrayView<T> from, ArrayView<float> values, int at, int end, int threads, int pieces) where T : unmanaged
    {
        ArrayView<Packed<T>> loaded = LocalMemory.Allocate<Packed<T>>(pieces);
        for (int p = 0; p < pieces; p++)
        {
            int piece = at + (p * threads * Packed<T>.Count);
            if (piece < end) loaded[p] = from.LoadPacked(piece);
        }

        for (int p = 0; p < pieces; p++)
        {
            bool inside = at + (p * threads * Packed<T>.Count) < end;
            for (int i = 0; i < Packed<T>.Count; i++) values[(p * Packed<T>.Count) + i] = inside ? loaded[p].GetFloat(i) : float.NegativeInfinity;
        }
    }

    // What the thread has seen of a row.
    private static SoftmaxSum SumOfPieces<T>(ArrayView<T> from, int columns, int threads) where T : unmanaged
    {
        SoftmaxSum seen = SoftmaxSum.Empty;
        for (int at = Group.IdxX * Packed<T>.Count; at < columns; at += InFlight * threads * Packed<T>.Count)
        {
            // The maximum of all pieces in flight is found first, so that the sum is rescaled once.
            ArrayView<float> values = LocalMemory.Allocate<float>(InFlight * Packed<T>.Count);
            LoadPieces(from, values, at, columns, threads, InFlight);
            float before = seen.Max;
            for (int i = 0; i < InFlight * Packed<T>.Count; i++) seen.Max = XMath.Max(seen.Max, values[i]);
            float shift = seen.Shift;
            seen.Sum *= XMath.FastExp(before - shift);
            for (int i = 0; i < InFlight * Packed<T>.Count; i++) seen.Sum += XMath.FastExp(values[i] - shift);
        }

        return seen;
    }

    private static void ScalePieces<T>(ArrayView<T> from, ArrayView<T> to, int columns, int threads, SoftmaxSum all) where T : unmanaged
    {
        for (int at = Group.IdxX * Packed<T>.Count; at < columns; at += InFlight * threads * Packed<T>.Count)
        {
            ArrayView<float> values = LocalMemory.Allocate<float>(InFlight * Packed<T>.Count);
            LoadPieces(from, values, at, columns, threads, InFlight);
            StorePieces(to, values, at, columns, threads, all);
        }
    }

    // The counterpart of LoadPieces: exponentials of what was loaded, over their sum. Streamed, so that y does not drive x, which is read twice, out of L2.
    private static void StorePieces<T>(ArrayView<T> to, ArrayView<float> values, int at, int end, int threads, SoftmaxSum all) where T : unmanaged
    {
        float factor = XMath.FastRcp(all.Sum), shift = all.Shift;
        for (int p = 0; p < InFlight; p++)
        {
            int piece = at + (p * threads * Packed<T>.Count);
            Packed<T> scaled = default;
            for (int i = 0; i < Packed<T>.Count; i++) scaled.SetFloat(i, XMath.FastExp(values[(p * Packed<T>.Count) + i] - shift) * factor);
            if (piece < end) to.StorePacked(piece, scaled, CacheHint.Streaming);
        }
    }

    /// <summary>Queues y = softmax(x), row by row, by as many groups as the sizes ask for.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[rows, columns].</param>
    /// <param name="y">[rows, columns]. Written; may be <paramref name="x"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns, at least 1.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    /// <param name="workspace">Lets several groups share a long row: <see cref="WorkspaceLength"/> elements, contents undefined before and after. Empty: they do not.</param>
    public static void LaunchForward<T>(
        ComputeStream stream, ArrayView<T> x, ArrayView<T> y, int rows, int columns, bool dependent = false, ArrayView<Float2> workspace = default)
        where T : unmanaged
    {
        bool packed = PackedSplit.RowsAligned(x, columns) && PackedSplit.RowsAligned(y, columns);
        (int threads, int pieces) = ShapeFor<T>(columns);
        int parts = packed && pieces == 0 ? PartsOfRow<T>(stream.Device.Info, rows, columns) : 1;
        if (parts > 1 && workspace.Length >= (long)rows * parts) LaunchSplit(stream, x, y, rows, columns, workspace, parts, dependent);
        else LaunchForward(stream, new LaunchConfig(rows) { DependentLaunch = dependent }, x, y, rows, columns, packed, threads, pieces);
    }

    /// <summary>Threads of a group and pieces of a thread that rows of so many columns get: the smallest shape compiled in that holds them.</summary>
    /// <param name="columns">Columns of a row.</param>
    public static (int Threads, int Pieces) ShapeFor<T>(int columns) where T : unmanaged
    {
        int pieces = typeof(T) == typeof(float) ? 4 : 2;
        return columns <= 128 * Packed<T>.Count ? (128, 1) : columns <= 256 * pieces * Packed<T>.Count ? (256, pieces) : (512, 0);
    }

    private static void CheckForward<T>(LaunchContract contract, ArrayView<T> x, ArrayView<T> y, int rows, int columns, bool packed, int threads, int pieces) where T : unmanaged
    {
        CheckRows(contract, x, y, rows, columns, packed);
        contract.GridAtLeast(rows);
        if (packed && pieces > 0) contract.InRange(columns, 1, threads * pieces * Packed<T>.Count);
    }

    private static void CheckRows<T>(LaunchContract contract, ArrayView<T> x, ArrayView<T> y, int rows, int columns, bool packed) where T : unmanaged
    {
        contract.NonNegative(rows);
        contract.InRange(columns, 1, MaximumColumns);
        contract.Length(x, (long)rows * columns);
        contract.Length(y, (long)rows * columns);
        if (!packed) return;
        contract.MultipleOf(columns, Packed<T>.Count);
        contract.Aligned(x, 16);
        contract.Aligned(y, 16);
    }
}
