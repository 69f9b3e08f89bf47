using System.Numerics;
using LbrCore.Evaluation;
using LbrCore.Tasks;
using LbrCore.Trees;

namespace LbrCore.Tests.Evaluation;

public class StatisticsTests
{
    [Fact]
    public void Pass_at_k_is_the_share_of_subsets_with_a_right_sample()
    {
        for (int n = 1; n <= 10; n++)
            for (int c = 0; c <= n; c++)
                for (int k = 1; k <= n; k++)
                    Assert.Equal(Enumerated(n, c, k), PassAtK.Estimate(n, c, k), 12);
        Assert.Equal(0.5, PassAtK.Estimate(64, 32, 1), 12);
        Assert.Equal(1.0 / 64, PassAtK.Estimate(64, 1, 1), 12);
        Assert.InRange(PassAtK.Estimate(100_000, 3, 50_000), 0.87, 0.88);

        static double Enumerated(int n, int c, int k)
        {
            int subsets = 0, passed = 0;
            for (uint set = 0; set < 1u << n; set++)
            {
                if (BitOperations.PopCount(set) != k) continue;
                subsets++;
                if ((set & ((1u << c) - 1)) != 0) passed++;
            }

            return (double)passed / subsets;
        }
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(4, 5, 1)]
    [InlineData(4, -1, 1)]
    [InlineData(4, 2, 0)]
    [InlineData(4, 2, 5)]
    public void Numbers_that_cannot_be_are_refused(int n, int c, int k) => Assert.Throws<ArgumentOutOfRangeException>(() => PassAtK.Estimate(n, c, k));

    [Fact]
    public void The_majority_is_the_most_frequent_answer_and_the_first_of_equals()
    {
        Assert.Equal(1, Selection.Majority([null, "a", "b", "a", null, null]));
        Assert.Equal(0, Selection.Majority(["b", "a", "a", "b"]));
        Assert.Equal(1, Selection.Majority(["b", "a", "a"]));
        Assert.Equal(0, Selection.Majority([null, null]));
        Assert.Equal(-1, Selection.Majority([]));
    }

    [Fact]
    public void The_best_is_the_most_probable()
    {
        Assert.Equal(2, Selection.Best([-3, -2, -1, -1]));
        Assert.Equal(1, Selection.Best([double.NaN, -7, double.NegativeInfinity]));
        Assert.Equal(-1, Selection.Best([]));
    }

    [Fact]
    public void The_interval_of_a_mean_is_as_wide_as_the_normal_one()
    {
        double[] values = [.. Enumerable.Range(0, 1000).Select(i => i % 10 < 3 ? 1.0 : 0.0)];
        Interval interval = Bootstrap.Mean(values, seed: 1);
        double half = 1.96 * Math.Sqrt(0.3 * 0.7 / 1000);
        Assert.Equal(0.3, interval.Estimate, 12);
        Assert.InRange(interval.Low, 0.3 - half - 0.003, 0.3 - half + 0.003);
        Assert.InRange(interval.High, 0.3 + half - 0.003, 0.3 + half + 0.003);
        Assert.Equal(interval, Bootstrap.Mean(values, seed: 1));
        Assert.NotEqual(interval, Bootstrap.Mean(values, seed: 2));
        Assert.Equal(new Interval(2, 2, 2), Bootstrap.Mean([2]));
    }

    [Fact]
    public void Pairs_cancel_what_problems_have_in_common()
    {
        // Hard and easy problems; the first method solves two in a hundred more.
        double[] second = [.. Enumerable.Range(0, 500).Select(i => i % 2 == 0 ? 1.0 : 0.0)];
        double[] first = [.. second.Select((value, i) => i % 50 == 1 ? 1.0 : value)];
        Interval paired = Bootstrap.PairedDifference(first, second);
        Assert.Equal(0.02, paired.Estimate, 12);
        Assert.True(paired.ExcludesZero);
        Assert.True(paired.High - paired.Low < 0.03);
        Assert.False(Bootstrap.PairedDifference(second, second).ExcludesZero);
        Assert.Contains("same problems", Assert.Throws<ArgumentException>(() => Bootstrap.PairedDifference(first, second.AsSpan(1))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Bootstrap.Mean([]));
        Assert.Throws<ArgumentException>(() => Bootstrap.Mean([1], confidence: 1));
    }

    [Fact]
    public void Entropy_is_that_of_different_tokens()
    {
        var entropy = new RouterEntropy();
        Assert.Null(entropy.Mean);
        entropy.Add(Step([0, 1, 2], [0.2, 0.3, 0.5]), _ => 7);
        Assert.Null(entropy.Mean);
        // Two equal slots are one candidate: a half each.
        entropy.Add(Step([0, 1, 2], [0.2, 0.3, 0.5]), id => id / 2);
        Assert.Equal(1, entropy.Mean!.Value, 6);
        entropy.Add(Step([0, 1, 2], [0, 0, 1]), id => id);
        Assert.Equal(0.5, entropy.Mean!.Value, 6);

        static TreeStep Step(int[] slots, double[] rho) => new() { Step = 1, PrefixLength = 1, Grown = [], Slots = slots, RouterLogProbabilities = [.. rho.Select(share => (float)Math.Log(share))], Chosen = 0, Committed = 0 };
    }

    [Fact]
    public void A_methods_results_are_summed_up()
    {
        SampledAnswer right = new([1], -1, Verdict.Correct, "x"), wrong = new([2], -0.5, Verdict.Wrong("no"), "y");
        var result = new MethodResult("test", [[right, wrong, right], [wrong, wrong, right]], new DecodingCost(10, 30, 10, TimeSpan.FromSeconds(1), 3, 6));
        Assert.Equal(2 / 3.0, result.PassAt(1)[0], 12);
        Assert.Equal(1 / 3.0, result.PassAt(1)[1], 12);
        Assert.Equal([1, 1], result.PassAt(3));
        Assert.Equal([1, 0], result.MajorityOf(3));
        Assert.Equal([0, 0], result.BestOf(3));
        Assert.Equal([1, 0], result.BestOf(1));
        Assert.Equal([("correct", 3), ("no", 3)], result.Reasons());
        Assert.Equal((5, 0.5), (result.Cost.RowsPerAnswer, result.Cost.TruncationRate));
        Assert.Throws<ArgumentOutOfRangeException>(() => result.MajorityOf(4));
    }
}
