namespace LbrCore.Compute;

/// <summary>Compute capability of a CUDA device: 8.0 A100, 8.9 Ada, 9.0 Hopper. 0.0 for the CPU.</summary>
/// <param name="Major">Generation.</param>
/// <param name="Minor">Chip within the generation.</param>
public readonly record struct ComputeCapability(int Major, int Minor) : IComparable<ComputeCapability>
{
    /// <summary>10 · major + minor, as in <c>sm_90</c>.</summary>
    public int Value => 10 * Major + Minor;

    /// <inheritdoc/>
    public int CompareTo(ComputeCapability other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    /// <summary>As <c>9.0</c>.</summary>
    public override string ToString() => $"{Major}.{Minor}";
}
