namespace LbrCore.Kernels;

// Softmax
// purpose   Turns rows of logits into probabilities.
// math      y_i = exp(x_i - m) / s,   m = max_j x_j,   s = sum_j exp(x_j - m)
//           online: walking the row, a thread keeps (m, s) of what it has seen; two such pairs join as m = max(m1, m2), s = s1 exp(m1 - m) + s2 exp(m2 - m)
// shapes    x, y [rows, columns] row-major; columns of any number
// mapping   one group a row. Thread t takes the 16-byte pieces t, t + threads, ..., four in flight; pairs join by butterflies in the warp, then over
//           warps through shared memory. Rows that are not aligned to 16 bytes are walked element by element.
// traffic   one read for (m, s), one for the result (from L2 while the row fits there), one write: bound by memory; two exponentials an element
// numerics  float32 inside; differences are taken before scaling, so that logits of any size are exact to the rounding of x_i - m. ex2.approx, 2 ulp. Deterministic.
//           -inf gives exactly 0. A row of nothing but -inf, or with a +inf or NaN in it, has no softmax: all of it becomes NaN, as in PyTorch.
// source    Milakov and Gimelshein, Online normalizer calculation for softmax (2018), algorithm 3
/// <summary>Softmax over the last axis.</summary>
public static partial class Softmax
{
    /// <summary>Most columns of a row: positions in a row, also past its end, stay far inside an <see cref="int"/>.</summary>
    public const int MaximumColumns = 1 << 30;

    /// <summary>Threads of a group for short rows and for long ones.</summary>
    private const int FewThreads = 128, ManyThreads = 512;

    /// <summary>Pieces that a thread has in flight.</summary>
    private const int InFlight = 4;

    /// <summary>y = softmax(x), row by row.</summary>
    /// <param name="x">[rows, columns].</param>
    /// <param name="y">[rows, columns]. Written; may be <paramref name="x"/>.</param>
    /// <param name="rows">Rows, one a group.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="packed">Whether all rows start at multiples of 16 bytes.</param>
    /// <param name="threads">Threads of a group.</param>
    [Kernel(Contract = nameof(CheckForward))]
    [Variant(typeof(float), FewThreads, GroupSize = FewThreads)]
    [Variant(typeof(float), ManyThreads, GroupSize = ManyThreads)]
    [Variant(typeof(BFloat16), FewThreads, GroupSize = FewThreads)]
    [Variant(typeof(BFloat16), ManyThreads, GroupSize = ManyThreads)]
    [Variant(typeof(Half), FewThreads, GroupSize = FewThreads)]
    [Variant(typeof(Half), ManyThreads, GroupSize = ManyThreads)]
    public static void Forward<T>(ArrayView<T> x, ArrayView<T> y, int rows, int columns, bool packed, [Const] int threads) where T : unmanaged
    {
        if (Grid.IdxX >= rows) return;
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        ArrayView<T> from = x.SubView((long)Grid.IdxX * columns, columns), to = y.SubView((long)Grid.IdxX * columns, columns);
        var seen = new SoftmaxSum { Max = float.NegativeInfinity, Sum = 0f };
        if (packed)
        {
            for (int at = Group.IdxX * Packed<T>.Count; at < columns; at += InFlight * threads * Packed<T>.Count) seen = SumPieces(from, at, columns, seen, threads);
            seen = SoftmaxSum.OverGroup(seen);
            for (int at = Group.IdxX * Packed<T>.Count; at < columns; at += InFlight * threads * Packed<T>.Count) ScalePieces(from, to, at, columns, seen, threads);
        }
        else
        {
            for (int at = Group.IdxX; at < columns; at += threads) seen.Add(Element.ToFloat(from[at]));
            seen = SoftmaxSum.OverGroup(seen);
            float factor = 1f / seen.Sum, shift = seen.Shift;
            for (int at = Group.IdxX; at < columns; at += threads) to[at] = Element.FromFloat<T>(XMath.FastExp(Element.ToFloat(from[at]) - shift) * factor);
        }
    }

