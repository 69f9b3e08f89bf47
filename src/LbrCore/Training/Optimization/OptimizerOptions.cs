namespace LbrCore.Training.Optimization;

/// <summary>How the learning rate goes on after the warm-up.</summary>
public enum LearningRateSchedule
{
    /// <summary>It stays.</summary>
    Constant,

    /// <summary>It falls along half a cosine to <see cref="OptimizerOptions.FinalShare"/> of itself at the last step.</summary>
    Cosine,
}

/// <summary>AdamW for one group of parameters.</summary>
/// <remarks>Properties can be set, so that absent members of a configuration keep their usual values.</remarks>
public sealed record OptimizerOptions
{
    /// <summary>Learning rate after the warm-up; 0 leaves the group as it is.</summary>
    public double LearningRate { get; set; } = 1e-3;

    /// <summary>Share of a weight that a step takes away, times the learning rate.</summary>
    public double WeightDecay { get; set; } = 0.01;

    /// <summary>Decay of the mean of gradients.</summary>
    public double Beta1 { get; set; } = 0.9;

    /// <summary>Decay of the mean of squares.</summary>
    public double Beta2 { get; set; } = 0.999;

    /// <summary>Added to the root of the mean of squares.</summary>
    public double Epsilon { get; set; } = 1e-8;

    /// <summary>Largest norm of the group's gradient; 0 for no limit.</summary>
    public double Clip { get; set; } = 1;

    /// <summary>Steps over which the learning rate rises from 0.</summary>
    public int WarmUp { get; set; }

    /// <summary>What comes after the warm-up.</summary>
    public LearningRateSchedule Schedule { get; set; }

    /// <summary>With a cosine, the share of the learning rate that is left at the last step.</summary>
    public double FinalShare { get; set; } = 0.1;

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">The step, from 1.</param>
    /// <param name="steps">Steps in all.</param>
    public double RateAt(long step, long steps)
    {
        if (step <= WarmUp) return LearningRate * step / WarmUp;
        if (Schedule == LearningRateSchedule.Constant || steps <= WarmUp) return LearningRate;
        double progress = Math.Min(1, (double)(step - WarmUp) / (steps - WarmUp));
        return LearningRate * (FinalShare + ((1 - FinalShare) * 0.5 * (1 + Math.Cos(Math.PI * progress))));
    }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A number is out of range; the message names it.</exception>
    public void Validate()
    {
        Require(LearningRate is >= 0 and < 1e3, nameof(LearningRate), LearningRate, "from 0 to below 1000");
        Require(WeightDecay is >= 0 and < 1e3, nameof(WeightDecay), WeightDecay, "from 0 to below 1000");
        Require(Beta1 is > 0 and < 1, nameof(Beta1), Beta1, "between 0 and 1");
        Require(Beta2 is > 0 and < 1, nameof(Beta2), Beta2, "between 0 and 1");
        Require(Epsilon is >= 1e-30 and < 1, nameof(Epsilon), Epsilon, "from 1e-30 to below 1");
        Require(Clip is >= 0 and < 1e30, nameof(Clip), Clip, "0 for no limit, or positive");
        Require(WarmUp >= 0, nameof(WarmUp), WarmUp, "0 or more");
        Require(FinalShare is >= 0 and <= 1, nameof(FinalShare), FinalShare, "0 to 1");
    }

    private static void Require(bool holds, string name, double value, string range)
    {
        if (!holds) throw new ArgumentException(FormattableString.Invariant($"{name} is {value}; it must be {range}."), name);
    }
}
