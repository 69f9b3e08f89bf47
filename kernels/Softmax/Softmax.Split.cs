using System.Numerics;

namespace LbrCore.Kernels;

// Softmax, split
// purpose   Few long rows, such as the logits of a step of decoding: one group a row would move at the speed of one multiprocessor.
// mapping   Two kernels. SumParts: the group (part, row) walks a part of the columns and writes its (m, s). ScaleParts: it joins the pairs of all parts, and scales its own.
//           A thread has one 16-byte piece, or a few: each stays packed until it is known to be there, for arithmetic on a piece that is not costs as much as on one that is.
// traffic   two reads, the second from L2, and one write an element
// numerics  as in Softmax.Forward; pairs join in the order of butterflies over lanes, so the result depends on the number of parts but not on time
// source    Milakov and Gimelshein, Online normalizer calculation for softmax (2018), section 3.1
public static partial class Softmax
{
    private const int SplitThreads = 256;

    // Together a multiprocessor's threads.
    private const int MostGroupsOfMultiprocessor = 8;

    // Pieces in flight: most threads have one or two.
    private const int SplitInFlight = 2;

    /// <summary>partSums[row, part] = (maximum, sum of exponentials) of a part of a row.</summary>
    /// <param name="x">[rows, columns], 16-byte aligned rows.</param>
    /// <param name="partSums">[rows, parts]. Written.</param>
    /// <param name="rows">Rows, the grid's Y.</param>
    /// <param name="columns">Columns.</param>
    [Kernel(GroupSize = SplitThreads, Use = KernelUse.Training, Contract = nameof(CheckSumParts))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    public static void SumParts<T>(ArrayView<T> x, ArrayView<Float2> partSums, int rows, int columns) where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        (int start, int end) = Part<T>(columns);
        SoftmaxSum sum = SoftmaxSum.OverGroup(SumOfPart(x.SubView((long)Grid.IdxY * columns, columns), start, end), SplitThreads);
        if (Group.IdxX == 0) partSums[(Grid.IdxY * Grid.DimX) + Grid.IdxX] = new Float2(sum.Max, sum.Sum);
    }

    /// <summary>y = softmax(x) for a part of a row, given the sums of all its parts.</summary>
    /// <param name="x">[rows, columns], 16-byte aligned rows.</param>
    /// <param name="partSums">[rows, parts].</param>
    /// <param name="y">[rows, columns]. Written; may be <paramref name="x"/>.</param>
    /// <param name="rows">Rows, the grid's Y.</param>
    /// <param name="columns">Columns.</param>
    [Kernel(GroupSize = SplitThreads, Use = KernelUse.Training, Contract = nameof(CheckScaleParts))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    public static void ScaleParts<T>(ArrayView<T> x, ArrayView<Float2> partSums, ArrayView<T> y, int rows, int columns) where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        (int start, int end) = Part<T>(columns);
        long row = (long)Grid.IdxY * columns;
        ArrayView<T> from = x.SubView(row, columns), to = y.SubView(row, columns);
        // The first pieces are on their way while the sums of the parts are joined; there is seldom more.
        int at = start + (Group.IdxX * Packed<T>.Count);
        ArrayView<Packed<T>> loaded = LocalMemory.Allocate<Packed<T>>(SplitInFlight);
        LoadPart(from, loaded, at, end);
        SoftmaxSum sum = SoftmaxSum.Empty;
        for (int part = Group.IdxX; part < Grid.DimX; part += SplitThreads)
        {
            Float2 other = partSums[(Grid.IdxY * Grid.DimX) + part];
            sum = SoftmaxSum.Join(sum, new SoftmaxSum { Max = other.X, Sum = other.Y });
        }

        sum = SoftmaxSum.OverGroup(sum, SplitThreads);
        StorePart(to, loaded, at, end, sum);
        for (at += SplitInFlight * SplitThreads * Packed<T>.Count; at < end; at += SplitInFlight * SplitThreads * Packed<T>.Count)
        {
            LoadPart(from, loaded, at, end);
            StorePart(to, loaded, at, end, sum);
        }
    }

    // What the thread has seen of the columns from `start` to `end`.
    private static SoftmaxSum SumOfPart<T>(ArrayView<T> from, int start, int end) where T : unmanaged
    {
        SoftmaxSum seen = SoftmaxSum.Empty;
        for (int at = start + (Group.IdxX * Packed<T>.Count); at < end; at += SplitInFlight * SplitThreads * Packed<T>.Count)
        {
            ArrayView<Packed<T>> loaded = LocalMemory.Allocate<Packed<T>>(SplitInFlight);
            LoadPart(from, loaded, at, end);
            float before = seen.Max;
            for (int p = 0; p < SplitInFlight; p++)
            {
                if (at + (p * SplitThreads * Packed<T>.Count) >= end) continue;
                for (int i = 0; i < Packed<T>.Count; i++) seen.Max = XMath.Max(seen.Max, loaded[p].GetFloat(i));
            }

            float shift = seen.Shift;
            seen.Sum *= XMath.FastExp(before - shift);
            for (int p = 0; p < SplitInFlight; p++)
            {
                if (at + (p * SplitThreads * Packed<T>.Count) >= end) continue;
                // Two chains of additions, half as long.
                float even = 0f, odd = 0f;
                for (int i = 0; i < Packed<T>.Count; i += 2)
                {
                    even += XMath.FastExp(loaded[p].GetFloat(i) - shift);
                    odd += XMath.FastExp(loaded[p].GetFloat(i + 1) - shift);
                }

                seen.Sum += even + odd;
            }
        }

        return seen;
    }

