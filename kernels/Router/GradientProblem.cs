namespace LbrCore.Kernels;

/// <summary>Sizes of a <see cref="GradientProducts"/>, and what follows the sum.</summary>
public readonly record struct GradientProblem
{
    /// <summary>Rows of y.</summary>
    public int Rows { get; init; }

    /// <summary>Columns of y.</summary>
    public int Columns { get; init; }

    /// <summary>Terms of a sum.</summary>
    public int Inner { get; init; }

    /// <summary>Elements of A from a row to the next.</summary>
    public int RowStride { get; init; }

    /// <summary>Elements of A from a term to the next.</summary>
    public int InnerStride { get; init; }

    /// <summary>Whether what y holds is added.</summary>
    public bool Accumulate { get; init; }

    /// <summary>[rows, columns]: the result is multiplied by the derivative of GELU there; empty for not.</summary>
    public ArrayView<float> Preactivation { get; init; }

    /// <summary>Added to the first <see cref="Slots"/> of every <see cref="Stride"/> rows; empty for none.</summary>
    public ArrayView<float> Residual { get; init; }

    /// <summary>See <see cref="Residual"/>.</summary>
    public int Slots { get; init; }

    /// <summary>See <see cref="Residual"/>.</summary>
    public int Stride { get; init; }

    /// <summary>The gradient of the input of a linear layer: dX [m, k] = dY [m, n] W [n, k].</summary>
    /// <param name="m">Rows.</param>
    /// <param name="n">Outputs of the layer.</param>
    /// <param name="k">Inputs of the layer.</param>
    public static GradientProblem OfInput(int m, int n, int k) => new() { Rows = m, Columns = k, Inner = n, RowStride = n, InnerStride = 1 };

    /// <summary>The gradient of the weight of a linear layer, added to what is there: dW [n, k] += dY [m, n]^T X [m, k].</summary>
    /// <param name="m">Rows.</param>
    /// <param name="n">Outputs of the layer.</param>
    /// <param name="k">Inputs of the layer.</param>
    public static GradientProblem OfWeight(int m, int n, int k) => new() { Rows = n, Columns = k, Inner = m, RowStride = 1, InnerStride = n, Accumulate = true };

    /// <summary>Sums of columns, A being a single 1.</summary>
    /// <param name="rows">Rows of B.</param>
    /// <param name="columns">Columns of B.</param>
    /// <param name="accumulate">Whether they are added to what is there.</param>
    public static GradientProblem OfColumns(int rows, int columns, bool accumulate) => new() { Rows = 1, Columns = columns, Inner = rows, Accumulate = accumulate };
}
