namespace LbrCore.Compute;

/// <summary>One lane's part of a 16 x 16 matrix A of 16-bit numbers: four registers of two numbers each.</summary>
/// <remarks>PTX ISA, Matrix Fragments for mma.m16n8k16 with floating point type. <see cref="MmaLayout.A"/> says which elements these are.</remarks>
/// <param name="x0">Rows 0..7, columns 0..7.</param>
/// <param name="x1">Rows 8..15, columns 0..7.</param>
/// <param name="x2">Rows 0..7, columns 8..15.</param>
/// <param name="x3">Rows 8..15, columns 8..15.</param>
public struct FragmentA(uint x0, uint x1, uint x2, uint x3)
{
    /// <summary>Rows 0..7, columns 0..7.</summary>
    public uint X0 = x0;

    /// <summary>Rows 8..15, columns 0..7.</summary>
    public uint X1 = x1;

    /// <summary>Rows 0..7, columns 8..15.</summary>
    public uint X2 = x2;

    /// <summary>Rows 8..15, columns 8..15.</summary>
    public uint X3 = x3;

    /// <summary>The result of <see cref="LoadMatrix.X4{T}"/> as a fragment.</summary>
    /// <param name="registers">Four registers, one an 8 x 8 block in the order of the fields.</param>
    public FragmentA(UInt4 registers)
        : this(registers.X, registers.Y, registers.Z, registers.W)
    {
    }
}

/// <summary>One lane's part of a 16 x 8 matrix B of 16-bit numbers: two registers of two numbers each.</summary>
/// <remarks>PTX ISA, Matrix Fragments for mma.m16n8k16 with floating point type. <see cref="MmaLayout.B"/> says which elements these are.</remarks>
/// <param name="x0">Rows (k) 0..7.</param>
/// <param name="x1">Rows (k) 8..15.</param>
public struct FragmentB(uint x0, uint x1)
{
    /// <summary>Rows (k) 0..7.</summary>
    public uint X0 = x0;

    /// <summary>Rows (k) 8..15.</summary>
    public uint X1 = x1;

    /// <summary>The result of <see cref="LoadMatrix.X2{T}"/> as a fragment.</summary>
    /// <param name="registers">Two registers, one an 8 x 8 block in the order of the fields.</param>
    public FragmentB(UInt2 registers)
        : this(registers.X, registers.Y)
    {
    }
}

/// <summary>One lane's part of a 16 x 8 matrix of floats, the sum that products are added to: four registers.</summary>
/// <remarks>PTX ISA, Matrix Fragments for mma.m16n8k16 with floating point type. <see cref="MmaLayout.Accumulator"/> says which elements these are.</remarks>
/// <param name="x0">Row lane/4, the even column.</param>
/// <param name="x1">Row lane/4, the odd column.</param>
/// <param name="x2">Row lane/4 + 8, the even column.</param>
/// <param name="x3">Row lane/4 + 8, the odd column.</param>
public struct Accumulator(float x0, float x1, float x2, float x3)
{
    /// <summary>Row lane/4, the even column.</summary>
    public float X0 = x0;

    /// <summary>Row lane/4, the odd column.</summary>
    public float X1 = x1;

    /// <summary>Row lane/4 + 8, the even column.</summary>
    public float X2 = x2;

    /// <summary>Row lane/4 + 8, the odd column.</summary>
    public float X3 = x3;
}
