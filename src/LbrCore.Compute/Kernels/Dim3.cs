namespace LbrCore.Compute;

/// <summary>A size in up to three dimensions: of a grid in groups, of a group in threads, of a cluster in groups.</summary>
/// <param name="X">Size of the fastest dimension.</param>
/// <param name="Y">Size of the second dimension, 1 if unused.</param>
/// <param name="Z">Size of the third dimension, 1 if unused.</param>
public readonly record struct Dim3(int X, int Y = 1, int Z = 1)
{
    /// <summary>X · Y · Z. Exact for all valid launches: a grid has at most 2^31 · 2^16 · 2^16 groups.</summary>
    public long Count => (long)X * Y * Z;

    /// <summary>A one-dimensional size.</summary>
    public static implicit operator Dim3(int x) => new(x);

    /// <summary>A two-dimensional size.</summary>
    public static implicit operator Dim3((int X, int Y) size) => new(size.X, size.Y);

    /// <summary>A three-dimensional size.</summary>
    public static implicit operator Dim3((int X, int Y, int Z) size) => new(size.X, size.Y, size.Z);

    /// <summary>As <c>(x, y, z)</c>.</summary>
    public override string ToString() => $"({X}, {Y}, {Z})";
}
