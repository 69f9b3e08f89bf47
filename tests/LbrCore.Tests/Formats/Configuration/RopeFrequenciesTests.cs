using LbrCore.Formats.Configuration;

namespace LbrCore.Tests.Formats.Configuration;

/// <summary>The constants were computed with 40 decimal digits from the published formulas, outside this repository.</summary>
public class RopeFrequenciesTests
{
    [Fact]
    public void FallsGeometrically()
    {
        double[] expected = [1, 0.31622776601683794, 0.1, 0.03162277660168379, 0.01, 0.0031622776601683794, 0.001, 0.00031622776601683794];
        AssertClose(expected, RopeFrequencies.Compute(16, 10_000));
    }

    [Theory]
    [InlineData(1, 0.8058421877614819)]
    [InlineData(31, 0.0012409377607517195)]
    [InlineData(40, 0.00017782794100389227)]
    [InlineData(63, 1.2409377607517195e-06)]
    public void MatchesQwenAtTheta1e6(int index, double expected) =>
        AssertClose([expected], [RopeFrequencies.Compute(128, 1_000_000)[index]]);

    /// <summary>Llama 3.1 8B: pairs up to 28 keep their frequency, from 35 on it is an eighth, those between are blended.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0.8146172338565447)]
    [InlineData(28, 0.003211445994752591)]
    [InlineData(29, 0.0021665707635033587)]
    [InlineData(30, 0.0013718935677611381)]
    [InlineData(31, 0.0008567514129196321)]
    [InlineData(33, 0.0003126937503840651)]
    [InlineData(35, 9.556212353964683e-05)]
    [InlineData(40, 3.428102195952591e-05)]
    [InlineData(63, 3.068925988914511e-07)]
    public void MatchesLlama31(int index, double expected) =>
        AssertClose([expected], [RopeFrequencies.Compute(128, 500_000, new Llama3RopeScaling(8, 1, 4, 8192))[index]]);

    [Theory]
    [InlineData(15, 0.0012905479282092638)]
    [InlineData(31, 9.41830672543491e-08)]
    public void MatchesLlama32(int index, double expected) =>
        AssertClose([expected], [RopeFrequencies.Compute(64, 500_000, new Llama3RopeScaling(32, 1, 4, 8192))[index]]);

    [Fact]
    public void MatchesTheTinyLlama()
    {
        double[] expected = [1, 0.19392274474868576, 0.027344137314721306, 0.0009115830921521387, 0.00017677669529663688, 3.428102195952591e-05, 6.647869871181235e-06, 1.2891731721515574e-06];
        AssertClose(expected, ModelConfig.Load(ModelFixtures.Folder("llama3-tiny-f32-sharded")).RopeInverseFrequencies());
    }

    /// <summary>The three branches of the transformers code, written as there, for many settings.</summary>
    [Fact]
    public void EqualsTheBranchesOfTransformers()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 1000; trial++)
        {
            double low = 0.5 + random.NextDouble() * 3, high = low + 0.1 + random.NextDouble() * 8, factor = 1 + random.NextDouble() * 63;
            int context = 1 << random.Next(4, 18), headDim = 2 * random.Next(1, 129);
            double theta = Math.Pow(10, 1 + 6 * random.NextDouble());
            double[] actual = RopeFrequencies.Compute(headDim, theta, new Llama3RopeScaling(factor, low, high, context));
            for (int i = 0; i < headDim / 2; i++)
            {
                double frequency = 1 / Math.Pow(theta, 2.0 * i / headDim);
                double wavelength = 2 * Math.PI / frequency;
                double smooth = (context / wavelength - low) / (high - low);
                double expected = wavelength < context / high ? frequency
                    : wavelength > context / low ? frequency / factor
                    : (1 - smooth) * frequency / factor + smooth * frequency;
                Assert.Equal(1, actual[i] / expected, 1e-12);
            }
        }
    }

    [Fact]
    public void RefusesWrongArguments()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => RopeFrequencies.Compute(7, 10_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => RopeFrequencies.Compute(0, 10_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => RopeFrequencies.Compute(8, 0));
    }

    private static void AssertClose(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(1, actual[i] / expected[i], 1e-14);
    }
}
