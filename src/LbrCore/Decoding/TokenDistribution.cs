namespace LbrCore.Decoding;

/// <summary>pi~ of one row of logits on the host, in float64: temperature, then filters, then renormalised. For checks; decoding draws on the device.</summary>
public sealed class TokenDistribution
{
    private readonly double[] _logProbabilities;

    /// <summary>The distribution that a row of logits has under some settings.</summary>
    /// <param name="logits">The logits; NaN counts as -infinity.</param>
    /// <param name="sampling">Temperature and filters; temperature 0 counts as 1.</param>
    /// <param name="support">Ids of the tokens that were kept, where that is known: then the filters are not applied again.</param>
    public TokenDistribution(ReadOnlySpan<float> logits, SamplingOptions sampling, IReadOnlyList<int>? support = null)
    {
        ArgumentNullException.ThrowIfNull(sampling);
        double temperature = sampling.Temperature > 0 ? sampling.Temperature : 1;
        _logProbabilities = new double[logits.Length];
        for (int i = 0; i < logits.Length; i++) _logProbabilities[i] = float.IsNaN(logits[i]) ? double.NegativeInfinity : logits[i] / temperature;
        Entropy = Normalize();
        if (support is { Count: > 0 })
        {
            var kept = new HashSet<int>(support);
            for (int i = 0; i < logits.Length; i++)
                if (!kept.Contains(i)) _logProbabilities[i] = double.NegativeInfinity;
            Normalize();
        }
        else if (sampling.HasFilter)
        {
            Filter(sampling);
            Normalize();
        }
    }

    /// <summary>Entropy in nats before filters.</summary>
    public double Entropy { get; }

    /// <summary>log pi~ of a token; -infinity for one that is not kept.</summary>
    /// <param name="token">The token.</param>
    public double LogProbability(int token) => _logProbabilities[token];

    /// <summary>Probability of all tokens but these, added up from those that are left.</summary>
    /// <param name="tokens">The tokens to leave out.</param>
    public double Rest(IEnumerable<int> tokens)
    {
        var left = new HashSet<int>(tokens);
        double sum = 0;
        for (int i = 0; i < _logProbabilities.Length; i++)
            if (!left.Contains(i)) sum += Math.Exp(_logProbabilities[i]);
        return sum;
    }

    private void Filter(SamplingOptions sampling)
    {
        double[] sorted = [.. _logProbabilities];
        Array.Sort(sorted);
        Array.Reverse(sorted);
        double threshold = sampling.TopK > 0 && sampling.TopK < sorted.Length ? sorted[sampling.TopK - 1] : double.NegativeInfinity;
        if (sampling.TopP < 1)
        {
            double kept = 0, sum = 0;
            foreach (double value in sorted)
                if (value >= threshold) kept += Math.Exp(value);
            foreach (double value in sorted)
            {
                if ((sum += Math.Exp(value)) < sampling.TopP * kept) continue;
                threshold = Math.Max(threshold, value);
                break;
            }
        }

        if (sampling.MinP > 0) threshold = Math.Max(threshold, sorted[0] + Math.Log(sampling.MinP));
        for (int i = 0; i < _logProbabilities.Length; i++)
            if (_logProbabilities[i] < threshold) _logProbabilities[i] = double.NegativeInfinity;
    }

    // Subtracts log sum exp; returns the entropy.
    private double Normalize()
    {
        double max = double.NegativeInfinity, sum = 0, weighted = 0;
        foreach (double value in _logProbabilities) max = Math.Max(max, value);
        if (double.IsNegativeInfinity(max)) return 0;
        foreach (double value in _logProbabilities)
        {
            double weight = Math.Exp(value - max);
            sum += weight;
            if (weight > 0) weighted += weight * (value - max);
        }

        double all = max + Math.Log(sum);
        for (int i = 0; i < _logProbabilities.Length; i++) _logProbabilities[i] -= all;
        return Math.Log(sum) - (weighted / sum);
    }
}
