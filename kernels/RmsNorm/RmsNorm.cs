namespace LbrCore.Kernels;

// RmsNorm
// purpose   Scales every row to a root mean square of one, then each column by a learned weight. With a residual: adds it first and keeps the sum.
// math      r_i = x_i (+ residual_i);   y_i = w_i * round(r_i / sqrt(mean_j r_j^2 + epsilon))
//           sums in float32; round() to the element type stands where Qwen2RMSNorm and LlamaRMSNorm cast back before they multiply by the weight
// shapes    x, y, residual [rows, hiddenSize] row-major, weight [hiddenSize]
// mapping   one group a row. Thread t owns the 16 bytes at t of the row and keeps them in registers between sum and scaling, so x is read once; about as
//           many threads as a row has 16-byte pieces, at most 1024. Rows that are longer, or not aligned to 16 bytes, are walked element by element and read
//           twice, the second time from cache. Which of the two is compiled in: a kernel of a microsecond feels every branch and every line of code.
// traffic   2 * rows * hiddenSize elements (with residual 4), about 4 operations an element: bound by memory; at few rows by latency, which is why
//           the weight is asked for before the kernel ahead has finished
// numerics  a row's sum: eight (four) squares a thread in order, butterflies over lanes, warps in order: the same bits on every run. rsqrt.approx, 2 ulp.
//           NaN in a row makes the row NaN; infinity makes its finite entries 0 and itself NaN, as the formula says.
// source    Zhang and Sennrich, Root Mean Square Layer Normalization (2019), eq. 4
/// <summary>Root mean square normalisation of rows.</summary>
/// <remarks>The weight is read before the dependency of a programmatic dependent launch is waited for: launch dependently only where no kernel just ahead writes it.</remarks>
public static partial class RmsNorm
{
    /// <summary>Threads for rows that are longer than registers hold, or not aligned.</summary>
    private const int ElementThreads = 512;

    /// <summary>y = weight * x / rms(x), row by row.</summary>
    /// <param name="x">[rows, hiddenSize].</param>
    /// <param name="weight">[hiddenSize].</param>
    /// <param name="y">[rows, hiddenSize]. Written; may be <paramref name="x"/>.</param>
    /// <param name="rows">Rows, one a group.</param>
    /// <param name="hiddenSize">Columns.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="inverseSize">1 / hiddenSize, rounded to float32.</param>
    /// <param name="packed">Whether all rows start at multiples of 16 bytes and fit <paramref name="threads"/> times 16 bytes.</param>
    /// <param name="threads">Threads of a group.</param>
    [Kernel(Contract = nameof(CheckForward))]
    [Variant(typeof(float), true, 256, GroupSize = 256)]
    [Variant(typeof(float), true, 512, GroupSize = 512)]
    [Variant(typeof(float), true, 1024, GroupSize = 1024)]
    [Variant(typeof(float), false, 512, GroupSize = 512)]
    [Variant(typeof(BFloat16), true, 128, GroupSize = 128)]
    [Variant(typeof(BFloat16), true, 192, GroupSize = 192)]
    [Variant(typeof(BFloat16), true, 256, GroupSize = 256)]
    [Variant(typeof(BFloat16), true, 512, GroupSize = 512)]
    [Variant(typeof(BFloat16), true, 1024, GroupSize = 1024)]
    [Variant(typeof(BFloat16), false, 512, GroupSize = 512)]
    [Variant(typeof(Half), true, 256, GroupSize = 256)]
    [Variant(typeof(Half), true, 512, GroupSize = 512)]
    [Variant(typeof(Half), true, 1024, GroupSize = 1024)]
    [Variant(typeof(Half), false, 512, GroupSize = 512)]
    public static void Forward<T>(ArrayView<T> x, ArrayView<T> weight, ArrayView<T> y, int rows, int hiddenSize, float epsilon, float inverseSize, [Const] bool packed, [Const] int threads) where T : unmanaged
    {
        if (Grid.IdxX >= rows) return;
        ArrayView<T> row = x.SubView((long)Grid.IdxX * hiddenSize, hiddenSize);
        Normalize(row, row, weight, y.SubView((long)Grid.IdxX * hiddenSize, hiddenSize), hiddenSize, epsilon, inverseSize, packed, false, threads);
    }

