namespace LbrCore.Compute;

/// <summary>Mathematics of kernels. The plain names are accurate; those that begin with Fast are single hardware instructions with the error their comment states.</summary>
/// <remarks>PTX ISA, Floating-Point Instructions. On the CPU the Fast members are the accurate ones. <see cref="Math"/> and <see cref="MathF"/> mean the same in kernels where they have a member of the name.</remarks>
public static partial class XMath
{
    /// <summary>e^x. At most 2 ulp, denormal results included.</summary>
    /// <remarks>Built from <c>fma.rn</c>; no hardware approximation.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Exp(float x) => MathF.Exp(x);

    /// <inheritdoc cref="Exp(float)"/>
    public static double Exp(double x) => Math.Exp(x);

    /// <summary>2^x. At most 2 ulp, denormal results included.</summary>
    /// <remarks>Built from <c>fma.rn</c>; no hardware approximation.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Exp2(float x) => float.Exp2(x);

    /// <inheritdoc cref="Exp2(float)"/>
    public static double Exp2(double x) => double.Exp2(x);

    /// <summary>ln x. At most 2 ulp; NaN below 0, -infinity at 0.</summary>
    /// <remarks>Built from <c>fma.rn</c>; no hardware approximation.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Log(float x) => MathF.Log(x);

    /// <inheritdoc cref="Log(float)"/>
    public static double Log(double x) => Math.Log(x);

    /// <summary>log2 x. At most 2 ulp; NaN below 0, -infinity at 0.</summary>
    /// <remarks>Built from <c>fma.rn</c>; no hardware approximation.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Log2(float x) => MathF.Log2(x);

    /// <inheritdoc cref="Log2(float)"/>
    public static double Log2(double x) => Math.Log2(x);

    /// <summary>sin x, x in radians. At most 2 ulp for every finite x; NaN for infinities.</summary>
    /// <remarks>Built from <c>fma.rn</c>; beyond |x| = 1e5 the argument is reduced with integer arithmetic.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Sin(float x) => MathF.Sin(x);

    /// <summary>cos x, x in radians. At most 2 ulp for every finite x; NaN for infinities.</summary>
    /// <remarks>Built from <c>fma.rn</c>; beyond |x| = 1e5 the argument is reduced with integer arithmetic.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Cos(float x) => MathF.Cos(x);

    /// <summary>tanh x. At most 3 ulp.</summary>
    /// <remarks>Built from <c>fma.rn</c> and <c>div.rn</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Tanh(float x) => MathF.Tanh(x);

    /// <summary>The square root, rounded to nearest.</summary>
    /// <remarks><c>sqrt.rn</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Sqrt(float x) => MathF.Sqrt(x);

    /// <inheritdoc cref="Sqrt(float)"/>
    public static double Sqrt(double x) => Math.Sqrt(x);

    /// <summary>1 / sqrt(x), rounded once for float (computed in double).</summary>
    /// <remarks><c>sqrt.rn.f64</c>, <c>div.rn.f64</c>; where the last bit does not matter <see cref="FastRsqrt(float)"/> is far cheaper.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Rsqrt(float x) => (float)(1.0 / Math.Sqrt(x));

    /// <inheritdoc cref="Rsqrt(float)"/>
    public static double Rsqrt(double x) => 1.0 / Math.Sqrt(x);

    /// <summary>1 / x, rounded to nearest.</summary>
    /// <remarks><c>rcp.rn</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float Rcp(float x) => 1f / x;

    /// <inheritdoc cref="Rcp(float)"/>
    public static double Rcp(double x) => 1.0 / x;
}
