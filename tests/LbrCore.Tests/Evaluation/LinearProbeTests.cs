using LbrCore.Evaluation.Probes;

namespace LbrCore.Tests.Evaluation;

public class LinearProbeTests
{
    [Fact]
    public void The_minimum_of_rosenbrocks_valley_is_found()
    {
        double[] point = [-1.2, 1];
        LimitedMemoryBfgs.Minimize((x, g) =>
        {
            double a = x[1] - (x[0] * x[0]), b = 1 - x[0];
            (g[0], g[1]) = ((-400 * x[0] * a) - (2 * b), 200 * a);
            return (100 * a * a) + (b * b);
        }, point, 200, 1e-9);
        Assert.Equal(1, point[0], 6);
        Assert.Equal(1, point[1], 6);
    }

    [Fact]
    public void Two_classes_on_a_line_are_told_apart_as_logistic_regression_does()
    {
        // Counts 3:1 at x = 0 and 1:3 at x = 1: without a penalty the fitted log-odds are exactly -ln 3 and ln 3.
        float[] states = [0, 0, 0, 0, 1, 1, 1, 1];
        int[] labels = [0, 0, 0, 1, 1, 1, 1, 0];
        LinearProbe probe = LinearProbe.Fit(states, labels, 2, l2: 0);
        Assert.Equal(-Math.Log(3), Odds(0), 4);
        Assert.Equal(Math.Log(3), Odds(1), 4);
        Assert.Equal(0.75, probe.Accuracy(states, labels));
        Assert.Equal([1, 0, 1, 0.0], probe.Preferences([0, 0, 1, 1], [0, 1, 1, 0], [1, 0, 0, 1]));

        double Odds(float x) => probe.Score([x])[1] - probe.Score([x])[0];
    }

    [Fact]
    public void Many_classes_in_many_dimensions_are_learned_and_held_out_ones_recognised()
    {
        var random = new Random(3);
        const int Classes = 6, Features = 12;
        float[][] centres = [.. Enumerable.Range(0, Classes).Select(_ => Enumerable.Range(0, Features).Select(_ => (float)(3 * random.NextDouble())).ToArray())];
        (float[] train, int[] trainLabels) = Draw(400);
        (float[] test, int[] testLabels) = Draw(200);
        LinearProbe probe = LinearProbe.Fit(train, trainLabels, Classes);
        Assert.True(probe.Accuracy(test, testLabels) > 0.95);
        // Labels that have nothing to do with the states cannot be learned.
        int[] shuffled = [.. trainLabels.Select(_ => random.Next(Classes))];
        Assert.InRange(LinearProbe.Fit(train, shuffled, Classes).Accuracy(test, [.. testLabels.Select(_ => random.Next(Classes))]), 0, 0.35);

        (float[], int[]) Draw(int count)
        {
            int[] labels = [.. Enumerable.Range(0, count).Select(_ => random.Next(Classes))];
            return ([.. labels.SelectMany(label => centres[label].Select(centre => centre + (float)(0.6 * (random.NextDouble() - 0.5))))], labels);
        }
    }

    [Fact]
    public void Features_that_never_change_do_no_harm_and_mistakes_are_named()
    {
        LinearProbe probe = LinearProbe.Fit(new float[] { 7, 0, 7, 1, 7, 0, 7, 1 }, new[] { 0, 1, 0, 1 }, 2);
        Assert.All(probe.Score([100, 0]), score => Assert.True(double.IsFinite(score)));
        Assert.Equal(1, probe.Accuracy([7, 0, 7, 1], [0, 1]));
        Assert.Contains("Label 2", Assert.Throws<ArgumentException>(() => LinearProbe.Fit(new float[] { 1 }, new[] { 2 }, 2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LinearProbe.Fit(new float[] { 1, 2, 3 }, new[] { 0, 1 }, 2));
        Assert.Throws<ArgumentException>(() => probe.Score([1]));
    }
}