    /// <summary>residual += x; y = weight * residual / rms(residual), row by row: the end of one block of a transformer and the start of the next.</summary>
    /// <param name="x">[rows, hiddenSize]: what the block adds.</param>
    /// <param name="residual">[rows, hiddenSize]: the stream through the blocks. Replaced by its sum with <paramref name="x"/>.</param>
    /// <param name="weight">[hiddenSize].</param>
    /// <param name="y">[rows, hiddenSize]. Written; may be <paramref name="x"/>, not <paramref name="residual"/>.</param>
    /// <param name="rows">Rows, one a group.</param>
    /// <param name="hiddenSize">Columns.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="inverseSize">1 / hiddenSize, rounded to float32.</param>
    /// <param name="packed">Whether all rows start at multiples of 16 bytes and fit <paramref name="threads"/> times 16 bytes.</param>
    /// <param name="threads">Threads of a group.</param>
    [Kernel(Contract = nameof(CheckForwardResidual))]
    [Variant(typeof(float), true, 256, GroupSize = 256)]
    [Variant(typeof(float), true, 512, GroupSize = 512)]
    [Variant(typeof(float), true, 1024, GroupSize = 1024)]
    [Variant(typeof(float), false, 512, GroupSize = 512)]
    [Variant(typeof(BFloat16), true, 128, GroupSize = 128)]
    [Variant(typeof(BFloat16), true, 192, GroupSize = 192)]
    [Variant(typeof(BFloat16), true, 256, GroupSize = 256)]
    [Variant(typeof(BFloat16), true, 512, GroupSize = 512)]
    [Variant(typeof(BFloat16), true, 1024, GroupSize = 1024)]
    [Variant(typeof(BFloat16), false, 512, GroupSize = 512)]
    [Variant(typeof(Half), true, 256, GroupSize = 256)]
    [Variant(typeof(Half), true, 512, GroupSize = 512)]
    [Variant(typeof(Half), true, 1024, GroupSize = 1024)]
    [Variant(typeof(Half), false, 512, GroupSize = 512)]
    public static void ForwardResidual<T>(
        ArrayView<T> x, ArrayView<T> residual, ArrayView<T> weight, ArrayView<T> y, int rows, int hiddenSize, float epsilon, float inverseSize, [Const] bool packed, [Const] int threads)
        where T : unmanaged
    {
        if (Grid.IdxX >= rows) return;
        long start = (long)Grid.IdxX * hiddenSize;
        Normalize(x.SubView(start, hiddenSize), residual.SubView(start, hiddenSize), weight, y.SubView(start, hiddenSize), hiddenSize, epsilon, inverseSize, packed, true, threads);
    }

