using LbrCore.Routing;
using Xunit;

namespace LbrCore.Tests.Routing;

/// <summary>Likelihoods of siblings by brute force over a toy vocabulary.</summary>
public sealed class SiblingLikelihoodTests
{
    private static readonly double[] s_probabilities = [0.4, 0.25, 0.2, 0.1, 0.05];

    private static int Vocabulary => s_probabilities.Length;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Independent_draws_sum_to_one(int count) =>
        Assert.Equal(1, Tuples(count, distinct: false).Sum(tuple => Math.Exp(SiblingLikelihood.Independent(Logs(tuple)))), 1e-12);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Ordered_draws_without_replacement_sum_to_one(int count) =>
        Assert.Equal(1, Tuples(count, distinct: true).Sum(tuple => Math.Exp(SiblingLikelihood.Ordered(Logs(tuple), Rest(tuple)))), 1e-12);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Unordered_draws_sum_to_one_over_sets_and_equal_the_sum_over_orders(int count)
    {
        double total = 0;
        foreach (int[] set in Sets(count))
        {
            double orders = Tuples(count, distinct: true).Where(tuple => tuple.Order().SequenceEqual(set)).Sum(tuple => Math.Exp(SiblingLikelihood.Ordered(Logs(tuple), Rest(tuple))));
            double unordered = Math.Exp(SiblingLikelihood.Unordered(Logs(set), Rest(set)));
            Assert.Equal(orders, unordered, 1e-13);
            total += unordered;
        }

        Assert.Equal(1, total, 1e-12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Equal_scores_with_the_bias_leave_the_marginals_as_they_were(int count)
    {
        var marginals = new double[Vocabulary];
        foreach (int[] set in Sets(count))
        {
            double[] bias = SiblingLikelihood.FirstDrawBias(Logs(set), Rest(set));
            Assert.Equal(1, bias.Sum(Math.Exp), 1e-12);
            for (int k = 0; k < count; k++) marginals[set[k]] += Math.Exp(SiblingLikelihood.Unordered(Logs(set), Rest(set)) + bias[k]);
        }

        Assert.All(marginals.Zip(s_probabilities), pair => Assert.Equal(pair.Second, pair.First, 1e-12));
    }

    [Fact]
    public void Without_the_bias_they_are_not_and_the_renormalised_prior_does_not_restore_them()
    {
        double[] uniform = new double[Vocabulary], prior = new double[Vocabulary];
        foreach (int[] set in Sets(3))
        {
            double mass = Math.Exp(SiblingLikelihood.Unordered(Logs(set), Rest(set))), inSet = set.Sum(i => s_probabilities[i]);
            foreach (int i in set) (uniform[i], prior[i]) = (uniform[i] + (mass / 3), prior[i] + (mass * s_probabilities[i] / inSet));
        }

        Assert.True(Math.Abs(uniform[0] - s_probabilities[0]) > 0.05);
        Assert.True(Math.Abs(prior[0] - s_probabilities[0]) > 0.01);
    }

    [Fact]
    public void A_tiny_rest_keeps_its_precision()
    {
        // Two draws when the first token has all but 3e-18 of the mass: its complement is nothing in 1 - p, yet the second draw is 2 : 1.
        double[] logs = [0, Math.Log(2e-18)];
        Assert.Equal(Math.Log(2.0 / 3), SiblingLikelihood.Ordered(logs, 1e-18), 1e-12);
        Assert.Equal(0, SiblingLikelihood.Ordered([0], 0), 1e-12);
    }

    [Fact]
    public void What_is_no_probability_is_refused()
    {
        Assert.Contains("no siblings", Assert.Throws<ArgumentException>(() => SiblingLikelihood.Ordered([], 1)).Message);
        Assert.Contains("0.5", Assert.Throws<ArgumentException>(() => SiblingLikelihood.Ordered([0.5], 0)).Message);
        Assert.Contains("NaN", Assert.Throws<ArgumentException>(() => SiblingLikelihood.Unordered([double.NaN], 0)).Message);
        Assert.Contains("-0.1", Assert.Throws<ArgumentException>(() => SiblingLikelihood.Unordered([-1], -0.1)).Message);
        Assert.Contains("17 siblings", Assert.Throws<ArgumentException>(() => SiblingLikelihood.FirstDrawBias(Enumerable.Repeat(-3.0, 17).ToArray(), 0.1)).Message);
    }

    private static double[] Logs(int[] tokens) => [.. tokens.Select(token => Math.Log(s_probabilities[token]))];

    private static double Rest(int[] tokens) => s_probabilities.Where((_, token) => !tokens.Contains(token)).Sum();

    private static IEnumerable<int[]> Sets(int count) => Tuples(count, distinct: true).Where(tuple => tuple.Zip(tuple.Skip(1)).All(pair => pair.First < pair.Second));

    private static IEnumerable<int[]> Tuples(int count, bool distinct) => count == 0
        ? [[]]
        : Tuples(count - 1, distinct).SelectMany(head => Enumerable.Range(0, Vocabulary).Where(next => !distinct || !head.Contains(next)).Select(next => (int[])[.. head, next]));
}
