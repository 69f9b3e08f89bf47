namespace LbrCore.Compute.DeviceLibrary;

internal static partial class DeviceMath
{
    private const float Log2ELowF32 = 1.925963e-8f;
    private const double Log2ELowF64 = 2.0355273740931033e-17;

    /// <summary>ln x, at most 2 ulp; NaN below 0, -infinity at 0.</summary>
    internal static float LogF32(float x)
    {
        int exponent = LogExponentF32(x);
        float f = LogMantissaF32(x, exponent) - 1f;
        float result = XMath.Fma(exponent, Ln2HighF32, XMath.Fma(f * f, LogTailF32(f), f));
        return x > 0f && x < float.PositiveInfinity ? result : LogSpecialF32(x);
    }

    /// <summary>log2 x, at most 2 ulp, exact for powers of two; NaN below 0, -infinity at 0.</summary>
    internal static float Log2F32(float x)
    {
        // (f + tail) log2(e) + exponent with log2(e) in two parts, small terms first.
        int exponent = LogExponentF32(x);
        float f = LogMantissaF32(x, exponent) - 1f;
        float tail = f * f * LogTailF32(f);
        float low = XMath.Fma(tail, Log2EF32, f * Log2ELowF32);
        float result = exponent + XMath.Fma(f, Log2EF32, low);
        return x > 0f && x < float.PositiveInfinity ? result : LogSpecialF32(x);
    }

    /// <summary>ln x, at most 2 ulp; NaN below 0, -infinity at 0.</summary>
    internal static double LogF64(double x)
    {
        int exponent = LogExponentF64(x);
        double f = LogMantissaF64(x, exponent) - 1.0;
        double tail = LogTailF64(f);
        double result = XMath.Fma(exponent, Ln2HighF64, f - XMath.Fma(exponent, -Ln2LowF64, tail));
        return x > 0.0 && x < double.PositiveInfinity ? result : LogSpecialF64(x);
    }

    /// <summary>log2 x, at most 2 ulp, exact for powers of two; NaN below 0, -infinity at 0.</summary>
    internal static double Log2F64(double x)
    {
        int exponent = LogExponentF64(x);
        double f = LogMantissaF64(x, exponent) - 1.0;
        double low = XMath.Fma(-LogTailF64(f), Log2EF64, f * Log2ELowF64);
        double result = exponent + XMath.Fma(f, Log2EF64, low);
        return x > 0.0 && x < double.PositiveInfinity ? result : LogSpecialF64(x);
    }

    /// <summary>ln(1 + x) for -1/2 &lt;= x &lt;= 1, at most 3 ulp also where x is tiny.</summary>
    internal static float Log1pF32(float x)
    {
        // Kahan: what rounding 1 + x loses cancels in the quotient.
        float sum = 1f + x;
        float quotient = x / (sum == 1f ? 1f : sum - 1f);
        return sum == 1f ? x : LogF32(sum) * quotient;
    }

    // For what has no finite logarithm; the callers have computed something meaningless for it without harm.
    private static float LogSpecialF32(float x) => x == 0f ? float.NegativeInfinity : x > 0f ? x : float.NaN;

    private static double LogSpecialF64(double x) => x == 0.0 ? double.NegativeInfinity : x > 0.0 ? x : double.NaN;

    // x = 2^exponent m with 2/3 <= m < 4/3: near 1 the exponent is 0 and nothing cancels.
    private static int LogExponentF32(float x)
    {
        bool denormal = x < 1.17549435e-38f;
        int bits = Interop.FloatAsInt(denormal ? x * 8388608f : x);
        return ((bits - 0x3F2AAAAB) >> 23) - (denormal ? 23 : 0);
    }

    private static float LogMantissaF32(float x, int exponent)
    {
        bool denormal = x < 1.17549435e-38f;
        int bits = Interop.FloatAsInt(denormal ? x * 8388608f : x);
        return Interop.IntAsFloat(bits - ((denormal ? exponent + 23 : exponent) << 23));
    }

    // (ln(1 + f) - f) / f^2 for -1/3 <= f < 1/3, error relative to f 2^-30.
    private static float LogTailF32(float f)
    {
        float p = 0.124753043f;
        p = XMath.Fma(p, f, -0.130230203f);
        p = XMath.Fma(p, f, 0.106246158f);
        p = XMath.Fma(p, f, -0.121479228f);
        p = XMath.Fma(p, f, 0.143169403f);
        p = XMath.Fma(p, f, -0.166840002f);
        p = XMath.Fma(p, f, 0.199991167f);
        p = XMath.Fma(p, f, -0.249996603f);
        p = XMath.Fma(p, f, 0.333333403f);
        return XMath.Fma(p, f, -0.5f);
    }

    // x = 2^exponent m with sqrt(1/2) <= m < sqrt(2).
    private static int LogExponentF64(double x)
    {
        bool denormal = x < 2.2250738585072014e-308;
        long bits = Interop.DoubleAsLong(denormal ? x * 18014398509481984.0 : x);
        return (int)((bits - 0x3FE6A09E667F3BCDL) >> 52) - (denormal ? 54 : 0);
    }

    private static double LogMantissaF64(double x, int exponent)
    {
        bool denormal = x < 2.2250738585072014e-308;
        long bits = Interop.DoubleAsLong(denormal ? x * 18014398509481984.0 : x);
        return Interop.LongAsDouble(bits - ((long)(denormal ? exponent + 54 : exponent) << 52));
    }

    // f - ln(1 + f). With s = f / (2 + f), ln(1 + f) = ln((1 + s) / (1 - s)) = 2s + s z p(z), z = s^2, and 2s = f - s f:
    // f - ln(1 + f) = f^2/2 - s (f^2/2 + z p(z)).
    private static double LogTailF64(double f)
    {
        double s = f / (2.0 + f);
        double z = s * s;
        double p = 0.14811539475279234;
        p = XMath.Fma(p, z, 0.15312569966706713);
        p = XMath.Fma(p, z, 0.18183618984056468);
        p = XMath.Fma(p, z, 0.2222219758744385);
        p = XMath.Fma(p, z, 0.2857142875130177);
        p = XMath.Fma(p, z, 0.39999999999377983);
        p = XMath.Fma(p, z, 0.666666666666674);
        double halfSquare = 0.5 * f * f;
        return halfSquare - (s * XMath.Fma(z, p, halfSquare));
    }
}
