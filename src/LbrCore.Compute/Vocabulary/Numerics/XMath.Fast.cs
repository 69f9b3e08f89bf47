namespace LbrCore.Compute;

public static partial class XMath
{
    /// <summary>e^x by the hardware: absolute error of the exponent about 2^-22 · |x|; denormal results become 0.</summary>
    /// <remarks><c>mul.f32</c> by log2 e, <c>ex2.approx.ftz.f32</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float FastExp(float x) => MathF.Exp(x);

    /// <summary>2^x by the hardware: relative error 2^-22; denormal results become 0.</summary>
    /// <remarks><c>ex2.approx.ftz.f32</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float FastExp2(float x) => float.Exp2(x);

    /// <summary>ln x by the hardware: absolute error about 2^-22 near 1.</summary>
    /// <remarks><c>lg2.approx.ftz.f32</c>, <c>mul.f32</c> by ln 2.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float FastLog(float x) => MathF.Log(x);

    /// <summary>log2 x by the hardware: absolute error 2^-22 near 1, relative elsewhere.</summary>
    /// <remarks><c>lg2.approx.ftz.f32</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float FastLog2(float x) => MathF.Log2(x);

    /// <summary>sin x by the hardware: absolute error 2^-20.5 for |x| up to 2π, growing with |x|.</summary>
    /// <remarks><c>sin.approx.ftz.f32</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float FastSin(float x) => MathF.Sin(x);

    /// <summary>cos x by the hardware: absolute error 2^-20.5 for |x| up to 2π, growing with |x|.</summary>
    /// <remarks><c>cos.approx.ftz.f32</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float FastCos(float x) => MathF.Cos(x);

    /// <summary>tanh x by the hardware: relative error 2^-11, enough for what is rounded to bf16.</summary>
    /// <remarks><c>tanh.approx.f32</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float FastTanh(float x) => MathF.Tanh(x);

    /// <summary>The square root by the hardware: relative error 2^-23.</summary>
    /// <remarks><c>sqrt.approx.ftz.f32</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float FastSqrt(float x) => MathF.Sqrt(x);

    /// <summary>1 / sqrt(x) by the hardware: relative error 2^-22.9.</summary>
    /// <remarks><c>rsqrt.approx.ftz.f32</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float FastRsqrt(float x) => (float)(1.0 / Math.Sqrt(x));

    /// <summary>1 / x by the hardware: 1 ulp.</summary>
    /// <remarks><c>rcp.approx.ftz.f32</c>.</remarks>
    /// <param name="x">The argument.</param>
    /// <returns>The result.</returns>
    public static float FastRcp(float x) => 1f / x;

    /// <summary>x / y by the hardware: 2 ulp for |y| in 2^-126 .. 2^126, 0 beyond.</summary>
    /// <remarks><c>div.approx.ftz.f32</c>.</remarks>
    /// <param name="x">Dividend.</param>
    /// <param name="y">Divisor.</param>
    /// <returns>The result.</returns>
    public static float FastDivide(float x, float y) => x / y;
}
