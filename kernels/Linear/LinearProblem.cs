using System.Runtime.CompilerServices;

namespace LbrCore.Kernels;

/// <summary>A linear layer as the choice of its kernel sees it: sizes, types and alignment.</summary>
/// <param name="M">Rows of x and y.</param>
/// <param name="N">Rows of w, columns of y.</param>
/// <param name="K">Columns of x and w.</param>
/// <param name="Input">Element type of x, w and bias.</param>
/// <param name="Output">Element type of y and residual.</param>
/// <param name="PackedInputs">Whether all rows of x and w start at multiples of 16 bytes.</param>
/// <param name="PackedOutputs">Whether all rows of y and residual, and bias, start at multiples of 16 bytes.</param>
public readonly record struct LinearProblem(int M, int N, int K, Type Input, Type Output, bool PackedInputs = true, bool PackedOutputs = true)
{
    /// <summary>The problem of these operands.</summary>
    public static LinearProblem Of<T, TOut>(ArrayView<T> x, ArrayView<T> weight, ArrayView<T> bias, ArrayView<TOut> residual, ArrayView<TOut> y, int m, int n, int k)
        where T : unmanaged
        where TOut : unmanaged => new(
            m, n, k, typeof(T), typeof(TOut),
            PackedSplit.RowsAligned(x, k) && PackedSplit.RowsAligned(weight, k),
            n % (16 / Math.Min(Unsafe.SizeOf<T>(), Unsafe.SizeOf<TOut>())) == 0
                && PackedSplit.RowsAligned(y, n) && PackedSplit.RowsAligned(residual, n) && PackedSplit.RowsAligned(bias, n));

    /// <inheritdoc/>
    public override string ToString() => $"{M} x {N} x {K}, {Input.Name} to {Output.Name}";
}
