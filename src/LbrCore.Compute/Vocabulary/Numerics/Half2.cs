namespace LbrCore.Compute;

/// <summary>Two <see cref="Half"/> numbers in one 32-bit register, computed on together.</summary>
/// <remarks>
/// PTX ISA, Half Precision Floating-Point Instructions: <c>f16x2</c>. Every operation rounds each half once to nearest, ties to even; denormals are kept.
/// </remarks>
public struct Half2
{
    /// <summary>Both halves: the low number in bits 0..15.</summary>
    public uint Bits;

    /// <summary>Two numbers from their register.</summary>
    /// <param name="bits">The low number in bits 0..15.</param>
    public Half2(uint bits) => Bits = bits;

    /// <summary>The number in bits 0..15.</summary>
    public readonly float Low => (float)Interop.UShortAsHalf((ushort)Bits);

    /// <summary>The number in bits 16..31.</summary>
    public readonly float High => (float)Interop.UShortAsHalf((ushort)(Bits >> 16));

    /// <summary>Rounds two floats and packs them.</summary>
    /// <remarks><c>cvt.rn.f16x2.f32 d, high, low</c>.</remarks>
    /// <param name="low">For bits 0..15.</param>
    /// <param name="high">For bits 16..31.</param>
    /// <returns>The pair.</returns>
    public static Half2 FromFloats(float low, float high) => new((uint)Interop.HalfAsUShort((Half)low) | ((uint)Interop.HalfAsUShort((Half)high) << 16));

    /// <summary>The sums.</summary>
    /// <remarks><c>add.rn.f16x2</c>.</remarks>
    /// <param name="left">First operand.</param>
    /// <param name="right">Second operand.</param>
    public static Half2 operator +(Half2 left, Half2 right) => FromFloats(left.Low + right.Low, left.High + right.High);

    /// <summary>The products.</summary>
    /// <remarks><c>mul.rn.f16x2</c>.</remarks>
    /// <param name="left">First operand.</param>
    /// <param name="right">Second operand.</param>
    public static Half2 operator *(Half2 left, Half2 right) => FromFloats(left.Low * right.Low, left.High * right.High);

    /// <summary>left · right + addend, rounded once.</summary>
    /// <remarks><c>fma.rn.f16x2</c>.</remarks>
    /// <param name="left">First factor.</param>
    /// <param name="right">Second factor.</param>
    /// <param name="addend">What is added.</param>
    /// <returns>The pair of results.</returns>
    public static Half2 Fma(Half2 left, Half2 right, Half2 addend) =>
        FromFloats(FusedArithmetic.Fma(left.Low, right.Low, addend.Low), FusedArithmetic.Fma(left.High, right.High, addend.High));

    /// <summary>The greater of each half; NaN if one is NaN.</summary>
    /// <remarks><c>max.NaN.f16x2</c>.</remarks>
    /// <param name="left">First operand.</param>
    /// <param name="right">Second operand.</param>
    /// <returns>The pair of maxima.</returns>
    public static Half2 Max(Half2 left, Half2 right) => FromFloats(MathF.Max(left.Low, right.Low), MathF.Max(left.High, right.High));

    /// <summary>Both numbers, for messages and the debugger.</summary>
    public override readonly string ToString() => $"({Low}, {High})";
}
