namespace LbrCore.Compute;

/// <summary>A position in two dimensions; X varies fastest.</summary>
/// <param name="X">First coordinate, the fastest.</param>
/// <param name="Y">Second coordinate.</param>
public readonly record struct Index2D(int X, int Y);
