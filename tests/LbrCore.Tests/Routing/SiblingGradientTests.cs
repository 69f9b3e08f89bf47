using LbrCore.Routing;

namespace LbrCore.Tests.Routing;

/// <summary>Slopes of siblings' likelihoods against differences of the functions.</summary>
public sealed class SiblingGradientTests
{
    private static readonly double[] s_logs = [Math.Log(0.31), Math.Log(0.02), Math.Log(0.4), Math.Log(0.11)];

    private const double Rest = 0.16;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Ordered_terms(int count)
    {
        double[] weights = [.. Enumerable.Range(0, count).Select(i => 0.7 - (0.45 * i))];
        Assert.Equal(SiblingLikelihood.Ordered(s_logs.AsSpan(0, count), Rest), new SiblingGradient(s_logs.AsSpan(0, count), Rest).OrderedTerms().Sum(), 1e-12);
        Check(count, gradient => gradient.AddOrdered(weights), (logs, rest) => new SiblingGradient(logs, rest).OrderedTerms().Zip(weights, (term, weight) => term * weight).Sum());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Unordered_likelihood(int count) => Check(count, gradient => gradient.AddUnordered(-1.3), (logs, rest) => -1.3 * SiblingLikelihood.Unordered(logs, rest));

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Bias_of_the_first_draw(int count)
    {
        double[] weights = [.. Enumerable.Range(0, count).Select(i => 0.4 + (0.3 * i * i))];
        Check(count, gradient => gradient.AddFirstDrawBias(weights), (logs, rest) => SiblingLikelihood.FirstDrawBias(logs, rest).Zip(weights, (bias, weight) => bias * weight).Sum());
    }

    [Fact]
    public void Slopes_of_several_values_add_up()
    {
        double[] weights = [0.2, -0.4, 0.9];
        Check(
            3, gradient =>
            {
                gradient.AddUnordered(0.5);
                gradient.AddFirstDrawBias(weights);
            },
            (logs, rest) => (0.5 * SiblingLikelihood.Unordered(logs, rest)) + SiblingLikelihood.FirstDrawBias(logs, rest).Zip(weights, (bias, weight) => bias * weight).Sum());
    }

    private static void Check(int count, Action<SiblingGradient> add, Func<double[], double, double> value)
    {
        const double Step = 1e-6;
        double[] logs = s_logs[..count];
        var gradient = new SiblingGradient(logs, Rest);
        add(gradient);
        for (int i = 0; i < count; i++) Assert.Equal((value(Moved(i, Step), Rest) - value(Moved(i, -Step), Rest)) / (2 * Step), gradient.OfLogProbabilities[i], 1e-7);
        Assert.Equal((value(logs, Rest + Step) - value(logs, Rest - Step)) / (2 * Step), gradient.OfRest, 1e-7);

        double[] Moved(int at, double by) => [.. logs.Select((log, i) => i == at ? log + by : log)];
    }
}