    // Adds up to InFlight pieces, a group's width apart. The maximum of all of them is found first, so that the sum is rescaled once.
    private static SoftmaxSum SumPieces<T>(ArrayView<T> from, int at, int columns, SoftmaxSum seen, int threads) where T : unmanaged
    {
        ArrayView<float> values = LocalMemory.Allocate<float>(InFlight * Packed<T>.Count);
        for (int p = 0; p < InFlight; p++)
        {
            int piece = at + (p * threads * Packed<T>.Count);
            Packed<T> packed = default;
            bool inRow = piece < columns;
            if (inRow) packed = from.LoadPacked(piece);
            for (int i = 0; i < Packed<T>.Count; i++) values[(p * Packed<T>.Count) + i] = inRow ? packed.GetFloat(i) : float.NegativeInfinity;
        }

        var before = seen;
        for (int i = 0; i < InFlight * Packed<T>.Count; i++) seen.Max = XMath.Max(seen.Max, values[i]);
        float shift = seen.Shift;
        seen.Sum *= XMath.FastExp(before.Max - shift);
        for (int i = 0; i < InFlight * Packed<T>.Count; i++) seen.Sum += XMath.FastExp(values[i] - shift);
        return seen;
    }

    private static void ScalePieces<T>(ArrayView<T> from, ArrayView<T> to, int at, int columns, SoftmaxSum all, int threads) where T : unmanaged
    {
        float factor = 1f / all.Sum, shift = all.Shift;
        ArrayView<Packed<T>> pieces = LocalMemory.Allocate<Packed<T>>(InFlight);
        for (int p = 0; p < InFlight; p++)
        {
            int piece = at + (p * threads * Packed<T>.Count);
            if (piece < columns) pieces[p] = from.LoadPacked(piece);
        }

        for (int p = 0; p < InFlight; p++)
        {
            int piece = at + (p * threads * Packed<T>.Count);
            Packed<T> scaled = default;
            for (int i = 0; i < Packed<T>.Count; i++) scaled.SetFloat(i, XMath.FastExp(pieces[p].GetFloat(i) - shift) * factor);
            if (piece < columns) to.StorePacked(piece, scaled);
        }
    }

    /// <summary>Queues <see cref="Forward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[rows, columns].</param>
    /// <param name="y">[rows, columns]. Written; may be <paramref name="x"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns, at least 1.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchForward<T>(ComputeStream stream, ArrayView<T> x, ArrayView<T> y, int rows, int columns, bool dependent = false) where T : unmanaged
    {
        bool packed = PackedSplit.RowsAligned(x, columns) && PackedSplit.RowsAligned(y, columns);
        int threads = ThreadsFor<T>(columns);
        LaunchForward(stream, new LaunchConfig(rows) { DependentLaunch = dependent }, x, y, rows, columns, packed, threads);
    }

    /// <summary>The number of threads that <see cref="LaunchForward{T}(ComputeStream, ArrayView{T}, ArrayView{T}, int, int, bool)"/> gives a row: the fewest that have all pieces of a short row in flight.</summary>
    public static int ThreadsFor<T>(int columns) where T : unmanaged => columns <= FewThreads * InFlight * Packed<T>.Count ? FewThreads : ManyThreads;

    private static void CheckForward<T>(LaunchContract contract, ArrayView<T> x, ArrayView<T> y, int rows, int columns, bool packed, int threads) where T : unmanaged
    {
        contract.NonNegative(rows);
        contract.InRange(columns, 1, MaximumColumns);
        contract.Length(x, (long)rows * columns);
        contract.Length(y, (long)rows * columns);
        contract.GridAtLeast(rows);
        if (!packed) return;
        contract.MultipleOf(columns, Packed<T>.Count);
        contract.Aligned(x, 16);
        contract.Aligned(y, 16);
    }
}