    // The thread's pieces from `at` on, a group's width apart, as far as they lie before `end`.
    private static void LoadPart<T>(ArrayView<T> from, ArrayView<Packed<T>> loaded, int at, int end) where T : unmanaged
    {
        for (int p = 0; p < SplitInFlight; p++)
        {
            int piece = at + (p * SplitThreads * Packed<T>.Count);
            if (piece < end) loaded[p] = from.LoadPacked(piece);
        }
    }

    // The counterpart: exponentials of what was loaded, over their sum.
    private static void StorePart<T>(ArrayView<T> to, ArrayView<Packed<T>> loaded, int at, int end, SoftmaxSum sum) where T : unmanaged
    {
        float factor = XMath.FastRcp(sum.Sum), shift = sum.Shift;
        for (int p = 0; p < SplitInFlight; p++)
        {
            int piece = at + (p * SplitThreads * Packed<T>.Count);
            if (piece >= end) continue;
            Packed<T> scaled = default;
            for (int i = 0; i < Packed<T>.Count; i++) scaled.SetFloat(i, XMath.FastExp(loaded[p].GetFloat(i) - shift) * factor);
            to.StorePacked(piece, scaled, CacheHint.Streaming);
        }
    }

    // The columns of this group: whole 16-byte pieces; the last parts may be empty.
    private static (int Start, int End) Part<T>(int columns) where T : unmanaged
    {
        int pieces = columns / Packed<T>.Count, length = (pieces + Grid.DimX - 1) / Grid.DimX;
        int start = XMath.Min(Grid.IdxX * length, pieces), end = XMath.Min(start + length, pieces);
        return (start * Packed<T>.Count, end * Packed<T>.Count);
    }

    /// <summary>
    /// Elements of the workspace that <see cref="LaunchForward{T}(ComputeStream, ArrayView{T}, ArrayView{T}, int, int, bool, ArrayView{Float2})"/> can use;
    /// 0 where a row is one group's.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public static long WorkspaceLength<T>(DeviceInfo device, int rows, int columns) where T : unmanaged
    {
        int parts = ShapeFor<T>(columns).Pieces == 0 ? PartsOfRow<T>(device, rows, columns) : 1;
        return parts > 1 ? (long)rows * parts : 0;
    }

    // No group without a piece for each thread, and whole waves of groups: 600 of them on 132 multiprocessors take as long as 660. A power of two of them on a multiprocessor leaves room for as many
    // of the next kernel under programmatic dependent launch. With more than half as many rows as multiprocessors a row is one group's.
    private static int PartsOfRow<T>(DeviceInfo device, int rows, int columns) where T : unmanaged
    {
        int multiprocessors = device.MultiprocessorCount;
        if (rows < 1 || rows > Math.Max(1, multiprocessors / 2)) return 1;
        int most = ((columns - 1) / (SplitThreads * Packed<T>.Count)) + 1, waves = (int)Math.Min((long)rows * most / multiprocessors, MostGroupsOfMultiprocessor);
        return waves == 0 ? most : (1 << BitOperations.Log2((uint)waves)) * multiprocessors / rows;
    }

    private static void LaunchSplit<T>(ComputeStream stream, ArrayView<T> x, ArrayView<T> y, int rows, int columns, ArrayView<Float2> partSums, int parts, bool dependent)
        where T : unmanaged
    {
        var config = new LaunchConfig((parts, rows)) { DependentLaunch = dependent };
        LaunchSumParts(stream, config, x, partSums, rows, columns);
        LaunchScaleParts(stream, config, x, partSums, y, rows, columns);
    }

    private static void CheckSumParts<T>(LaunchContract contract, ArrayView<T> x, ArrayView<Float2> partSums, int rows, int columns) where T : unmanaged
    {
        CheckRows(contract, x, x, rows, columns, packed: true);
        CheckParts(contract, partSums, rows);
    }

    private static void CheckScaleParts<T>(LaunchContract contract, ArrayView<T> x, ArrayView<Float2> partSums, ArrayView<T> y, int rows, int columns) where T : unmanaged
    {
        CheckRows(contract, x, y, rows, columns, packed: true);
        CheckParts(contract, partSums, rows);
        contract.Disjoint(partSums, y);
    }

    private static void CheckParts(LaunchContract contract, ArrayView<Float2> partSums, int rows)
    {
        Dim3 grid = contract.Config.Grid;
        contract.Require(grid.Y == rows, $"the grid is {grid}; {rows} rows need as many groups along y");
        contract.Length(partSums, (long)rows * grid.X);
    }
}
