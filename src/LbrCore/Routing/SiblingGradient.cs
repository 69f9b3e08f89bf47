namespace LbrCore.Routing;

/// <summary>Slopes of <see cref="SiblingLikelihood"/>'s functions by log-probabilities of siblings and by the probability of the rest, for training. In float64, on the host.</summary>
/// <remarks>Reverse mode, written out: what a value owes to its parts is handed down from the set of all siblings that are still to be drawn to its subsets.</remarks>
internal sealed class SiblingGradient
{
    private readonly double[] _logProbabilities;
    private readonly double _rest;

    /// <summary>Slopes at a point, none yet.</summary>
    /// <param name="logProbabilities">Log-probability of each sibling.</param>
    /// <param name="restMass">Probability of all tokens that are not among them, above 0 or with siblings that are.</param>
    public SiblingGradient(ReadOnlySpan<double> logProbabilities, double restMass)
    {
        (_logProbabilities, _rest) = (logProbabilities.ToArray(), restMass);
        OfLogProbabilities = new double[logProbabilities.Length];
    }

    /// <summary>Derivatives by the log-probabilities so far.</summary>
    public double[] OfLogProbabilities { get; }

    /// <summary>Derivative by the rest so far.</summary>
    public double OfRest { get; private set; }

    /// <summary>Terms of <see cref="SiblingLikelihood.Ordered"/>, one a sibling in the order of the draws.</summary>
    public double[] OrderedTerms()
    {
        var terms = new double[_logProbabilities.Length];
        double remaining = _rest;
        for (int i = terms.Length - 1; i >= 0; i--)
        {
            remaining += Math.Exp(_logProbabilities[i]);
            terms[i] = _logProbabilities[i] - Math.Log(remaining);
        }

        return terms;
    }

    /// <summary>Adds the slopes of the sum of weight times term over <see cref="OrderedTerms"/>.</summary>
    /// <param name="weights">One a term.</param>
    public void AddOrdered(ReadOnlySpan<double> weights)
    {
        int count = _logProbabilities.Length;
        var remaining = new double[count];
        double left = _rest;
        for (int i = count - 1; i >= 0; i--) remaining[i] = left += Math.Exp(_logProbabilities[i]);
        // A sibling was there for every draw up to its own.
        double owed = 0;
        for (int i = 0; i < count; i++)
        {
            owed -= weights[i] / remaining[i];
            OfLogProbabilities[i] += weights[i] + (owed * Math.Exp(_logProbabilities[i]));
        }

        OfRest += owed;
    }

    /// <summary>Adds the slope of weight times <see cref="SiblingLikelihood.Unordered"/>.</summary>
    /// <param name="weight">The weight.</param>
    public void AddUnordered(double weight)
    {
        var owed = new double[1 << _logProbabilities.Length];
        owed[0] = weight;
        HandDown(owed);
    }

    /// <summary>Adds the slopes of the sum of weight times bias over <see cref="SiblingLikelihood.FirstDrawBias"/>.</summary>
    /// <param name="weights">One a sibling.</param>
    public void AddFirstDrawBias(ReadOnlySpan<double> weights)
    {
        var owed = new double[1 << _logProbabilities.Length];
        double sum = 0;
        for (int k = 0; k < weights.Length; k++)
        {
            OfLogProbabilities[k] += weights[k];
            owed[1 << k] += weights[k];
            sum += weights[k];
        }

        owed[0] -= sum;
        HandDownRemaining(-sum / Remaining(0), 0);
        HandDown(owed);
    }

    // owed[S]: what is owed to the log of the sum over orders in which the siblings outside S are drawn once S is gone. A set's value is made of those of larger sets.
    private void HandDown(double[] owed)
    {
        int count = _logProbabilities.Length;
        double[] completions = SiblingLikelihood.Completions(_logProbabilities, _rest);
        for (int drawn = 0; drawn < owed.Length - 1; drawn++)
        {
            if (owed[drawn] == 0) continue;
            double remaining = Remaining(drawn), log = Math.Log(remaining);
            for (int i = 0; i < count; i++)
            {
                if ((drawn & (1 << i)) != 0) continue;
                double share = owed[drawn] * Math.Exp(_logProbabilities[i] - log + completions[drawn | (1 << i)] - completions[drawn]);
                OfLogProbabilities[i] += share;
                owed[drawn | (1 << i)] += share;
            }

            HandDownRemaining(-owed[drawn] / remaining, drawn);
        }
    }

    private void HandDownRemaining(double owed, int drawn)
    {
        OfRest += owed;
        for (int i = 0; i < _logProbabilities.Length; i++)
            if ((drawn & (1 << i)) == 0) OfLogProbabilities[i] += owed * Math.Exp(_logProbabilities[i]);
    }

    private double Remaining(int drawn) => SiblingLikelihood.Remaining(_logProbabilities, _rest, drawn);
}
