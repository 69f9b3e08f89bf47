using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Attention over ancestors and its gradients by their formulas.</summary>
internal sealed record PackedAttentionReference(double[] Queries, double[] Keys, double[] Values, double[] GradY, int[] Parents, PackedAttentionSizes Sizes)
{
    /// <summary>Everything that the kernels compute.</summary>
    public sealed record Result(double[] Y, double[] LogSumExp, double[] Deltas, double[] GradQueries, double[] GradKeys, double[] GradValues);

    /// <summary>Computes everything.</summary>
    /// <param name="arithmetic">How operations are rounded.</param>
    /// <param name="operand">How weights and their gradients are rounded to become operands of products; null for not at all.</param>
    public Result Compute(GradientReference arithmetic, Func<double, double>? operand = null)
    {
        operand ??= static value => value;
        (int rows, int heads, int groups, int d) = (Sizes.Rows, Sizes.QueryHeads, Sizes.KeyValueHeads, Sizes.HeadDim);
        var result = new Result(new double[rows * heads * d], new double[rows * heads], new double[rows * heads], new double[rows * heads * d], new double[rows * groups * d], new double[rows * groups * d]);
        for (int row = 0; row < rows; row++)
        {
            var seen = new List<int>();
            for (int ancestor = row; ancestor >= 0; ancestor = Parents[ancestor]) seen.Insert(0, ancestor);
            for (int head = 0; head < heads; head++)
            {
                int at = ((row * heads) + head) * d, group = head / (heads / groups);
                ReadOnlySpan<double> query = Queries.AsSpan((row * Sizes.QueryStride) + (head * d), d), gradient = GradY.AsSpan(at, d);
                double[] scores = new double[seen.Count], weights = new double[seen.Count];
                for (int i = 0; i < scores.Length; i++) scores[i] = arithmetic.Round(Sizes.Scale * arithmetic.Dot(query, Keys.AsSpan(((seen[i] * groups) + group) * d, d)));
                double largest = scores.Max(), sum = 0, delta = 0;
                for (int i = 0; i < scores.Length; i++) sum = arithmetic.Round(sum + (weights[i] = arithmetic.Exp(scores[i] - largest)));
                for (int i = 0; i < scores.Length; i++)
                {
                    weights[i] = arithmetic.Round(weights[i] / sum);
                    for (int e = 0; e < d; e++) result.Y[at + e] = arithmetic.Round(result.Y[at + e] + arithmetic.Round(operand(weights[i]) * Values[(((seen[i] * groups) + group) * d) + e]));
                }

                for (int e = 0; e < d; e++) delta = arithmetic.Round(delta + arithmetic.Round(gradient[e] * result.Y[at + e]));
                (result.LogSumExp[(row * heads) + head], result.Deltas[(row * heads) + head]) = (arithmetic.Round(largest + Math.Log(sum)), delta);
                for (int i = 0; i < scores.Length; i++)
                {
                    int keyAt = ((seen[i] * groups) + group) * d;
                    double share = operand(arithmetic.Round(weights[i] * arithmetic.Round(arithmetic.Dot(gradient, Values.AsSpan(keyAt, d)) - delta) * Sizes.Scale));
                    for (int e = 0; e < d; e++)
                    {
                        result.GradQueries[at + e] = arithmetic.Round(result.GradQueries[at + e] + arithmetic.Round(share * Keys[keyAt + e]));
                        result.GradKeys[keyAt + e] = arithmetic.Round(result.GradKeys[keyAt + e] + arithmetic.Round(share * query[e]));
                        result.GradValues[keyAt + e] = arithmetic.Round(result.GradValues[keyAt + e] + arithmetic.Round(operand(weights[i]) * gradient[e]));
                    }
                }
            }
        }

        return result;
    }

    /// <summary>Products of gradients with given results.</summary>
    public double[] DeltasOf(double[] y) =>
        [.. Enumerable.Range(0, y.Length / Sizes.HeadDim).Select(i => Enumerable.Range(i * Sizes.HeadDim, Sizes.HeadDim).Sum(at => GradY[at] * y[at]))];
}
