namespace LbrCore.Kernels;

// RmsNorm.Backward
// purpose   The gradient of a norm's input, added to the gradient of the stream that the norm reads.
// math      f = 1 / sqrt(mean_j x_j^2 + epsilon);   gradX_i (+)= f w_i gradY_i - x_i f^3 / n * sum_j w_j gradY_j x_j
//           The rounding of x f in the forward pass counts as the identity. The weight's gradient is sum_r gradY x f: ColumnSums with the factors stored here.
// shapes    x, gradY, gradX, rounded [rows, hiddenSize], weight [hiddenSize], factors [rows]
// mapping   one group of 128 threads a row, eight elements a thread in 16-byte pieces where all rows start aligned; two passes, the second from cache
// traffic   4 to 6 elements read or written for each of x: bound by memory
// numerics  float32; fixed order of sums
// source    derivative of Zhang and Sennrich (2019), eq. 4
public static partial class RmsNorm
{
    private const int BackwardThreads = 128;

    /// <summary>Elements of a piece.</summary>
    private const int BackwardPiece = 8;

    /// <summary>gradX (+)= the gradient of the norm's input, row by row.</summary>
    /// <param name="x">[rows, hiddenSize]: input of the forward pass.</param>
    /// <param name="weight">[hiddenSize].</param>
    /// <param name="gradY">[rows, hiddenSize]: gradient of the output.</param>
    /// <param name="gradX">[rows, hiddenSize]. Written, or added to.</param>
    /// <param name="rounded">[rows, hiddenSize]: written with gradX in the type of x, or empty.</param>
    /// <param name="factors">[rows]. Written with f of each row.</param>
    /// <param name="rows">Rows, one a group.</param>
    /// <param name="hiddenSize">Columns.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="accumulate">Whether the gradient is added to what gradX holds.</param>
    /// <param name="packed">Whether all rows start at multiples of 16 bytes and hold whole pieces of eight elements.</param>
    [Kernel(GroupSize = BackwardThreads, Use = KernelUse.Training, Contract = nameof(CheckBackward))]
    [Variant(typeof(float), typeof(float))]
    [Variant(typeof(BFloat16), typeof(BFloat16))]
    [Variant(typeof(BFloat16), typeof(float))]
    public static void Backward<T, TGrad>(
        ArrayView<T> x, ArrayView<T> weight, ArrayView<TGrad> gradY, ArrayView<float> gradX, ArrayView<T> rounded, ArrayView<float> factors,
        int rows, int hiddenSize, float epsilon, bool accumulate, bool packed)
        where T : unmanaged
        where TGrad : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        if (Grid.IdxX >= rows) return;
        Grid.DependencySynchronize();
        long start = (long)Grid.IdxX * hiddenSize;
        ArrayView<T> rowOfX = x.SubView(start, hiddenSize);
        ArrayView<TGrad> rowOfGradY = gradY.SubView(start, hiddenSize);
        ArrayView<float> rowOfGradX = gradX.SubView(start, hiddenSize);
        float squares = 0f, products = 0f;
        if (packed)
        {
            for (int i = Group.IdxX * BackwardPiece; i < hiddenSize; i += BackwardThreads * BackwardPiece)
            {
                ArrayView<float> values = LocalMemory.Allocate<float>(BackwardPiece), weights = LocalMemory.Allocate<float>(BackwardPiece), gradients = LocalMemory.Allocate<float>(BackwardPiece);
                LoadPiece(rowOfX, values, i);
                LoadPiece(weight, weights, i);
                LoadPiece(rowOfGradY, gradients, i);
                for (int e = 0; e < BackwardPiece; e++)
                {
                    squares += values[e] * values[e];
                    products += values[e] * weights[e] * gradients[e];
                }
            }
        }
        else
        {
            for (int i = Group.IdxX; i < hiddenSize; i += BackwardThreads)
            {
                float value = Element.ToFloat(rowOfX[i]);
                squares += value * value;
                products += value * Element.ToFloat(weight[i]) * Element.ToFloat(rowOfGradY[i]);
            }
        }

        float factor = XMath.FastRsqrt((GroupReduce.Add(squares, BackwardThreads) / hiddenSize) + epsilon);
        float back = GroupReduce.Add(products, BackwardThreads) * factor * factor * factor / hiddenSize;
        if (packed)
        {
            for (int i = Group.IdxX * BackwardPiece; i < hiddenSize; i += BackwardThreads * BackwardPiece)
            {
                ArrayView<float> values = LocalMemory.Allocate<float>(BackwardPiece), weights = LocalMemory.Allocate<float>(BackwardPiece), gradients = LocalMemory.Allocate<float>(BackwardPiece);
                ArrayView<float> sums = LocalMemory.Allocate<float>(BackwardPiece);
                LoadPiece(rowOfX, values, i);
                LoadPiece(weight, weights, i);
                LoadPiece(rowOfGradY, gradients, i);
                if (accumulate) LoadPiece(rowOfGradX, sums, i);
                for (int e = 0; e < BackwardPiece; e++) sums[e] += (factor * weights[e] * gradients[e]) - (values[e] * back);
                StorePiece(rowOfGradX, sums, i);
                if (rounded.IsValid) StorePiece(rounded.SubView(start, hiddenSize), sums, i);
            }
        }
        else
        {
            for (int i = Group.IdxX; i < hiddenSize; i += BackwardThreads)
            {
                float gradient = (factor * Element.ToFloat(weight[i]) * Element.ToFloat(rowOfGradY[i])) - (Element.ToFloat(rowOfX[i]) * back);
                if (accumulate) gradient += rowOfGradX[i];
                rowOfGradX[i] = gradient;
                if (rounded.IsValid) rounded[start + i] = Element.FromFloat<T>(gradient);
            }
        }

