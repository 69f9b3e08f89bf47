using LbrCore.Compute.DeviceLibrary;
using Xunit;

namespace LbrCore.Compute.Tests.Vocabulary;

/// <summary>The device library against double precision, in units of the last place of the result.</summary>
public class DeviceMathTests
{
    private const int Samples = 400_000;

    [Theory]
    [InlineData(-104f, 89f)]
    [InlineData(-1f, 1f)]
    [InlineData(-1e-3f, 1e-3f)]
    public void Exp_is_within_2_ulp(float low, float high) => AssertUlp(DeviceMath.ExpF32, Math.Exp, low, high, 2);

    [Fact]
    public void Remainder_is_exact()
    {
        var random = new Random(5);
        double[] special = [0, -0.0, 1, -1, 0.1, 3, 1e-310, double.Epsilon, double.MaxValue, double.MinValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity, float.Epsilon, float.MaxValue, 1e-40];
        for (int i = 0; i < 50_000; i++)
        {
            double x = i < 256 ? special[i / 16] : BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)), y = i < 256 ? special[i % 16] : i % 2 == 0 ? x * random.NextDouble() : BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            Assert.Equal(BitConverter.DoubleToInt64Bits(x % y), BitConverter.DoubleToInt64Bits(DeviceMath.RemF64(x, y)), (a, b) => a == b || (double.IsNaN(x % y) && double.IsNaN(BitConverter.Int64BitsToDouble(b))));
            float f = i < 256 ? (float)x : BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)), g = i < 256 ? (float)y : i % 2 == 0 ? (float)(f * random.NextDouble()) : BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            Assert.Equal(BitConverter.SingleToInt32Bits(f % g), BitConverter.SingleToInt32Bits(DeviceMath.RemF32(f, g)), (a, b) => a == b || (float.IsNaN(f % g) && float.IsNaN(BitConverter.Int32BitsToSingle(b))));
        }
    }

    [Theory]
    [InlineData(-151f, 129f)]
    [InlineData(-1f, 1f)]
    public void Exp2_is_within_2_ulp(float low, float high) => AssertUlp(DeviceMath.Exp2F32, x => Math.Pow(2, x), low, high, 2);

    [Theory]
    [InlineData(0f, 3e38f)]
    [InlineData(0.5f, 2f)]
    [InlineData(0.99f, 1.01f)]
    [InlineData(0f, 1e-38f)]
    public void Log_is_within_2_ulp(float low, float high) => AssertUlp(DeviceMath.LogF32, Math.Log, low, high, 2);

    [Theory]
    [InlineData(0f, 3e38f)]
    [InlineData(0.5f, 2f)]
    [InlineData(0.99f, 1.01f)]
    [InlineData(0f, 1e-38f)]
    public void Log2_is_within_2_ulp(float low, float high) => AssertUlp(DeviceMath.Log2F32, Math.Log2, low, high, 2);

    [Theory]
    [InlineData(-0.5f, 1f)]
    [InlineData(-1e-6f, 1e-6f)]
    public void Log1p_is_within_3_ulp(float low, float high) =>
        AssertUlp(DeviceMath.Log1pF32, x => Math.Abs(x) < 1e-4 ? x - (x * x / 2) + (x * x * x / 3) : Math.Log(1 + x), low, high, 3);

    [Theory]
    [InlineData(-4f, 4f)]
    [InlineData(-1e5f, 1e5f)]
    [InlineData(-1e9f, 1e9f)]
    [InlineData(-3.4e38f, 3.4e38f)]
    public void Sin_and_Cos_are_within_2_ulp(float low, float high)
    {
        AssertUlp(DeviceMath.SinF32, Math.Sin, low, high, 2);
        AssertUlp(DeviceMath.CosF32, Math.Cos, low, high, 2);
    }

    [Fact]
    public void Sin_and_Cos_are_within_2_ulp_next_to_multiples_of_a_quarter_turn()
    {
        for (int n = 1; n < 200_000; n++)
        {
            foreach (float x in new[] { (float)(n * (Math.PI / 2)), MathF.BitIncrement((float)(n * (Math.PI / 2))) })
            {
                AssertOne(DeviceMath.SinF32, Math.Sin, x, 2);
                AssertOne(DeviceMath.CosF32, Math.Cos, x, 2);
            }
        }
    }

    [Fact]
    public void Sin_and_Cos_are_right_where_a_float_is_nearest_to_a_quarter_turn()
    {
        // Of all floats this one is relatively nearest to a multiple of pi/2 (Muller, Elementary Functions, table of worst cases).
        float x = MathF.ScaleB(16367173f, 72);
        AssertOne(DeviceMath.SinF32, Math.Sin, x, 2);
        AssertOne(DeviceMath.CosF32, Math.Cos, x, 2);
    }

    [Theory]
    [InlineData(-10f, 10f)]
    [InlineData(-1f, 1f)]
    public void Tanh_is_within_3_ulp(float low, float high) => AssertUlp(DeviceMath.TanhF32, Math.Tanh, low, high, 3);

    [Fact]
    public void Functions_are_right_for_random_bit_patterns()
    {
        var random = new Random(7);
        for (int i = 0; i < Samples / 2; i++)
        {
            float x = BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32));
            AssertOne(DeviceMath.ExpF32, Math.Exp, x, 2);
            AssertOne(DeviceMath.Exp2F32, v => Math.Pow(2, v), x, 2);
            AssertOne(DeviceMath.LogF32, Math.Log, x, 2);
            AssertOne(DeviceMath.Log2F32, Math.Log2, x, 2);
            AssertOne(DeviceMath.SinF32, Math.Sin, x, 2);
            AssertOne(DeviceMath.CosF32, Math.Cos, x, 2);
            AssertOne(DeviceMath.TanhF32, Math.Tanh, x, 3);
        }
    }

    [Fact]
    public void Double_functions_are_within_2_ulp()
    {
        var random = new Random(8);
        for (int i = 0; i < Samples; i++)
        {
            double x = ((random.NextDouble() * 2) - 1) * (i % 2 == 0 ? 745 : 1);
            AssertOne(DeviceMath.ExpF64, Math.Exp, x);
            AssertOne(DeviceMath.Exp2F64, v => Math.Pow(2, v), x);
            double positive = i % 2 == 0 ? BitConverter.Int64BitsToDouble(random.NextInt64(0x7FF0000000000000)) : 0.5 + (1.5 * random.NextDouble());
            AssertOne(DeviceMath.LogF64, Math.Log, positive);
            AssertOne(DeviceMath.Log2F64, Math.Log2, positive);
        }
    }

    [Fact]
    public void Special_values_are_as_in_IEEE_754()
    {
        float inf = float.PositiveInfinity;
        Assert.Equal([1f, inf, 0f, inf, 0f, float.NaN], Map(DeviceMath.ExpF32, -0f, inf, -inf, 1e30f, -1e30f, float.NaN));
        Assert.Equal([1f, inf, 0f, inf, 0f, float.NaN], Map(DeviceMath.Exp2F32, -0f, inf, -inf, 1e30f, -1e30f, float.NaN));
        Assert.Equal([-inf, -inf, inf, float.NaN, float.NaN, float.NaN, 0f], Map(DeviceMath.LogF32, 0f, -0f, inf, -1f, -inf, float.NaN, 1f));
        Assert.Equal([-inf, -inf, inf, float.NaN, float.NaN, float.NaN, -149f], Map(DeviceMath.Log2F32, 0f, -0f, inf, -1f, -inf, float.NaN, float.Epsilon));
        Assert.Equal([float.NaN, float.NaN, float.NaN], Map(DeviceMath.SinF32, inf, -inf, float.NaN));
        Assert.Equal([float.NaN, float.NaN, float.NaN], Map(DeviceMath.CosF32, inf, -inf, float.NaN));
        Assert.Equal([1f, -1f, float.NaN], Map(DeviceMath.TanhF32, inf, -inf, float.NaN));
        Assert.True(float.IsNegative(DeviceMath.SinF32(-0f)));
        Assert.True(float.IsNegative(DeviceMath.TanhF32(-0f)));
        Assert.Equal([1.0, double.PositiveInfinity, 0.0, double.NaN], [DeviceMath.ExpF64(0), DeviceMath.ExpF64(1e300), DeviceMath.ExpF64(-1e300), DeviceMath.ExpF64(double.NaN)]);
        Assert.Equal([double.NegativeInfinity, double.PositiveInfinity, double.NaN, -1074.0], [DeviceMath.LogF64(0), DeviceMath.LogF64(double.PositiveInfinity), DeviceMath.LogF64(-1), DeviceMath.Log2F64(double.Epsilon)]);
    }

    [Fact]
    public void Powers_of_two_are_exact()
    {
        for (int n = -149; n < 128; n++)
        {
            float power = MathF.ScaleB(1, n);
            Assert.Equal(power, DeviceMath.Exp2F32(n));
            Assert.Equal(n, DeviceMath.Log2F32(power));
        }
    }

    private static float[] Map(Func<float, float> function, params float[] arguments) => Array.ConvertAll(arguments, x => function(x));

    private static void AssertUlp(Func<float, float> function, Func<double, double> reference, float low, float high, double bound)
    {
        var random = new Random(1);
        for (int i = 0; i < Samples / 2; i++)
        {
            // Half of the samples are spread evenly over the interval, half over its exponents.
            float x = (float)(low + (((double)high - low) * random.NextDouble()));
            AssertOne(function, reference, x, bound);
            AssertOne(function, reference, x * MathF.ScaleB(1, -random.Next(20)), bound);
        }
    }

    private static void AssertOne(Func<float, float> function, Func<double, double> reference, float x, double bound)
    {
        float actual = function(x);
        double expected = reference(x);
        float rounded = (float)expected;
        if (float.IsNaN(rounded) || float.IsInfinity(rounded) || !float.IsFinite(actual))
        {
            // Half an ulp below infinity either answer is within one ulp.
            bool near = Math.Abs(expected) > float.MaxValue * (1 - 1e-7) && float.Abs(actual) >= float.MaxValue;
            Assert.True(actual.Equals(rounded) || near, $"f({x:R}) = {actual:R}, not {expected:R}");
            return;
        }

        double ulp = Math.ScaleB(1, Math.Max(Math.ILogB(expected == 0 ? float.Epsilon : expected), -126) - 23);
        double error = Math.Abs(actual - expected) / ulp;
        if (error > bound)
        {
            Assert.Fail($"f({x:R}) = {actual:R} is {error:F2} ulp from {expected:R}");
        }
    }

    private static void AssertOne(Func<double, double> function, Func<double, double> reference, double x)
    {
        double actual = function(x);
        double expected = reference(x);
        if (!double.IsFinite(expected) || !double.IsFinite(actual))
        {
            Assert.Equal(expected, actual);
            return;
        }

        double ulp = Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected);
        if (Math.Abs(actual - expected) > 2 * ulp)
        {
            Assert.Fail($"f({x:R}) = {actual:R} is {Math.Abs(actual - expected) / ulp:F2} ulp from {expected:R}");
        }
    }
}
