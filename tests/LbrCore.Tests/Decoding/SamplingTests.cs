using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Kernels;

namespace LbrCore.Tests.Decoding;

/// <summary>Draws follow the distribution that the filters leave.</summary>
public sealed class SamplingTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu");

    public void Dispose() => _device.Dispose();

    [Fact]
    public void Frequencies_are_the_probabilities()
    {
        float[] logits = [0, 1, 2, float.NegativeInfinity, -1, 2];
        double[] weights = [.. logits.Select(logit => Math.Exp(logit / 0.8))];
        int[] counts = Counts(logits, new SamplingOptions { Temperature = 0.8, Seed = 9 }, 4000);
        for (int i = 0; i < logits.Length; i++)
        {
            double p = weights[i] / weights.Sum();
            // Five standard deviations.
            Assert.InRange(counts[i] / 4000.0, p - (5 * Math.Sqrt(p / 4000)), p + (5 * Math.Sqrt(p / 4000)));
        }
    }

    [Fact]
    public void Tokens_of_different_chunks_are_drawn_by_their_probabilities()
    {
        // Two tokens far apart, all others improbable.
        float[] logits = [.. Enumerable.Repeat(-30f, 9000)];
        (logits[17], logits[8500]) = (1, 1 + MathF.Log(3));
        int[] counts = Counts(logits, new SamplingOptions { Seed = 1 }, 500);
        Assert.Equal(500, counts[17] + counts[8500]);
        Assert.InRange(counts[8500] / 500.0, 0.65, 0.85);
    }

    [Fact]
    public void Filters_leave_what_transformers_leaves()
    {
        // Probabilities 0.4, 0.3, 0.2, 0.1.
        float[] logits = [.. new[] { 0.1, 0.4, 0.2, 0.3 }.Select(p => (float)Math.Log(p))];
        Assert.Equal([1, 3], Support(logits, new SamplingOptions { TopK = 2 }));
        Assert.Equal([1, 2, 3], Support(logits, new SamplingOptions { TopP = 0.75 }));
        Assert.Equal([1, 2, 3], Support(logits, new SamplingOptions { MinP = 0.45 }));
        // Of the two that top-k leaves, 4 / 7 alone exceed a half.
        Assert.Equal([1], Support(logits, new SamplingOptions { TopK = 2, TopP = 0.5 }));
        Assert.Equal([1], Support(logits, SamplingOptions.Greedy));
    }

    [Fact]
    public void Equal_logits_pass_a_filter_together_and_greedy_takes_the_first()
    {
        float[] logits = [1, 3, 3, 3, 2];
        Assert.Equal([1, 2, 3], Support(logits, new SamplingOptions { TopK = 1 }));
        Assert.Equal([1], Support(logits, SamplingOptions.Greedy));
    }

    [Fact]
    public void Rows_without_numbers_do_no_harm()
    {
        Assert.Equal([0], Support([float.NaN, float.NaN], new SamplingOptions { TopK = 1, TopP = 0.5, MinP = 0.1 }));
        Assert.Equal([0], Support([float.NegativeInfinity, float.NegativeInfinity], new SamplingOptions()));
        Assert.Equal([2], Support([1, float.NaN, float.PositiveInfinity], new SamplingOptions()));
    }

    [Fact]
    public void Settings_out_of_range_are_named()
    {
        Assert.Contains("Temperature is -1", Assert.Throws<ArgumentException>(() => new SamplingOptions { Temperature = -1 }.Validate()).Message);
        Assert.Contains("MinP is 2", Assert.Throws<ArgumentException>(() => new SamplingOptions { MinP = 2 }.Validate()).Message);
        Assert.Contains("TopK", Assert.Throws<ArgumentException>(() => new SamplingOptions { TopK = -3 }.Validate()).Message);
    }

    private int[] Support(float[] logits, SamplingOptions options) =>
        [.. Counts(logits, options, 300).Index().Where(token => token.Item > 0).Select(token => token.Index)];

    private int[] Counts(float[] logits, SamplingOptions options, int draws)
    {
        ComputeStream stream = _device.DefaultStream;
        using var sampler = new TokenSampler(_device, logits.Length, 1, 1);
        using DeviceBuffer<float> onDevice = _device.Allocate(logits), logProbabilities = _device.Allocate<float>(draws);
        using DeviceBuffer<TokenRow> rows = _device.Allocate([TokenRow.InText(0, 5)]);
        using DeviceBuffer<int> tokens = _device.Allocate<int>(draws);
        stream.CopyFromHost<SamplingParameters>([options.ToParameters(0)], sampler.Parameters);
        sampler.Draw(stream, onDevice, rows, 1, draws, options.HasFilter, tokens, logProbabilities);
        var counts = new int[logits.Length];
        foreach (int token in tokens.ToArray()) counts[token]++;
        return counts;
    }
}
