using Xunit;

namespace LbrCore.Compute.Tests.Vocabulary;

public class MathTests
{
    [Fact]
    public void Minimum_and_maximum_follow_Math()
    {
        Assert.Equal(float.NaN, XMath.Max(1f, float.NaN));
        Assert.Equal(double.NaN, XMath.Min(double.NaN, 1.0));
        Assert.True(float.IsNegative(XMath.Min(0f, -0f)) && !float.IsNegative(XMath.Max(-0f, 0f)));
        Assert.Equal((2u, 0xFFFFFFFFul), (XMath.Min(2u, 0xFFFFFFFFu), XMath.Max(2ul, 0xFFFFFFFFul)));
    }

    [Fact]
    public void Clamp_takes_bounds_in_any_order_without_throwing()
    {
        Assert.Equal((0f, 1f, 0.5f), (XMath.Clamp(-3f, 0f, 1f), XMath.Clamp(3f, 0f, 1f), XMath.Clamp(0.5f, 0f, 1f)));
        Assert.Equal(-1, XMath.Clamp(5, 3, -1));
        Assert.Equal(float.NaN, XMath.Clamp(float.NaN, 0f, 1f));
    }

    [Fact]
    public void Abs_of_the_least_integer_stays()
    {
        Assert.Equal((int.MinValue, long.MinValue, 7, 7L), (XMath.Abs(int.MinValue), XMath.Abs(long.MinValue), XMath.Abs(-7), XMath.Abs(-7L)));
        Assert.False(float.IsNegative(XMath.Abs(-0f)));
    }

    [Fact]
    public void Rounding_goes_to_even()
    {
        Assert.Equal([-2f, -0f, 0f, 2f, 2f, 4f], new[] { -2.5f, -0.5f, 0.5f, 1.5f, 2.5f, 3.5f }.Select(XMath.Round));
        Assert.Equal((-2.0, -3.0, -2.0), (XMath.Truncate(-2.5), XMath.Floor(-2.5), XMath.Ceiling(-2.5)));
    }

    [Fact]
    public void Fma_rounds_once()
    {
        float x = 1 + MathF.ScaleB(1, -12);
        Assert.Equal((float)(((double)x * x) - 1), XMath.Fma(x, x, -1f));
        Assert.NotEqual((x * x) - 1f, XMath.Fma(x, x, -1f));
    }

    [Fact]
    public void Rsqrt_is_rounded_from_double()
    {
        var random = new Random(2);
        for (int i = 0; i < 10_000; i++)
        {
            float x = random.NextSingle() * MathF.ScaleB(1, random.Next(-100, 100));
            Assert.Equal((float)(1 / Math.Sqrt(x)), XMath.Rsqrt(x));
        }

        Assert.Equal((float.PositiveInfinity, 0f, float.NaN), (XMath.Rsqrt(0f), XMath.Rsqrt(float.PositiveInfinity), XMath.Rsqrt(-1f)));
    }

    [Fact]
    public void Bits_are_counted_reversed_and_extracted()
    {
        var random = new Random(4);
        for (int i = 0; i < 1000; i++)
        {
            uint value = (uint)random.NextInt64(1L << 32) >> random.Next(32);
            ulong wide = ((ulong)value << 32) | (uint)random.NextInt64(1L << 32);
            string bits = Convert.ToString(value, 2).PadLeft(32, '0');
            Assert.Equal(bits.Count(bit => bit == '1'), IntrinsicMath.PopCount(value));
            Assert.Equal(bits.Length - bits.TrimStart('0').Length, IntrinsicMath.LeadingZeroCount(value));
            Assert.Equal(bits.Length - bits.TrimEnd('0').Length, IntrinsicMath.TrailingZeroCount((int)value));
            Assert.Equal(Convert.ToUInt32(new string([.. bits.Reverse()]), 2), IntrinsicMath.ReverseBits(value));
            string wideBits = Convert.ToString((long)wide, 2).PadLeft(64, '0');
            Assert.Equal(Convert.ToUInt64(new string([.. wideBits.Reverse()]), 2), IntrinsicMath.ReverseBits(wide));
            int offset = random.Next(40);
            int count = random.Next(40);
            ulong expected = ((ulong)value >> offset) & ((1ul << count) - 1);
            Assert.Equal(expected, IntrinsicMath.BitExtract(value, offset, count));
        }

        Assert.Equal((32, 32, 64, 64), (IntrinsicMath.LeadingZeroCount(0u), IntrinsicMath.TrailingZeroCount(0), IntrinsicMath.LeadingZeroCount(0L), IntrinsicMath.TrailingZeroCount(0ul)));
        Assert.Equal(0u, IntrinsicMath.BitExtract(uint.MaxValue, 200, 8));
        Assert.Equal(uint.MaxValue, IntrinsicMath.BitExtract(uint.MaxValue, 0, 32));
    }

    [Fact]
    public void MultiplyHigh_is_the_upper_half_of_the_product()
    {
        var random = new Random(6);
        for (int i = 0; i < 1000; i++)
        {
            long a = random.NextInt64(long.MinValue, long.MaxValue);
            long b = random.NextInt64(long.MinValue, long.MaxValue);
            Assert.Equal((long)(((Int128)a * b) >> 64), IntrinsicMath.MultiplyHigh(a, b));
            Assert.Equal((ulong)(((UInt128)(ulong)a * (ulong)b) >> 64), IntrinsicMath.MultiplyHigh((ulong)a, (ulong)b));
            Assert.Equal((int)(((Int128)(int)a * (int)b) >> 32), IntrinsicMath.MultiplyHigh((int)a, (int)b));
            Assert.Equal((uint)(((UInt128)(uint)a * (uint)b) >> 32), IntrinsicMath.MultiplyHigh((uint)a, (uint)b));
        }
    }

    [Fact]
    public void Interop_keeps_the_bits()
    {
        Assert.Equal((0x3FC00000, 1.5f, 0xBFC00000u), (Interop.FloatAsInt(1.5f), Interop.IntAsFloat(0x3FC00000), Interop.FloatAsUInt(-1.5f)));
        Assert.Equal((-1.5f, 0x3FF8000000000000L, -1.5), (Interop.UIntAsFloat(0xBFC00000u), Interop.DoubleAsLong(1.5), Interop.ULongAsDouble(0xBFF8000000000000)));
        Assert.Equal((0x3E00, (Half)1.5f, 0x3FC0), (Interop.HalfAsUShort((Half)1.5f), Interop.UShortAsHalf(0x3E00), Interop.BFloat16AsUShort((BFloat16)1.5f)));
        Assert.Equal((16, 2, 12), (Interop.SizeOf<Float4>(), Interop.SizeOf<BFloat16>(), Interop.SizeOf<Index3D>()));
    }

    [Fact]
    public void The_door_to_PTX_is_closed_on_the_CPU_and_says_so()
    {
        Assert.False(Target.IsCuda);
        string message = Assert.Throws<NotSupportedException>(() => Ptx.Emit("add.s32 %0, %1, %2;", out int _, 1, 2)).Message;
        Assert.Contains("add.s32 %0, %1, %2;", message);
        Assert.Contains("if (Target.IsCuda)", message);
        float sum = 1;
        Assert.Throws<NotSupportedException>(() => Ptx.Update("add.f32 %0, %0, %1;", ref sum, 2f));
    }
}
