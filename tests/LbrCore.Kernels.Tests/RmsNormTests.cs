using LbrCore.Compute;
using LbrCore.Kernels;
using Xunit;

namespace LbrCore.Kernels.Tests;

/// <summary>Where the roundings of RMS normalisation stand: as in transformers' Qwen2RMSNorm, or else checkpoints decode to other tokens.</summary>
public sealed class RmsNormTests(CpuDevices devices) : IClassFixture<CpuDevices>
{
    [Theory]
    [InlineData(64)]
    [InlineData(61)]
    public void The_normalised_value_is_rounded_before_the_weight_multiplies_it(int hiddenSize)
    {
        const int Rows = 8;
        var random = new Random(5);
        BFloat16[] x = Random(Rows * hiddenSize), weight = Random(hiddenSize);
        using DeviceBuffer<BFloat16> from = devices.Scalar.Allocate(x), scale = devices.Scalar.Allocate(weight), to = devices.Scalar.Allocate<BFloat16>(x.Length);
        RmsNorm.LaunchForward<BFloat16>(devices.Scalar.DefaultStream, from, scale, to, Rows, hiddenSize, 1e-6f);
        BFloat16[] y = to.ToArray();

        int asTransformers = 0, roundedOnce = 0;
        for (int row = 0; row < Rows; row++)
        {
            double squares = 0;
            for (int i = 0; i < hiddenSize; i++) squares += (double)(float)x[(row * hiddenSize) + i] * (float)x[(row * hiddenSize) + i];
            double factor = 1 / Math.Sqrt((squares / hiddenSize) + 1e-6);
            for (int i = 0; i < hiddenSize; i++)
            {
                float actual = (float)y[(row * hiddenSize) + i], normalised = (float)(BFloat16)(float)((float)x[(row * hiddenSize) + i] * factor);
                if (actual == (float)(BFloat16)((float)weight[i] * normalised)) asTransformers++;
                if (actual == (float)(BFloat16)(float)((float)weight[i] * ((float)x[(row * hiddenSize) + i] * factor))) roundedOnce++;
            }
        }

        // A value within a float's error of a tie may fall on either side.
        Assert.InRange(asTransformers, 0.99 * x.Length, x.Length);
        Assert.InRange(roundedOnce, 0, 0.9 * x.Length);

        BFloat16[] Random(int count) => [.. Enumerable.Range(0, count).Select(_ => (BFloat16)(float)((random.NextDouble() * 4) - 2))];
    }
}
