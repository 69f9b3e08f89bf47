namespace LbrCore.Compute.DeviceLibrary;

/// <summary>
/// Accurate elementary functions in plain C# over the kernel vocabulary, compiled into the kernels that use them: PTX has only approximations.
/// </summary>
/// <remarks>
/// Only additions, fused multiply-adds, comparisons and bit operations, so that CUDA and the CPU compute the same bits. The polynomials are minimax approximations
/// (Remez exchange) of what is left after the argument reduction that each function describes. Errors are stated in units of the last place (ulp) of the result and are
/// tested against double precision.
/// </remarks>
internal static partial class DeviceMath
{
    private const float Log2EF32 = 1.44269502f;
    private const float Ln2HighF32 = 0.693147182f;
    private const float Ln2LowF32 = -1.90465421e-9f;
    private const double Log2EF64 = 1.4426950408889634;
    private const double Ln2HighF64 = 0.6931471805599453;
    private const double Ln2LowF64 = 2.3190468138462996e-17;

    /// <summary>e^x, at most 2 ulp, denormal results included; infinity above 88.72, 0 below -103.97.</summary>
    internal static float ExpF32(float x)
    {
        // Beyond these bounds the result is infinite or zero whatever x is; NaN passes both comparisons.
        float bounded = x > 89f ? 89f : x;
        bounded = bounded < -105f ? -105f : bounded;

        // x = n ln 2 + r with |r| <= ln(2) / 2; e^x = 2^n e^r. ln 2 in two parts.
        float n = XMath.Round(bounded * Log2EF32);
        float r = XMath.Fma(n, -Ln2HighF32, bounded);
        r = XMath.Fma(n, -Ln2LowF32, r);

        // e^r = 1 + r + r^2 q(r), relative error 2^-28.
        float q = 0.00138143253f;
        q = XMath.Fma(q, r, 0.00836885162f);
        q = XMath.Fma(q, r, 0.0416684002f);
        q = XMath.Fma(q, r, 0.166665196f);
        q = XMath.Fma(q, r, 0.49999994f);
        float p = XMath.Fma(r * r, q, r) + 1f;
        return ScaleF32(p, (int)n);
    }

    /// <summary>2^x, at most 2 ulp, denormal results included; infinity from 128 on, 0 below -150.</summary>
    internal static float Exp2F32(float x)
    {
        float bounded = x > 129f ? 129f : x;
        bounded = bounded < -152f ? -152f : bounded;

        // x = n + r exactly; 2^r = 1 + r p(r), relative error 2^-29.
        float n = XMath.Round(bounded);
        float r = bounded - n;
        float p = 0.000154763023f;
        p = XMath.Fma(p, r, 0.00134002697f);
        p = XMath.Fma(p, r, 0.00961800385f);
        p = XMath.Fma(p, r, 0.055503279f);
        p = XMath.Fma(p, r, 0.240226507f);
        p = XMath.Fma(p, r, 0.693147182f);
        p = XMath.Fma(p, r, 1f);
        return ScaleF32(p, (int)n);
    }

    /// <summary>e^x, at most 2 ulp, denormal results included.</summary>
    internal static double ExpF64(double x)
    {
        double bounded = x > 710.0 ? 710.0 : x;
        bounded = bounded < -746.0 ? -746.0 : bounded;
        double n = XMath.Round(bounded * Log2EF64);
        double r = XMath.Fma(n, -Ln2HighF64, bounded);
        r = XMath.Fma(n, -Ln2LowF64, r);
        return ScaleF64(ExpReducedF64(r), (int)n);
    }

    /// <summary>2^x, at most 2 ulp, denormal results included.</summary>
    internal static double Exp2F64(double x)
    {
        double bounded = x > 1025.0 ? 1025.0 : x;
        bounded = bounded < -1076.0 ? -1076.0 : bounded;
        double n = XMath.Round(bounded);
        return ScaleF64(ExpReducedF64((bounded - n) * Ln2HighF64), (int)n);
    }

    // e^r = 1 + r + r^2 q(r) for |r| <= ln(2) / 2, relative error 2^-64.
    private static double ExpReducedF64(double r)
    {
        double q = 2.0826421739228285e-09;
        q = XMath.Fma(q, r, 2.511226470215007e-08);
        q = XMath.Fma(q, r, 2.7557583899559265e-07);
        q = XMath.Fma(q, r, 2.7557234219480487e-06);
        q = XMath.Fma(q, r, 2.4801586922278013e-05);
        q = XMath.Fma(q, r, 0.00019841269897014386);
        q = XMath.Fma(q, r, 0.0013888888889119128);
        q = XMath.Fma(q, r, 0.008333333333316786);
        q = XMath.Fma(q, r, 0.04166666666666608);
        q = XMath.Fma(q, r, 0.16666666666666682);
        q = XMath.Fma(q, r, 0.5);
        return XMath.Fma(r * r, q, r) + 1.0;
    }

    // p 2^n in two steps: each power of two is a normal number, and only the last multiplication can round (to a denormal or to infinity).
    private static float ScaleF32(float p, int n)
    {
        int half = n >> 1;
        return p * Interop.IntAsFloat((half + 127) << 23) * Interop.IntAsFloat((n - half + 127) << 23);
    }

    private static double ScaleF64(double p, int n)
    {
        int half = n >> 1;
        return p * Interop.LongAsDouble((long)(half + 1023) << 52) * Interop.LongAsDouble((long)(n - half + 1023) << 52);
    }
}
