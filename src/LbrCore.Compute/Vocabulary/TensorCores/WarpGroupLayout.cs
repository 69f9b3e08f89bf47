namespace LbrCore.Compute;

/// <summary>Where the elements of the matrices of <see cref="WarpGroup"/> are: in registers and in shared memory. Pure functions, for the host, for tests and for kernels.</summary>
/// <remarks>
/// PTX ISA, Asynchronous Warpgroup Level Matrix Multiply-Accumulate: Register Fragments and Shared Memory Matrix Layout, for elements of 16 bits and 128-byte swizzling. A row of 128 bytes is eight
/// chunks of 16; eight rows, 1024 bytes, are the unit of the swizzle: chunk c of row r stands at c ^ (r mod 8), so that the same chunk of eight neighbouring rows lies in different banks.
/// </remarks>
public static class WarpGroupLayout
{
    /// <summary>Rows of A and of the sum.</summary>
    public const int M = 64;

    /// <summary>The summed dimension of one product.</summary>
    public const int K = 16;

    /// <summary>Elements of a row in shared memory.</summary>
    public const int RowElements = 64;

    /// <summary>The element of the sum (64 x n) in a register.</summary>
    /// <param name="thread">Thread of the warp group, 0..127.</param>
    /// <param name="register">0..n/2 - 1.</param>
    /// <returns>Its row (m) and column (n).</returns>
    public static (int Row, int Column) Accumulator(int thread, int register) =>
        ((16 * (thread >> 5)) + ((thread & 31) >> 2) + (8 * ((register >> 1) & 1)), (8 * (register >> 2)) + (2 * (thread & 3)) + (register & 1));

    /// <summary>Index of an element of a matrix whose rows in shared memory run along k: row i holds 64 elements of row i of A or column i of B.</summary>
    /// <param name="first">Index of the first element: that of the matrix plus a multiple of 16 below 64.</param>
    /// <param name="line">Row of A or column of B.</param>
    /// <param name="k">Position along the sum, 0..15.</param>
    public static int AlongK(int first, int line, int k) => Swizzle(first + (line * RowElements) + k);

    /// <summary>Index of an element of a matrix whose rows in shared memory run across k: row k of a panel holds 64 neighbouring rows of A or columns of B.</summary>
    /// <param name="first">Index of the first element: that of the matrix plus 64 times a multiple of 16.</param>
    /// <param name="line">Row of A or column of B.</param>
    /// <param name="k">Position along the sum, 0..15.</param>
    /// <param name="panel">Elements from one panel of 64 lines to the next.</param>
    public static int AcrossK(int first, int line, int k, int panel) => Swizzle(first + (line / RowElements * panel) + (k * RowElements) + (line % RowElements));

    /// <summary>Where the element stands that would be at an index without the swizzle.</summary>
    /// <param name="index">An index from a multiple of 1024 bytes on.</param>
    public static int Swizzle(int index) => index ^ (((index >> 6) & 7) << 3);
}
