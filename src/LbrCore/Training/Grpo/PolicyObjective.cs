namespace LbrCore.Training.Grpo;

/// <summary>The clipped objective of one kind of event, and what is reported of it.</summary>
/// <remarks>PPO's min(r A, clip(r) A) with r = exp(new - old), for negative advantages not below c A (dual clip). All on single numbers, in float64.</remarks>
/// <param name="low">Ratios are clipped below 1 minus this.</param>
/// <param name="high">Ratios are clipped above 1 plus this.</param>
/// <param name="dual">With a negative advantage no term falls below this times it; 0 for no limit.</param>
public sealed class PolicyObjective(double low, double high, double dual)
{
    // exp stays finite and far from the clip.
    private const double LargestLogRatio = 20;

    private long _terms;
    private long _clipped;
    private double _logRatios;
    private double _divergence;
    private double _largestGap;

    /// <summary>Terms so far.</summary>
    public long Terms => _terms;

    /// <summary>The part of terms without gradient because their ratio was clipped.</summary>
    public double ClipFraction => Mean(_clipped);

    /// <summary>Mean of new minus old log-probability.</summary>
    public double MeanLogRatio => Mean(_logRatios);

    /// <summary>Estimate of the divergence of the new policy from the old one: mean of r - 1 - log r, which is never negative.</summary>
    public double Divergence => Mean(_divergence);

    /// <summary>Largest difference of a log-probability.</summary>
    public double LargestGap => _largestGap;

    /// <summary>A term and its derivative by the new log-probability.</summary>
    /// <param name="newLogProb">Under the weights as they are.</param>
    /// <param name="oldLogProb">Under those that it was drawn with.</param>
    /// <param name="advantage">The advantage.</param>
    public (double Value, double Gradient) Term(double newLogProb, double oldLogProb, double advantage)
    {
        double log = Math.Clamp(newLogProb - oldLogProb, -LargestLogRatio, LargestLogRatio), ratio = Math.Exp(log);
        double plain = ratio * advantage, clipped = Math.Clamp(ratio, 1 - low, 1 + high) * advantage, value = Math.Min(plain, clipped);
        bool held = clipped < plain;
        if (dual > 0 && advantage < 0 && value < dual * advantage) (value, held) = (dual * advantage, true);
        _terms++;
        if (held) _clipped++;
        _logRatios += log;
        _divergence += ratio - 1 - log;
        Observe(newLogProb - oldLogProb);
        return (value, held || Math.Abs(newLogProb - oldLogProb) > LargestLogRatio ? 0 : plain);
    }

    /// <summary>Takes note of a difference of log-probabilities.</summary>
    /// <param name="difference">New minus old.</param>
    internal void Observe(double difference) => _largestGap = Math.Max(_largestGap, Math.Abs(difference));

    private double Mean(double sum) => _terms == 0 ? 0 : sum / _terms;
}
