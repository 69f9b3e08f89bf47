using Xunit;

namespace LbrCore.Compute.Tests.Vocabulary;

public class BFloat16Tests
{
    /// <summary>Every finite non-negative bf16 in order, followed by the value that stands for infinity when rounding: 2^128.</summary>
    private static readonly double[] s_grid = [.. Enumerable.Range(0, 0x7F80).Select(Decode), Math.ScaleB(1, 128)];

    [Fact]
    public void All_bit_patterns_survive_the_way_to_float_and_back()
    {
        for (int bits = 0; bits <= 0xFFFF; bits++)
        {
            BFloat16 value = BFloat16.FromBits((ushort)bits);
            double expected = Decode(bits);
            if (double.IsNaN(expected))
            {
                Assert.True(float.IsNaN(value) && BFloat16.IsNaN(value) && BFloat16.IsNaN((BFloat16)(float)value) && BFloat16.IsNaN((BFloat16)(double)value));
                continue;
            }

            Assert.Equal(expected, (double)value);
            Assert.Equal(double.IsNegative(expected), float.IsNegative(value));
            Assert.Equal(bits, ((BFloat16)(float)value).Bits);
            Assert.Equal(bits, ((BFloat16)(double)value).Bits);
            Assert.Equal(double.IsInfinity(expected), BFloat16.IsInfinity(value));
            Assert.Equal(double.IsFinite(expected), BFloat16.IsFinite(value));
        }
    }

    [Fact]
    public void Ties_go_to_even_and_their_neighbours_to_the_nearest()
    {
        for (int bits = 0; bits < 0x7F80; bits++)
        {
            double middle = (s_grid[bits] + s_grid[bits + 1]) / 2;
            int even = bits + (bits & 1);
            foreach (int sign in new[] { 0, 0x8000 })
            {
                double signed = sign == 0 ? middle : -middle;
                Assert.Equal(even | sign, ((BFloat16)signed).Bits);
                Assert.Equal(even | sign, ((BFloat16)(float)signed).Bits);
                double down = sign == 0 ? Math.BitDecrement(middle) : -Math.BitDecrement(middle);
                double up = sign == 0 ? Math.BitIncrement(middle) : -Math.BitIncrement(middle);
                Assert.Equal(bits | sign, ((BFloat16)down).Bits);
                Assert.Equal((bits + 1) | sign, ((BFloat16)up).Bits);
                float floatDown = MathF.BitDecrement((float)middle);
                float floatUp = MathF.BitIncrement((float)middle);
                Assert.Equal(bits | sign, ((BFloat16)(sign == 0 ? floatDown : -floatDown)).Bits);
                Assert.Equal((bits + 1) | sign, ((BFloat16)(sign == 0 ? floatUp : -floatUp)).Bits);
            }
        }
    }

    [Fact]
    public void Random_floats_and_doubles_round_like_a_search_in_the_table()
    {
        var random = new Random(5);
        for (int i = 0; i < 300_000; i++)
        {
            float single = BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32));
            double real = single * (1 + ((random.NextDouble() - 0.5) * 1e-7));
            Assert.Equal(Reference(single), ((BFloat16)single).Bits);
            Assert.Equal(Reference(real), ((BFloat16)real).Bits);
        }
    }

    [Fact]
    public void Doubles_beyond_the_range_of_float_become_infinity_or_zero()
    {
        Assert.Equal(0x7F80, ((BFloat16)1e300).Bits);
        Assert.Equal(0xFF80, ((BFloat16)double.NegativeInfinity).Bits);
        Assert.Equal(0x0000, ((BFloat16)1e-300).Bits);
        Assert.Equal(0x8000, ((BFloat16)(-1e-300)).Bits);
        Assert.Equal(0x0001, ((BFloat16)Math.BitIncrement(Math.ScaleB(1, -134))).Bits);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(16_842_753)] // 2^24 + 2^16 + 1: rounding to float first would make it a tie and lose the one.
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    public void Integers_round_once(int value) => Assert.Equal(Reference(value), ((BFloat16)value).Bits);

    [Fact]
    public void Conversion_to_integer_cuts_off_the_fraction()
    {
        Assert.Equal(-3, (int)(BFloat16)(-3.75f));
        Assert.Equal(127, (int)(BFloat16)127.5f);
    }

    [Fact]
    public void Operators_compute_in_float()
    {
        BFloat16 third = (BFloat16)(1f / 3f);
        float sum = third + BFloat16.One;
        Assert.Equal(1f + (float)third, sum);
        Assert.Equal((float)third * 3f, third * 3f);
        Assert.True(third < BFloat16.One && BFloat16.MinValue < third);
    }

    [Fact]
    public void Equality_is_that_of_numbers_and_of_collections()
    {
        BFloat16 minusZero = BFloat16.FromBits(0x8000);
        BFloat16 nan = BFloat16.NaN;
        Assert.True(BFloat16.Zero == minusZero && BFloat16.Zero.Equals(minusZero) && BFloat16.Zero.GetHashCode() == minusZero.GetHashCode());
        Assert.True(nan != BFloat16.FromBits(0x7FC0) && nan.Equals(BFloat16.FromBits(0xFFFF)));
        Assert.Equal([BFloat16.NaN, BFloat16.NegativeInfinity, BFloat16.Epsilon, BFloat16.MaxValue], new[] { BFloat16.MaxValue, BFloat16.Epsilon, BFloat16.NaN, BFloat16.NegativeInfinity }.Order());
    }

    [Fact]
    public void Text_is_that_of_the_float_in_every_culture() => Assert.Equal("0.33398438", ((BFloat16)(1f / 3f)).ToString());

    private static double Decode(int bits)
    {
        int exponent = (bits >> 7) & 0xFF;
        int mantissa = bits & 0x7F;
        double magnitude = exponent switch
        {
            0xFF => mantissa == 0 ? double.PositiveInfinity : double.NaN,
            0 => Math.ScaleB(mantissa, -133),
            _ => Math.ScaleB(128 + mantissa, exponent - 134),
        };
        return (bits & 0x8000) == 0 ? magnitude : -magnitude;
    }

    private static int Reference(double value)
    {
        if (double.IsNaN(value))
        {
            return 0x7FFF;
        }

        double magnitude = Math.Abs(value);
        int at = Array.BinarySearch(s_grid, magnitude);
        if (at < 0)
        {
            int above = Math.Min(~at, s_grid.Length - 1);
            double toBelow = magnitude - s_grid[above - 1];
            double toAbove = s_grid[above] - magnitude;
            at = toBelow < toAbove || (toBelow == toAbove && above % 2 == 1) ? above - 1 : above;
        }

        return at | (double.IsNegative(value) ? 0x8000 : 0);
    }
}
