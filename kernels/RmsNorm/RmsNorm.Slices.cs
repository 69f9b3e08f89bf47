namespace LbrCore.Kernels;

// RmsNorm.ForwardSlices
// purpose   Ends a projection whose k was split over groups, and begins the next block: between 17 and some hundred rows a projection to the hidden size has too few tiles for a GPU, and
//           one group that adds all slices of its tile would keep the others waiting.
// math      r_i += sum_s slice_s,i (+ bias_i);   y_i = w_i * round(r_i / sqrt(mean_j r_j^2 + epsilon))
// mapping   one group a row, 16 bytes of y a thread. Four slices at a time are under way.
// traffic   4 slices + 6 bytes an element; the slices come from L2, which has just taken them in
// numerics  slices in order, in float32, then bias and residual, rounded to the element type once: the same bits on every run
public static partial class RmsNorm
{
    /// <summary>Slices of which a thread has its part under way at a time.</summary>
    private const int SlicesAtOnce = 4;

    /// <summary>residual += sum of slices (+ bias); y = weight * residual / rms(residual), row by row.</summary>
    /// <param name="slices">[count, rows, hiddenSize], 16-byte aligned: partial sums of what the block adds.</param>
    /// <param name="bias">[hiddenSize], 16-byte aligned, or empty for none.</param>
    /// <param name="residual">[rows, hiddenSize], 16-byte aligned: the stream through the blocks. Replaced.</param>
    /// <param name="weight">[hiddenSize], 16-byte aligned.</param>
    /// <param name="y">[rows, hiddenSize], 16-byte aligned. Written.</param>
    /// <param name="count">Slices.</param>
    /// <param name="rows">Rows, one a group.</param>
    /// <param name="hiddenSize">Columns, at most 16 bytes a thread.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="inverseSize">1 / hiddenSize, rounded to float32.</param>
    /// <param name="threads">Threads of a group.</param>
    [Kernel(Contract = nameof(CheckForwardSlices))]
    [Variant(typeof(BFloat16), 128, GroupSize = 128)]
    [Variant(typeof(BFloat16), 192, GroupSize = 192)]
    [Variant(typeof(BFloat16), 256, GroupSize = 256)]
    [Variant(typeof(BFloat16), 512, GroupSize = 512)]
    [Variant(typeof(BFloat16), 1024, GroupSize = 1024)]
    public static void ForwardSlices<T>(
        ArrayView<float> slices, ArrayView<T> bias, ArrayView<T> residual, ArrayView<T> weight, ArrayView<T> y, int count, int rows, int hiddenSize, float epsilon, float inverseSize, [Const] int threads)
        where T : unmanaged
    {
        if (Grid.IdxX >= rows) return;
        Grid.TriggerLaunchCompletion();
        int at = Group.IdxX * Packed<T>.Count, quads = Packed<T>.Count / 4;
        long row = (long)Grid.IdxX * hiddenSize, slice = (long)rows * hiddenSize;
        bool inRow = at < hiddenSize;
        Packed<T> scale = default, stream = default, added = default;
        if (inRow) scale = weight.LoadPacked(at);
        if (inRow && bias.IsValid) added = bias.LoadPacked(at);
        Grid.DependencySynchronize();
        if (inRow) stream = residual.LoadPacked(row + at);
        ArrayView<float> sums = LocalMemory.Allocate<float>(Packed<T>.Count);
        ArrayView<Packed<float>> parts = LocalMemory.Allocate<Packed<float>>(SlicesAtOnce * quads);
        for (int s = 0; s < count; s += SlicesAtOnce)
        {
            for (int p = 0; p < SlicesAtOnce; p++)
                for (int q = 0; q < quads; q++) parts[(p * quads) + q] = inRow && s + p < count ? slices.LoadPacked(((s + p) * slice) + row + at + (q * 4)) : default;
            for (int p = 0; p < SlicesAtOnce; p++)
                for (int i = 0; i < Packed<T>.Count; i++) sums[i] += parts[(p * quads) + (i / 4)][i % 4];
        }

        Packed<T> values = default;
        for (int i = 0; i < Packed<T>.Count; i++) values.SetFloat(i, stream.GetFloat(i) + (sums[i] + added.GetFloat(i)));
        if (inRow) residual.StorePacked(row + at, values);
        float sum = GroupReduce.Add(SumOfSquares(values), threads);
        if (inRow) y.StorePacked(row + at, Scale(values, scale, XMath.FastRsqrt((sum * inverseSize) + epsilon)));
    }

    /// <summary>Whether rows of so many columns can end in <see cref="ForwardSlices"/>: bfloat16 in whole 16-byte pieces, one a thread.</summary>
    /// <param name="hiddenSize">Columns.</param>
    public static bool CanAddSlices<T>(int hiddenSize) where T : unmanaged =>
        typeof(T) == typeof(BFloat16) && hiddenSize > 0 && hiddenSize % Packed<T>.Count == 0 && hiddenSize <= 1024 * Packed<T>.Count;

    /// <summary>Queues <see cref="ForwardSlices"/>; only where <see cref="CanAddSlices"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="slices">[count, rows, hiddenSize]: partial sums of what the block adds.</param>
    /// <param name="bias">[hiddenSize], 16-byte aligned, or empty for none.</param>
    /// <param name="residual">[rows, hiddenSize]. Replaced by its sum with all slices.</param>
    /// <param name="weight">[hiddenSize].</param>
    /// <param name="y">[rows, hiddenSize]. Written.</param>
    /// <param name="count">Slices.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="hiddenSize">Columns.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchForwardSlices<T>(
        ComputeStream stream, ArrayView<float> slices, ArrayView<T> bias, ArrayView<T> residual, ArrayView<T> weight, ArrayView<T> y, int count, int rows, int hiddenSize, float epsilon, bool dependent = false)
        where T : unmanaged
    {
        bool packed = true;
        int threads = ThreadsFor<T>(hiddenSize, ref packed);
        LaunchForwardSlices(stream, new LaunchConfig(rows) { DependentLaunch = dependent }, slices, bias, residual, weight, y, count, rows, hiddenSize, epsilon, 1f / hiddenSize, threads);
    }

    private static void CheckForwardSlices<T>(
        LaunchContract contract, ArrayView<float> slices, ArrayView<T> bias, ArrayView<T> residual, ArrayView<T> weight, ArrayView<T> y, int count, int rows, int hiddenSize, float epsilon, float inverseSize, int threads)
        where T : unmanaged
    {
        CheckForward(contract, residual, weight, y, rows, hiddenSize, epsilon, inverseSize, true, threads);
        contract.NonNegative(count);
        if (bias.IsValid) contract.Length(bias, hiddenSize);
        if (bias.IsValid) contract.Aligned(bias, 16);
        contract.Length(slices, (long)count * rows * hiddenSize);
        contract.Aligned(slices, 16);
        contract.Disjoint(residual, y);
        contract.Disjoint(slices, residual);
        contract.Disjoint(slices, y);
    }
}
