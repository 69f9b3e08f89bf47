namespace LbrCore.Compute;

/// <summary>A position in one dimension; converts to and from <see cref="int"/> without a cast.</summary>
/// <param name="X">The position.</param>
public readonly record struct Index1D(int X)
{
    /// <summary>The position as a plain integer.</summary>
    /// <param name="index">The index.</param>
    public static implicit operator int(Index1D index) => index.X;

    /// <summary>A plain integer as an index.</summary>
    /// <param name="x">The position.</param>
    public static implicit operator Index1D(int x) => new(x);
}
