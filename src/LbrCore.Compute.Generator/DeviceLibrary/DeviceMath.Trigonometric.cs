namespace LbrCore.Compute.DeviceLibrary;

internal static partial class DeviceMath
{
    private const float TwoOverPi = 0.636619747f;

    /// <summary>sin x, at most 2 ulp for every finite x; NaN for infinities.</summary>
    internal static float SinF32(float x)
    {
        float magnitude = XMath.Abs(x);
        float n = XMath.Round(magnitude * TwoOverPi);
        int quadrant = (int)n;
        float r = ReduceF32(magnitude, n);
        if (magnitude > 100000f)
        {
            ulong turns = ReduceLargeF32(magnitude);
            quadrant = QuadrantOfTurns(turns);
            r = RemainderOfTurns(turns);
        }

        float result = (quadrant & 1) == 0 ? SinReducedF32(r) : CosReducedF32(r);
        result = (quadrant & 2) == 0 ? result : -result;
        result = x < 0f ? -result : result;

        // Below 2^-12, x^3/6 is less than an eighth of an ulp; this also keeps -0.
        result = magnitude < 0.000244140625f ? x : result;
        return magnitude < float.PositiveInfinity ? result : float.NaN;
    }

    /// <summary>cos x, at most 2 ulp for every finite x; NaN for infinities.</summary>
    internal static float CosF32(float x)
    {
        float magnitude = XMath.Abs(x);
        float n = XMath.Round(magnitude * TwoOverPi);
        int quadrant = (int)n;
        float r = ReduceF32(magnitude, n);
        if (magnitude > 100000f)
        {
            ulong turns = ReduceLargeF32(magnitude);
            quadrant = QuadrantOfTurns(turns);
            r = RemainderOfTurns(turns);
        }

        float result = (quadrant & 1) == 0 ? CosReducedF32(r) : SinReducedF32(r);
        result = ((quadrant + 1) & 2) == 0 ? result : -result;
        return magnitude < float.PositiveInfinity ? result : float.NaN;
    }

    // Cody and Waite: x - n pi/2 with pi/2 in three parts of 24 bits. The first step is exact for |n| < 2^16.
    private static float ReduceF32(float x, float n)
    {
        float r = XMath.Fma(n, -1.57079637f, x);
        r = XMath.Fma(n, 4.37113883e-8f, r);
        return XMath.Fma(n, 1.71512451e-15f, r);
    }

    // sin r for |r| <= pi/4: r + r^3 p(r^2), relative error 2^-37.
    private static float SinReducedF32(float r)
    {
        float s = r * r;
        float p = 2.71823729e-6f;
        p = XMath.Fma(p, s, -0.000198393274f);
        p = XMath.Fma(p, s, 0.00833332911f);
        p = XMath.Fma(p, s, -0.166666672f);
        return XMath.Fma(r * s, p, r);
    }

    // cos r for |r| <= pi/4: 1 - r^2/2 + r^4 p(r^2), error 2^-33.
    private static float CosReducedF32(float r)
    {
        float s = r * r;
        float p = 2.44377316e-5f;
        p = XMath.Fma(p, s, -0.00138873619f);
        p = XMath.Fma(p, s, 0.0416666456f);
        return XMath.Fma(s * s, p, XMath.Fma(s, -0.5f, 1f));
    }

    /// <summary>The fraction of x / 2pi, times 2^64, for x above 2^16: Payne and Hanek's reduction.</summary>
    /// <remarks>
    /// x = m 2^e with a 24-bit integer m, so the fraction of m (2^e / 2pi) needs only the bits of 1 / 2pi from position e on: 96 of them leave 72 after the multiplication by m.
    /// No float comes closer to a multiple of pi/2 than about 2^-30 of it, so more than 30 bits of the remainder are right.
    /// </remarks>
    private static ulong ReduceLargeF32(float magnitude)
    {
        uint bits = Interop.FloatAsUInt(magnitude);
        uint m = (bits & 0x007FFFFFu) | 0x00800000u;

        // The words below hold 2/pi after 32 zero bits; 1/2pi is 2/pi shifted by two. The position is 23 .. 134.
        int position = (int)(bits >> 23) - 150 - 2 + 32;
        int word = position >> 5;
        int shift = position & 31;

        // A choice of four words instead of a table: local arrays with a variable index would be memory.
        uint w0;
        uint w1;
        uint w2;
        uint w3;
        if (word == 0)
        {
            w0 = 0u;
            w1 = 0xA2F9836Eu;
            w2 = 0x4E441529u;
            w3 = 0xFC2757D1u;
        }
        else if (word == 1)
        {
            w0 = 0xA2F9836Eu;
            w1 = 0x4E441529u;
            w2 = 0xFC2757D1u;
            w3 = 0xF534DDC0u;
        }
        else if (word == 2)
        {
            w0 = 0x4E441529u;
            w1 = 0xFC2757D1u;
            w2 = 0xF534DDC0u;
            w3 = 0xDB629599u;
        }
        else if (word == 3)
        {
            w0 = 0xFC2757D1u;
            w1 = 0xF534DDC0u;
            w2 = 0xDB629599u;
            w3 = 0x3C439041u;
        }
        else
        {
            w0 = 0xF534DDC0u;
            w1 = 0xDB629599u;
            w2 = 0x3C439041u;
            w3 = 0xFE5163ABu;
        }

        uint g0 = FunnelShift(w0, w1, shift);
        uint g1 = FunnelShift(w1, w2, shift);
        uint g2 = FunnelShift(w2, w3, shift);

        // The upper 64 of the lower 96 bits of m (g0 g1 g2).
        ulong low = (ulong)m * g2;
        ulong middle = (ulong)m * g1;
        return ((ulong)(m * g0) << 32) + middle + (low >> 32);
    }

    private static uint FunnelShift(uint high, uint low, int shift) => (uint)(((((ulong)high << 32) | low) << shift) >> 32);

    // The nearest multiple of a quarter turn, 0 .. 4.
    private static int QuadrantOfTurns(ulong turns) => (int)((turns + 0x2000000000000000UL) >> 62);

    // What is left of it, in radians: a signed fraction of a quarter turn, times pi/2 2^-64.
    private static float RemainderOfTurns(ulong turns) => (float)((long)(turns << 2) * 8.515303950216386e-20);
}
