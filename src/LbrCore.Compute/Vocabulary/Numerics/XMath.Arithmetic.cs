namespace LbrCore.Compute;

public static partial class XMath
{
    /// <summary>x · y + z, rounded once.</summary>
    /// <remarks><c>fma.rn</c>.</remarks>
    /// <param name="x">First factor.</param>
    /// <param name="y">Second factor.</param>
    /// <param name="z">What is added.</param>
    /// <returns>The result.</returns>
    public static float Fma(float x, float y, float z) => MathF.FusedMultiplyAdd(x, y, z);

    /// <inheritdoc cref="Fma(float, float, float)"/>
    public static double Fma(double x, double y, double z) => Math.FusedMultiplyAdd(x, y, z);

    /// <summary>The greatest integer not above x.</summary>
    /// <remarks><c>cvt.rmi</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Floor(float x) => MathF.Floor(x);

    /// <inheritdoc cref="Floor(float)"/>
    public static double Floor(double x) => Math.Floor(x);

    /// <summary>The least integer not below x.</summary>
    /// <remarks><c>cvt.rpi</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Ceiling(float x) => MathF.Ceiling(x);

    /// <inheritdoc cref="Ceiling(float)"/>
    public static double Ceiling(double x) => Math.Ceiling(x);

    /// <summary>The nearest integer, ties to even.</summary>
    /// <remarks><c>cvt.rni</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Round(float x) => MathF.Round(x);

    /// <inheritdoc cref="Round(float)"/>
    public static double Round(double x) => Math.Round(x);

    /// <summary>x without its fraction.</summary>
    /// <remarks><c>cvt.rzi</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Truncate(float x) => MathF.Truncate(x);

    /// <inheritdoc cref="Truncate(float)"/>
    public static double Truncate(double x) => Math.Truncate(x);

    /// <summary>The magnitude of x with the sign of y.</summary>
    /// <remarks><c>copysign</c>.</remarks>
    /// <param name="x">Gives the magnitude.</param>
    /// <param name="y">Gives the sign.</param>
    /// <returns>The result.</returns>
    public static float CopySign(float x, float y) => MathF.CopySign(x, y);

    /// <inheritdoc cref="CopySign(float, float)"/>
    public static double CopySign(double x, double y) => Math.CopySign(x, y);

    /// <summary>The magnitude; of a float by clearing its sign bit. The least integer stays as it is.</summary>
    /// <remarks><c>abs</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Abs(float x) => MathF.Abs(x);

    /// <inheritdoc cref="Abs(float)"/>
    public static double Abs(double x) => Math.Abs(x);

    /// <inheritdoc cref="Abs(float)"/>
    public static int Abs(int x) => x < 0 ? unchecked(-x) : x;

    /// <inheritdoc cref="Abs(float)"/>
    public static long Abs(long x) => x < 0 ? unchecked(-x) : x;

    /// <summary>The lesser; of floats NaN if one is NaN, and -0 is less than 0, as <see cref="Math"/> has it.</summary>
    /// <remarks><c>min.NaN.f32</c>, <c>min.s32</c>, ...</remarks>
    /// <param name="x">First operand.</param>
    /// <param name="y">Second operand.</param>
    /// <returns>The result.</returns>
    public static float Min(float x, float y) => Math.Min(x, y);

    /// <inheritdoc cref="Min(float, float)"/>
    public static double Min(double x, double y) => Math.Min(x, y);

    /// <inheritdoc cref="Min(float, float)"/>
    public static int Min(int x, int y) => Math.Min(x, y);

    /// <inheritdoc cref="Min(float, float)"/>
    public static uint Min(uint x, uint y) => Math.Min(x, y);

    /// <inheritdoc cref="Min(float, float)"/>
    public static long Min(long x, long y) => Math.Min(x, y);

    /// <inheritdoc cref="Min(float, float)"/>
    public static ulong Min(ulong x, ulong y) => Math.Min(x, y);

    /// <summary>The greater; of floats NaN if one is NaN, and -0 is less than 0, as <see cref="Math"/> has it.</summary>
    /// <remarks><c>max.NaN.f32</c>, <c>max.s32</c>, ...</remarks>
    /// <param name="x">First operand.</param>
    /// <param name="y">Second operand.</param>
    /// <returns>The result.</returns>
    public static float Max(float x, float y) => Math.Max(x, y);

    /// <inheritdoc cref="Max(float, float)"/>
    public static double Max(double x, double y) => Math.Max(x, y);

    /// <inheritdoc cref="Max(float, float)"/>
    public static int Max(int x, int y) => Math.Max(x, y);

    /// <inheritdoc cref="Max(float, float)"/>
    public static uint Max(uint x, uint y) => Math.Max(x, y);

    /// <inheritdoc cref="Max(float, float)"/>
    public static long Max(long x, long y) => Math.Max(x, y);

    /// <inheritdoc cref="Max(float, float)"/>
    public static ulong Max(ulong x, ulong y) => Math.Max(x, y);

    /// <summary>x kept within low and high: <c>Min(Max(x, low), high)</c>. Unlike <see cref="Math"/> it does not throw when low exceeds high.</summary>
    /// <remarks><c>max</c>, <c>min</c>.</remarks>
    /// <param name="x">The value.</param>
    /// <param name="low">Least result.</param>
    /// <param name="high">Greatest result.</param>
    /// <returns>The result.</returns>
    public static float Clamp(float x, float low, float high) => Math.Min(Math.Max(x, low), high);

    /// <inheritdoc cref="Clamp(float, float, float)"/>
    public static double Clamp(double x, double low, double high) => Math.Min(Math.Max(x, low), high);

    /// <inheritdoc cref="Clamp(float, float, float)"/>
    public static int Clamp(int x, int low, int high) => Math.Min(Math.Max(x, low), high);

    /// <inheritdoc cref="Clamp(float, float, float)"/>
    public static uint Clamp(uint x, uint low, uint high) => Math.Min(Math.Max(x, low), high);

    /// <inheritdoc cref="Clamp(float, float, float)"/>
    public static long Clamp(long x, long low, long high) => Math.Min(Math.Max(x, low), high);

    /// <inheritdoc cref="Clamp(float, float, float)"/>
    public static ulong Clamp(ulong x, ulong low, ulong high) => Math.Min(Math.Max(x, low), high);
}
