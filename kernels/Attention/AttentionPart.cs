namespace LbrCore.Kernels;

/// <summary>Scalars of a partial softmax in base 2: the largest exponent and the sum of 2^(exponent - largest).</summary>
internal struct AttentionPart
{
    /// <summary>Largest exponent; -infinity while nothing was added.</summary>
    public float Max;

    /// <summary>Sum of the powers.</summary>
    public float Sum;
}
