using System.Numerics;
using Xunit;

namespace LbrCore.Compute.Tests.Vocabulary;

public class PairTests
{
    private static readonly ushort[] s_edges =
    [
        0x0000, 0x8000, 0x0001, 0x8001, 0x007F, 0x0080, 0x3F80, 0xBF80, 0x3F81, 0x4000, 0x4049, 0x7F7F, 0xFF7F, 0x7F80, 0xFF80, 0x7FC0,
        0x03FF, 0x0400, 0x3C00, 0x3C01, 0xBC00, 0x7BFF, 0x7C00, 0xFC00, 0x7E00, 0x0200, 0x3555,
    ];

    [Fact]
    public void Halves_lie_low_and_high()
    {
        BFloat16x2 pair = BFloat16x2.FromFloats(1.5f, -2f);
        Assert.Equal((0xC0003FC0u, 1.5f, -2f), (pair.Bits, pair.Low, pair.High));
        Half2 half = Half2.FromFloats(1.5f, -2f);
        Assert.Equal((0xC0003E00u, 1.5f, -2f), (half.Bits, half.Low, half.High));
    }

    [Fact]
    public void BFloat16_pairs_round_once()
    {
        foreach ((ushort a, ushort b, ushort c) in Triples())
        {
            var x = new BFloat16x2(a | ((uint)c << 16));
            var y = new BFloat16x2(b | ((uint)a << 16));
            var z = new BFloat16x2(c | ((uint)b << 16));
            float fa = BFloat16.FromBits(a), fb = BFloat16.FromBits(b), fc = BFloat16.FromBits(c);
            Same(RoundToBFloat16(Exact(fa, 1, fb), (double)fa + fb), (x + y).Low);
            Same(RoundToBFloat16(Exact(fa, fb, 0), (double)fa * fb), (x * y).Low);
            Same(RoundToBFloat16(Exact(fa, fb, fc), ((double)fa * fb) + fc), BFloat16x2.Fma(x, y, z).Low);
            Same(RoundToBFloat16(Exact(fc, fa, fb), ((double)fc * fa) + fb), BFloat16x2.Fma(x, y, z).High);
            Same(MathF.Max(fa, fb), BFloat16x2.Max(x, y).Low);
        }
    }

    [Fact]
    public void Half_pairs_round_once()
    {
        foreach ((ushort a, ushort b, ushort c) in Triples())
        {
            var x = new Half2(a);
            var y = new Half2(b);
            var z = new Half2(c);
            float fa = x.Low, fb = y.Low, fc = z.Low;
            Same(RoundToHalf(Exact(fa, 1, fb), (double)fa + fb), (x + y).Low);
            Same(RoundToHalf(Exact(fa, fb, 0), (double)fa * fb), (x * y).Low);
            Same(RoundToHalf(Exact(fa, fb, fc), ((double)fa * fb) + fc), Half2.Fma(x, y, z).Low);
            Same(MathF.Max(fa, fb), Half2.Max(x, y).Low);
        }
    }

    [Fact]
    public void Fma_rounds_once_where_a_float_in_between_would_round_twice()
    {
        // 1.0078125 * 1 + 2^-40: float drops the small term, and the tie that is left would go to even.
        BFloat16x2 tie = BFloat16x2.FromFloats(1.0078125f, 0);
        BFloat16x2 factor = BFloat16x2.FromFloats(1.0078125f, 0);
        BFloat16x2 small = BFloat16x2.FromFloats(MathF.ScaleB(1, -40), 0);
        double exact = (1.0078125 * 1.0078125) + Math.ScaleB(1, -40);
        Assert.Equal((float)(BFloat16)exact, BFloat16x2.Fma(tie, factor, small).Low);
        BFloat16x2 half = BFloat16x2.FromFloats(MathF.ScaleB(1, -8), 0);
        BFloat16x2 one = BFloat16x2.FromFloats(1, 0);
        BFloat16x2 tiny = BFloat16x2.FromFloats(MathF.ScaleB(1, -100), 0);
        Assert.Equal(1f, BFloat16x2.Fma(half, one, one).Low);
        BFloat16x2 sum = BFloat16x2.Fma(BFloat16x2.FromFloats(1 + (1 / 128f), 0), BFloat16x2.FromFloats(1 + (1 / 128f), 0), tiny);
        Assert.Equal(1 + (2 / 128f), sum.Low);
    }

    private static IEnumerable<(ushort A, ushort B, ushort C)> Triples()
    {
        foreach (ushort a in s_edges)
        {
            foreach (ushort b in s_edges)
            {
                foreach (ushort c in s_edges)
                {
                    yield return (a, b, c);
                }
            }
        }

        var random = new Random(11);
        for (int i = 0; i < 20_000; i++)
        {
            // Exponents near each other, so that the sums have something to round.
            ushort Near() => (ushort)((random.Next(2) << 15) | (random.Next(0x3A00, 0x4400) & 0x7FFF));
            yield return (Near(), Near(), Near());
        }
    }

    /// <summary>a b + c as an integer times 2^-320, or null where something is not finite.</summary>
    private static BigInteger? Exact(float a, float b, float c) =>
        float.IsFinite(a) && float.IsFinite(b) && float.IsFinite(c) ? (Scaled(a, 160) * Scaled(b, 160)) + Scaled(c, 320) : null;

    private static BigInteger Scaled(float value, int scale)
    {
        int bits = BitConverter.SingleToInt32Bits(value);
        int exponent = (bits >> 23) & 0xFF;
        BigInteger mantissa = exponent == 0 ? bits & 0x7FFFFF : (bits & 0x7FFFFF) | 0x800000;
        int shift = Math.Max(exponent, 1) - 150 + scale;
        mantissa = shift >= 0 ? mantissa << shift : mantissa >> -shift;
        return bits < 0 ? -mantissa : mantissa;
    }

    private static float RoundToBFloat16(BigInteger? exact, double approximate) => Round(exact, approximate, 8, -133, Math.ScaleB(1, 128));

    private static float RoundToHalf(BigInteger? exact, double approximate) => Round(exact, approximate, 11, -24, 65536);

    private static float Round(BigInteger? exact, double approximate, int precision, int lowest, double infinity)
    {
        if (exact is not { } value)
        {
            return (float)approximate;
        }

        if (value.IsZero)
        {
            return (float)approximate;
        }

        BigInteger magnitude = BigInteger.Abs(value);
        int unit = Math.Max((int)magnitude.GetBitLength() - precision, lowest + 320);
        BigInteger quotient = magnitude >> unit;
        BigInteger rest = magnitude - (quotient << unit);
        BigInteger half = BigInteger.One << (unit - 1);
        if (rest > half || (rest == half && !quotient.IsEven))
        {
            quotient++;
        }

        double rounded = Math.ScaleB((double)quotient, unit - 320);
        return (float)((rounded >= infinity ? double.PositiveInfinity : rounded) * value.Sign);
    }

    private static void Same(float expected, float actual) =>
        Assert.True(expected.Equals(actual) && (expected != 0 || float.IsNegative(expected) == float.IsNegative(actual)), $"expected {expected:R}, not {actual:R}");
}
