using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

public class MathTests
{
    [Fact]
    public void Functions_stay_within_their_error_bounds()
    {
        Check("exp2", Cpu.Lanes.Exp2, Cpu.Lanes.Exp2, x => Math.Pow(2, x), 2, -150, 129);
        Check("log2", Cpu.Lanes.Log2, Cpu.Lanes.Log2, Math.Log2, 2, 0, 3);
        Check("log2 large", Cpu.Lanes.Log2, Cpu.Lanes.Log2, Math.Log2, 2, 0, 3e38);
        Check("tanh", Cpu.Lanes.Tanh, Cpu.Lanes.Tanh, Math.Tanh, 3, -1, 1);
        Check("tanh wide", Cpu.Lanes.Tanh, Cpu.Lanes.Tanh, Math.Tanh, 3, -20, 20);
        Check("sin", Cpu.Lanes.Sin, Cpu.Lanes.Sin, Math.Sin, 2, -100, 100);
        Check("cos", Cpu.Lanes.Cos, Cpu.Lanes.Cos, Math.Cos, 2, -100, 100);
        Check("sin of large angles", Cpu.Lanes.Sin, Cpu.Lanes.Sin, Math.Sin, 2, -1e6, 1e6);
    }

    [Theory]
    [InlineData(float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity, float.PositiveInfinity, 1f, float.NaN, float.NaN)]
    [InlineData(float.NegativeInfinity, 0f, float.NaN, -1f, float.NaN, float.NaN)]
    [InlineData(0f, 1f, float.NegativeInfinity, 0f, 0f, 1f)]
    [InlineData(1e-45f, 1f, -149f, 1e-45f, 1e-45f, 1f)]
    [InlineData(-149f, 1e-45f, float.NaN, -1f, null, null)]
    [InlineData(128f, float.PositiveInfinity, 7f, 1f, null, null)]
    [InlineData(-3f, 0.125f, float.NaN, null, null, null)]
    public void Special_values(float x, float? exp2, float? log2, float? tanh, float? sin, float? cos)
    {
        void Is(float? expected, F32 got)
        {
            if (expected is { } e) Assert.True(LaneCheck.Same(e, got[13]), $"of {x}: expected {e:R}, got {got[13]:R}");
        }

        Is(exp2, Cpu.Lanes.Exp2((F32)x));
        Is(log2, Cpu.Lanes.Log2((F32)x));
        Is(tanh, Cpu.Lanes.Tanh((F32)x));
        Is(sin, Cpu.Lanes.Sin((F32)x));
        Is(cos, Cpu.Lanes.Cos((F32)x));
    }

    [Fact]
    public void Negative_zero_keeps_its_sign() => Special_values(float.NegativeZero, 1, float.NegativeInfinity, -0f, -0f, 1);

    [Fact]
    public void Philox_agrees_with_the_vocabulary()
    {
        U32 x0 = (U32)I32.LaneIdx, x1 = 7u, x2 = (U32)I32.LaneIdx * 3000000000u, x3 = 0u, key0 = 0xdeadbeefu, key1 = (U32)I32.LaneIdx;
        U32 a = x0, b = x1, c = x2, d = x3;
        Cpu.Lanes.Philox(ref a, ref b, ref c, ref d, key0, key1);
        for (int lane = 0; lane < 32; lane++)
        {
            UInt4 expected = Philox.Next(new UInt4(x0[lane], x1[lane], x2[lane], x3[lane]), new UInt2(key0[lane], key1[lane]));
            Assert.Equal((expected.X, expected.Y, expected.Z, expected.W), (a[lane], b[lane], c[lane], d[lane]));
        }
    }

    private static void Check(string what, Func<F32, F32> lanes, Func<float, float> scalar, Func<double, double> exact, double bound, double from, double to)
    {
        var random = new Random(17);
        double worst = 0;
        float at = 0;
        for (int round = 0; round < 400; round++)
        {
            F32 x = default;
            for (int lane = 0; lane < 32; lane++) x = x.WithLane(lane, (float)(from + (to - from) * random.NextDouble()));
            F32 y = lanes(x);
            for (int lane = 0; lane < 32; lane++)
            {
                double error = UnitsInTheLastPlace(y[lane], exact(x[lane]));
                if (error > worst) (worst, at) = (error, x[lane]);
            }

            Assert.Equal(BitConverter.SingleToInt32Bits(y[3]), BitConverter.SingleToInt32Bits(scalar(x[3])));
        }

        Assert.True(worst <= bound, $"{what} is {worst:F2} units off at {at:R}");
    }

    private static double UnitsInTheLastPlace(float got, double exact)
    {
        float rounded = (float)exact;
        if (float.IsInfinity(rounded) || float.IsNaN(rounded)) return LaneCheck.Same(got, rounded) ? 0 : double.PositiveInfinity;
        double unit = Math.Abs((double)MathF.BitIncrement(Math.Abs(rounded)) - Math.Abs(rounded));
        return Math.Abs(got - exact) / unit;
    }
}
