namespace LbrCore.Compute;

/// <summary>A position in three dimensions; X varies fastest.</summary>
/// <param name="X">First coordinate, the fastest.</param>
/// <param name="Y">Second coordinate.</param>
/// <param name="Z">Third coordinate, the slowest.</param>
public readonly record struct Index3D(int X, int Y, int Z);
