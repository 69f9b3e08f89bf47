namespace LbrCore.Compute;

/// <summary>
/// Which matrix element a lane holds in which register, for the tensor-core instructions. Pure functions, for the host, for tests and for kernels.
/// </summary>
/// <remarks>PTX ISA, Matrix Fragments for mma.m16n8k16 with floating point type; Warp-level matrix load instruction: ldmatrix. A 32-bit register of 16-bit
/// elements holds element 0 in its low half, element 1 in its high half.</remarks>
public static class MmaLayout
{
    /// <summary>Rows of A and of the accumulator.</summary>
    public const int M = 16;

    /// <summary>Columns of B and of the accumulator.</summary>
    public const int N = 8;

    /// <summary>Columns of A and rows of B, the summed dimension.</summary>
    public const int K = 16;

    /// <summary>The element of A (16 x 16) in <see cref="FragmentA"/>.</summary>
    /// <param name="lane">0..31.</param>
    /// <param name="register">0..3.</param>
    /// <param name="half">0 for the low, 1 for the high 16 bits.</param>
    /// <returns>Its row (m) and column (k).</returns>
    public static (int Row, int Column) A(int lane, int register, int half) =>
        ((lane >> 2) + (8 * (register & 1)), (2 * (lane & 3)) + (8 * (register >> 1)) + half);

    /// <summary>The element of B (16 x 8) in <see cref="FragmentB"/>.</summary>
    /// <param name="lane">0..31.</param>
    /// <param name="register">0..1.</param>
    /// <param name="half">0 for the low, 1 for the high 16 bits.</param>
    /// <returns>Its row (k) and column (n).</returns>
    public static (int Row, int Column) B(int lane, int register, int half) =>
        ((2 * (lane & 3)) + (8 * register) + half, lane >> 2);

    /// <summary>The element of C and D (16 x 8) in <see cref="Compute.Accumulator"/>.</summary>
    /// <param name="lane">0..31.</param>
    /// <param name="register">0..3.</param>
    /// <returns>Its row (m) and column (n).</returns>
    public static (int Row, int Column) Accumulator(int lane, int register) =>
        ((lane >> 2) + (8 * (register >> 1)), (2 * (lane & 3)) + (register & 1));

    /// <summary>The lane that names the address of a row in <see cref="LoadMatrix"/>.</summary>
    /// <param name="matrix">Which 8 x 8 matrix, 0..3.</param>
    /// <param name="row">Row of the matrix, 0..7.</param>
    /// <returns>The lane, 0..31.</returns>
    public static int LoadMatrixAddressLane(int matrix, int row) => (8 * matrix) + row;

    /// <summary>The element of an 8 x 8 matrix that <see cref="LoadMatrix"/> puts in a lane's register for that matrix.</summary>
    /// <param name="lane">0..31.</param>
    /// <param name="half">0 for the low, 1 for the high 16 bits.</param>
    /// <returns>Its row and column as they are stored.</returns>
    public static (int Row, int Column) LoadMatrixElement(int lane, int half) => (lane >> 2, (2 * (lane & 3)) + half);

    /// <summary>The element of an 8 x 8 matrix that a transposed <see cref="LoadMatrix"/> puts in a lane's register for that matrix.</summary>
    /// <param name="lane">0..31.</param>
    /// <param name="half">0 for the low, 1 for the high 16 bits.</param>
    /// <returns>Its row and column as they are stored.</returns>
    public static (int Row, int Column) LoadMatrixTransposedElement(int lane, int half) => ((2 * (lane & 3)) + half, lane >> 2);
}
