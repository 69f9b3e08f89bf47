namespace LbrCore.Compute.DeviceLibrary;

internal static partial class DeviceMath
{
    /// <summary>tanh x, at most 3 ulp; 1 or -1 from 9.02 on.</summary>
    internal static float TanhF32(float x)
    {
        float magnitude = XMath.Abs(x);
        if (magnitude < 0.000244140625f)
        {
            // x^3/3 is less than a quarter of an ulp; this also keeps -0.
            return x;
        }

        if (magnitude < 0.6f)
        {
            // x + x^3 p(x^2), relative error 2^-28.
            float s = x * x;
            float p = -0.00590586662f;
            p = XMath.Fma(p, s, 0.020805385f);
            p = XMath.Fma(p, s, -0.0537866838f);
            p = XMath.Fma(p, s, 0.133319587f);
            p = XMath.Fma(p, s, -0.333332986f);
            return XMath.Fma(x * s, p, x);
        }

        // 1 - 2 / (e^2x + 1): the quotient is at most 0.46, so its error counts little. NaN stays NaN.
        float result = 1f - (2f / (ExpF32(2f * magnitude) + 1f));
        return x < 0f ? -result : result;
    }
}