    // One row. `packed`, `add` and `threads` are constants wherever this is inlined.
    private static void Normalize<T>(
        ArrayView<T> x, ArrayView<T> residual, ArrayView<T> weight, ArrayView<T> y, int hiddenSize, float epsilon, float inverseSize, bool packed, bool add, int threads)
        where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        if (packed) NormalizeInRegisters(x, residual, weight, y, hiddenSize, epsilon, inverseSize, add, threads);
        else NormalizeElements(x, residual, weight, y, hiddenSize, epsilon, inverseSize, add, threads);
    }

    // Every thread holds its piece of the row from load to store.
    private static void NormalizeInRegisters<T>(
        ArrayView<T> x, ArrayView<T> residual, ArrayView<T> weight, ArrayView<T> y, int hiddenSize, float epsilon, float inverseSize, bool add, int threads)
        where T : unmanaged
    {
        int at = Group.IdxX * Packed<T>.Count;
        bool inRow = at < hiddenSize;
        Packed<T> scale = default, values = default;
        if (inRow) scale = weight.LoadPacked(at);
        Grid.DependencySynchronize();
        if (inRow) values = LoadSum(x, residual, at, add);
        float sum = GroupReduce.Add(SumOfSquares(values), threads);
        if (inRow) y.StorePacked(at, Scale(values, scale, XMath.FastRsqrt((sum * inverseSize) + epsilon)));
    }

    // The second pass reads from cache.
    private static void NormalizeElements<T>(
        ArrayView<T> x, ArrayView<T> residual, ArrayView<T> weight, ArrayView<T> y, int hiddenSize, float epsilon, float inverseSize, bool add, int threads)
        where T : unmanaged
    {
        Grid.DependencySynchronize();
        float sum = 0f;
        for (int at = Group.IdxX; at < hiddenSize; at += threads)
        {
            T element = x[at];
            if (add)
            {
                element = Element.FromFloat<T>(Element.ToFloat(element) + Element.ToFloat(residual[at]));
                residual[at] = element;
            }

            float value = Element.ToFloat(element);
            sum += value * value;
        }

        float factor = XMath.FastRsqrt((GroupReduce.Add(sum, threads) * inverseSize) + epsilon);
        for (int at = Group.IdxX; at < hiddenSize; at += threads)
            y[at] = Element.FromFloat<T>(Element.ToFloat(weight[at]) * Element.ToFloat(Element.FromFloat<T>(Element.ToFloat(residual[at]) * factor)));
    }

    // x, or x + residual, which is written back as the rows are normalised: rounded to the element type.
    private static Packed<T> LoadSum<T>(ArrayView<T> x, ArrayView<T> residual, int at, bool add) where T : unmanaged
    {
        Packed<T> values = x.LoadPacked(at);
        if (add)
        {
            Packed<T> stream = residual.LoadPacked(at);
            for (int i = 0; i < Packed<T>.Count; i++) values.SetFloat(i, values.GetFloat(i) + stream.GetFloat(i));
            residual.StorePacked(at, values);
        }

        return values;
    }

    private static float SumOfSquares<T>(Packed<T> values) where T : unmanaged
    {
        float sum = 0f;
        for (int i = 0; i < Packed<T>.Count; i++) sum += values.GetFloat(i) * values.GetFloat(i);
        return sum;
    }

    private static Packed<T> Scale<T>(Packed<T> values, Packed<T> weight, float factor) where T : unmanaged
    {
        Packed<T> normalised = default, scaled = default;
        for (int i = 0; i < Packed<T>.Count; i++) normalised.SetFloat(i, values.GetFloat(i) * factor);
        for (int i = 0; i < Packed<T>.Count; i++) scaled.SetFloat(i, weight.GetFloat(i) * normalised.GetFloat(i));
        return scaled;
    }

    /// <summary>Queues <see cref="Forward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[rows, hiddenSize].</param>
    /// <param name="weight">[hiddenSize].</param>
    /// <param name="y">[rows, hiddenSize]. Written; may be <paramref name="x"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="hiddenSize">Columns, at least 1.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchForward<T>(ComputeStream stream, ArrayView<T> x, ArrayView<T> weight, ArrayView<T> y, int rows, int hiddenSize, float epsilon, bool dependent = false)
        where T : unmanaged
    {
        bool packed = PackedSplit.RowsAligned(x, hiddenSize) && PackedSplit.RowsAligned(weight, hiddenSize) && PackedSplit.RowsAligned(y, hiddenSize);
        int threads = ThreadsFor<T>(hiddenSize, ref packed);
        LaunchForward(stream, new LaunchConfig(rows) { DependentLaunch = dependent }, x, weight, y, rows, hiddenSize, epsilon, 1f / hiddenSize, packed, threads);
    }

    /// <summary>Queues <see cref="ForwardResidual"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[rows, hiddenSize]: what the block adds.</param>
    /// <param name="residual">[rows, hiddenSize]. Replaced by its sum with <paramref name="x"/>.</param>
    /// <param name="weight">[hiddenSize].</param>
    /// <param name="y">[rows, hiddenSize]. Written; may be <paramref name="x"/>, not <paramref name="residual"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="hiddenSize">Columns, at least 1.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchForwardResidual<T>(
        ComputeStream stream, ArrayView<T> x, ArrayView<T> residual, ArrayView<T> weight, ArrayView<T> y, int rows, int hiddenSize, float epsilon, bool dependent = false)
        where T : unmanaged
    {
        bool packed = PackedSplit.RowsAligned(x, hiddenSize) && PackedSplit.RowsAligned(residual, hiddenSize)
            && PackedSplit.RowsAligned(weight, hiddenSize) && PackedSplit.RowsAligned(y, hiddenSize);
        int threads = ThreadsFor<T>(hiddenSize, ref packed);
        var config = new LaunchConfig(rows) { DependentLaunch = dependent };
        LaunchForwardResidual(stream, config, x, residual, weight, y, rows, hiddenSize, epsilon, 1f / hiddenSize, packed, threads);
    }

    /// <summary>The number of threads that the launchers give a row: the fewest compiled in that have a 16-byte piece each.</summary>
    /// <param name="hiddenSize">Columns.</param>
    /// <param name="packed">In: whether all rows start at multiples of 16 bytes. Out: whether they fit registers as well.</param>
    public static int ThreadsFor<T>(int hiddenSize, ref bool packed) where T : unmanaged
    {
        foreach (int threads in (ReadOnlySpan<int>)(packed ? [128, 192, 256, 512, 1024] : []))
            if (hiddenSize <= threads * Packed<T>.Count && (threads >= 256 || typeof(T) == typeof(BFloat16))) return threads;
        packed = false;
        return ElementThreads;
    }

    private static void CheckForward<T>(LaunchContract contract, ArrayView<T> x, ArrayView<T> weight, ArrayView<T> y, int rows, int hiddenSize, float epsilon, float inverseSize, bool packed, int threads)
        where T : unmanaged
    {
        contract.NonNegative(rows);
        contract.Positive(hiddenSize);
        contract.Length(x, (long)rows * hiddenSize);
        contract.Length(weight, hiddenSize);
        contract.Length(y, (long)rows * hiddenSize);
        contract.Require(epsilon >= 0, $"epsilon is {epsilon}; it keeps the mean square above zero, so it must not be negative");
        contract.GridAtLeast(rows);
        if (!packed) return;
        contract.MultipleOf(hiddenSize, Packed<T>.Count);
        contract.InRange(hiddenSize, 1, threads * Packed<T>.Count);
        contract.Aligned(x, 16);
        contract.Aligned(weight, 16);
        contract.Aligned(y, 16);
    }

    private static void CheckForwardResidual<T>(
        LaunchContract contract, ArrayView<T> x, ArrayView<T> residual, ArrayView<T> weight, ArrayView<T> y, int rows, int hiddenSize, float epsilon, float inverseSize, bool packed, int threads)
        where T : unmanaged
    {
        CheckForward(contract, x, weight, y, rows, hiddenSize, epsilon, inverseSize, packed, threads);
        contract.Length(residual, (long)rows * hiddenSize);
        contract.Disjoint(residual, x);
        contract.Disjoint(residual, y);
        if (packed) contract.Aligned(residual, 16);
    }
}
