using LbrCore.Compute;
using Xunit;

namespace LbrCore.Kernels.Tests;

/// <summary>Attention of the trainer loses nothing before its result is rounded, so that log-probabilities are those of rollouts as far as rounding allows.</summary>
public sealed class PackedAttentionRoundingTests
{
    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(128)]
    public void Results_on_tensor_cores_are_the_exact_ones_rounded_once(int headDim)
    {
        const int Rows = 140;
        using Device device = Device.Open("cpu");
        var random = new Random(5);
        // Some rows look at few keys, others at many.
        BFloat16[] queries = Draw(random, Rows * headDim, 2), keys = Draw(random, Rows * headDim, 1), values = Draw(random, Rows * headDim, 1);
        using DeviceBuffer<BFloat16> q = device.Allocate(queries), k = device.Allocate(keys), v = device.Allocate(values), y = device.Allocate<BFloat16>(Rows * headDim);
        using DeviceBuffer<int> last = device.Allocate<int>([.. Enumerable.Repeat(Rows - 1, Rows)]);
        int rowsOfTile = PackedAttention.RowsOfTile<BFloat16>(device.Info, headDim);
        AttentionTile[] cut =
        [
            .. Enumerable.Range(0, (Rows + rowsOfTile - 1) / rowsOfTile).Select(i => new AttentionTile { FirstRow = i * rowsOfTile, RowCount = Math.Min(rowsOfTile, Rows - (i * rowsOfTile)), LastSeer = Rows - 1 }),
        ];
        using DeviceBuffer<AttentionTile> tiles = device.Allocate(cut);
        using DeviceBuffer<float> logSumExp = device.Allocate<float>(Rows);
        var sizes = new PackedAttentionSizes
        {
            Rows = Rows,
            QueryHeads = 1,
            KeyValueHeads = 1,
            HeadDim = headDim,
            QueryStride = headDim,
            KeyValueStride = headDim,
            GradientStride = headDim,
            Scale = 1f / MathF.Sqrt(headDim),
        };
        Assert.True(PackedAttention.UsesTensorCores<BFloat16>(device.Info, headDim));
        PackedAttention.LaunchForward(device.DefaultStream, q.View, k.View, v.View, last.View, tiles.View, y.View, logSumExp.View, cut.Length, sizes);
        BFloat16[] result = y.ToArray();
        double[] exact = Exact(queries, keys, values, Rows, headDim, sizes.Scale);
        int equal = exact.Where((value, i) => (float)(BFloat16)(float)value == (float)result[i]).Count();
        // Weights rounded before the product leave 72% equal.
        Assert.InRange((double)equal / exact.Length, 0.985, 1);
    }

    private static BFloat16[] Draw(Random random, int count, double deviation) =>
        [.. Enumerable.Range(0, count).Select(_ => (BFloat16)(float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];

    private static double[] Exact(BFloat16[] q, BFloat16[] k, BFloat16[] v, int rows, int headDim, float scale)
    {
        var y = new double[rows * headDim];
        for (int row = 0; row < rows; row++)
        {
            double[] weights = [.. Enumerable.Range(0, row + 1).Select(key => scale * Enumerable.Range(0, headDim).Sum(e => (double)(float)q[(row * headDim) + e] * (float)k[(key * headDim) + e]))];
            double max = weights.Max(), sum = weights.Sum(weight => Math.Exp(weight - max));
            for (int key = 0; key <= row; key++)
                for (int e = 0; e < headDim; e++) y[(row * headDim) + e] += Math.Exp(weights[key] - max) / sum * (float)v[(key * headDim) + e];
        }

        return y;
    }
}