        if (Group.IdxX == 0) factors[Grid.IdxX] = factor;
    }

    private static void LoadPiece<T>(ArrayView<T> from, ArrayView<float> values, int at) where T : unmanaged
    {
        for (int p = 0; p < BackwardPiece / Packed<T>.Count; p++)
        {
            Packed<T> piece = from.LoadPacked(at + (p * Packed<T>.Count));
            for (int i = 0; i < Packed<T>.Count; i++) values[(p * Packed<T>.Count) + i] = piece.GetFloat(i);
        }
    }

    private static void StorePiece<T>(ArrayView<T> to, ArrayView<float> values, int at) where T : unmanaged
    {
        for (int p = 0; p < BackwardPiece / Packed<T>.Count; p++)
        {
            Packed<T> piece = default;
            for (int i = 0; i < Packed<T>.Count; i++) piece.SetFloat(i, values[(p * Packed<T>.Count) + i]);
            to.StorePacked(at + (p * Packed<T>.Count), piece);
        }
    }

    /// <summary>Queues the backward pass of a norm: the gradients of its input and of its weight.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[rows, hiddenSize]: input of the forward pass.</param>
    /// <param name="weight">[hiddenSize].</param>
    /// <param name="gradY">[rows, hiddenSize]: gradient of the output.</param>
    /// <param name="gradX">[rows, hiddenSize]. Written, or added to.</param>
    /// <param name="rounded">[rows, hiddenSize]: written with gradX in the type of x, or empty.</param>
    /// <param name="gradWeight">[hiddenSize]. Added to.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="hiddenSize">Columns.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="accumulate">Whether the gradient is added to what <paramref name="gradX"/> holds.</param>
    /// <param name="workspace"><see cref="BackwardWorkspaceLength"/> floats; contents undefined before and after.</param>
    public static void LaunchGradients<T, TGrad>(
        ComputeStream stream, ArrayView<T> x, ArrayView<T> weight, ArrayView<TGrad> gradY, ArrayView<float> gradX, ArrayView<T> rounded, ArrayView<float> gradWeight,
        int rows, int hiddenSize, float epsilon, bool accumulate, ArrayView<float> workspace)
        where T : unmanaged
        where TGrad : unmanaged
    {
        ArrayView<float> factors = workspace.SubView(0, rows), sums = workspace.SubView(rows);
        bool packed = hiddenSize % BackwardPiece == 0 && PackedSplit.RowsAligned(x, hiddenSize) && PackedSplit.RowsAligned(weight, hiddenSize) && PackedSplit.RowsAligned(gradY, hiddenSize)
            && PackedSplit.RowsAligned(gradX, hiddenSize) && (!rounded.IsValid || PackedSplit.RowsAligned(rounded, hiddenSize));
        LaunchBackward(stream, new LaunchConfig(rows), x, weight, gradY, gradX, rounded, factors, rows, hiddenSize, epsilon, accumulate, packed);
        ColumnSums.AccumulateProducts(stream, x, gradY, factors, gradWeight, rows, hiddenSize, sums);
    }

    /// <summary>Floats of workspace of <see cref="LaunchGradients"/>.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="hiddenSize">Columns.</param>
    public static long BackwardWorkspaceLength(int rows, int hiddenSize) => rows + ColumnSums.WorkspaceLength(rows, hiddenSize);

    private static void CheckBackward<T, TGrad>(
        LaunchContract contract, ArrayView<T> x, ArrayView<T> weight, ArrayView<TGrad> gradY, ArrayView<float> gradX, ArrayView<T> rounded, ArrayView<float> factors,
        int rows, int hiddenSize, float epsilon, bool accumulate, bool packed)
        where T : unmanaged
        where TGrad : unmanaged
    {
        contract.NonNegative(rows);
        contract.Positive(hiddenSize);
        contract.Length(x, (long)rows * hiddenSize);
        contract.Length(weight, hiddenSize);
        contract.Length(gradY, (long)rows * hiddenSize);
        contract.Length(gradX, (long)rows * hiddenSize);
        contract.Length(factors, rows);
        if (rounded.IsValid) contract.Length(rounded, (long)rows * hiddenSize);
        contract.Disjoint(gradX, x);
        contract.Require(epsilon >= 0, $"epsilon is {epsilon}; it keeps the mean square above zero, so it must not be negative");
        contract.GridAtLeast(rows);
        if (!packed) return;
        contract.MultipleOf(hiddenSize, BackwardPiece);
        contract.Aligned(x, 16);
        contract.Aligned(weight, 16);
        contract.Aligned(gradY, 16);
        contract.Aligned(gradX, 16);
        if (rounded.IsValid) contract.Aligned(rounded, 16);
    }
}
