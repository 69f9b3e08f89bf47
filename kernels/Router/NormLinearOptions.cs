namespace LbrCore.Kernels;

/// <summary>What a <see cref="NormLinear"/> does beside the product.</summary>
public readonly record struct NormLinearOptions
{
    /// <summary>Added to the result; empty for none.</summary>
    public ArrayView<float> Residual { get; init; }

    /// <summary>Where the sums before GELU are kept, [m, n]; empty for nowhere.</summary>
    public ArrayView<float> Preactivation { get; init; }

    /// <summary>Whether GELU follows the sum.</summary>
    public bool Gelu { get; init; }

    /// <summary>Rows of y that lie together in <see cref="Residual"/>; 0 where its rows are those of y.</summary>
    public int Slots { get; init; }

    /// <summary>Rows of <see cref="Residual"/> from one such stretch to the next.</summary>
    public int Stride { get; init; }

    /// <summary>Added to the mean square.</summary>
    public float Epsilon { get; init; }
}
