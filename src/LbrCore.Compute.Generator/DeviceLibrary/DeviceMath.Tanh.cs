namespace LbrCore.Compute.DeviceLibrary;

internal static partial class DeviceMath
{
    /// <summary>tanh x, at most 3 ulp; 1 or -1 from 9.02 on.</summary>
    internal static float TanhF32(float x)
    {
        float magnitude = XMath.Abs(x);

        // Small arguments: x + x^3 p(x^2), relative error 2^-28.
        float s = x * x;
        float p = -0.00590586662f;
        p = XMath.Fma(p, s, 0.020805385f);
        p = XMath.Fma(p, s, -0.0537866838f);
        p = XMath.Fma(p, s, 0.133319587f);
        p = XMath.Fma(p, s, -0.333332986f);
        float small = XMath.Fma(x * s, p, x);

        // Large ones: 1 - 2 / (e^2x + 1). The quotient is at most 0.46, so its error counts little.
        float large = 1f - (2f / (ExpF32(2f * magnitude) + 1f));
        large = x < 0f ? -large : large;

        // Below 2^-12, x^3/3 is less than a quarter of an ulp; this also keeps -0. NaN takes the large way and stays NaN.
        float result = magnitude < 0.6f ? small : large;
        return magnitude < 0.000244140625f ? x : result;
    }
}
