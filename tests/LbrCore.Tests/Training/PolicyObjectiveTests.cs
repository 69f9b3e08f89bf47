using LbrCore.Training.Grpo;

namespace LbrCore.Tests.Training;

/// <summary>The clipped objective against its definition and its own differences.</summary>
public sealed class PolicyObjectiveTests
{
    [Theory]
    [InlineData(0.05, 1.0)]
    [InlineData(-0.1, 0.7)]
    [InlineData(0.5, 1.0)]
    [InlineData(-0.5, 1.0)]
    [InlineData(0.5, -1.0)]
    [InlineData(-0.5, -1.0)]
    [InlineData(1.5, -0.3)]
    [InlineData(30, -0.3)]
    [InlineData(-30, 2.0)]
    public void The_gradient_is_the_slope_of_the_term(double log, double advantage)
    {
        const double Step = 1e-6;
        var objective = new PolicyObjective(0.2, 0.28, 3);
        double slope = (objective.Term(-1 + log + Step, -1, advantage).Value - objective.Term(-1 + log - Step, -1, advantage).Value) / (2 * Step);
        Assert.Equal(slope, objective.Term(-1 + log, -1, advantage).Gradient, 1e-4);
    }

    [Fact]
    public void Clipping_only_holds_what_would_go_too_far()
    {
        var objective = new PolicyObjective(0.2, 0.28, 3);
        Assert.Equal(1.28, objective.Term(1, 0, 1).Value, 1e-12);
        Assert.Equal(Math.Exp(-1), objective.Term(-1, 0, 1).Value, 1e-12);
        Assert.Equal(-0.8, objective.Term(-1, 0, -1).Value, 1e-12);
        Assert.Equal(-3, objective.Term(5, 0, -1).Value, 1e-12);
        Assert.Equal(0.75, objective.ClipFraction);
        Assert.Equal(5, objective.LargestGap);
    }
}
