namespace LbrCore.Routing;

/// <summary>
/// Exact log-likelihoods of siblings, the children that one node grows at once, from their log-probabilities under the distribution that they were drawn from. In float64, on the host.
/// </summary>
/// <remarks>
/// Without replacement the k-th draw is from what is left: p(i_k) / (1 - sum of the p drawn before). What is left is added up from parts that are still there, never subtracted from one: when
/// the first draw has probability 1 - 1e-12 the rest is known to full precision. Local Branch Routing specification, section 3; Kool, van Hoof and Welling, Stochastic Beams and Where to
/// Find Them (2019).
/// </remarks>
public static class SiblingLikelihood
{
    /// <summary>Most siblings of an unordered likelihood: its sum over orders runs over 2^m subsets.</summary>
    public const int MaximumUnordered = 16;

    /// <summary>Independent draws with replacement: the sum.</summary>
    /// <param name="logProbabilities">Log-probability of each sibling; equal siblings count each.</param>
    public static double Independent(ReadOnlySpan<double> logProbabilities)
    {
        double sum = 0;
        foreach (double value in logProbabilities) sum += value;
        return sum;
    }

    /// <summary>Draws without replacement in this order.</summary>
    /// <param name="logProbabilities">Log-probability of each sibling, all different tokens.</param>
    /// <param name="restMass">Probability of all tokens that are not among them.</param>
    /// <exception cref="ArgumentException">A value is no log-probability, or the rest no probability.</exception>
    public static double Ordered(ReadOnlySpan<double> logProbabilities, double restMass)
    {
        Check(logProbabilities, restMass);
        double remaining = restMass, log = 0;
        // From the last draw back, so that what remained before each is a growing sum.
        for (int i = logProbabilities.Length - 1; i >= 0; i--)
        {
            remaining += Math.Exp(logProbabilities[i]);
            log += logProbabilities[i] - Math.Log(remaining);
        }

        return log;
    }

    /// <summary>Draws without replacement whatever the order: the log of the sum of <see cref="Ordered"/> over all m! orders.</summary>
    /// <param name="logProbabilities">Log-probability of each sibling, all different tokens; at most <see cref="MaximumUnordered"/>.</param>
    /// <param name="restMass">Probability of all tokens that are not among them.</param>
    /// <exception cref="ArgumentException">A value is no log-probability, the rest no probability, or there are too many siblings.</exception>
    public static double Unordered(ReadOnlySpan<double> logProbabilities, double restMass) => Completions(logProbabilities, restMass)[0];

    /// <summary>
    /// The router's bias for siblings without replacement: log P(first draw = k | the set). A router that adds it to equal scores leaves the distribution of the committed token exactly as
    /// the model has it; equal scores alone do not, nor does the renormalised prior.
    /// </summary>
    /// <param name="logProbabilities">Log-probability of each sibling, all different tokens; at most <see cref="MaximumUnordered"/>.</param>
    /// <param name="restMass">Probability of all tokens that are not among them.</param>
    /// <exception cref="ArgumentException">A value is no log-probability, the rest no probability, or there are too many siblings.</exception>
    public static double[] FirstDrawBias(ReadOnlySpan<double> logProbabilities, double restMass)
    {
        double[] completions = Completions(logProbabilities, restMass);
        var bias = new double[logProbabilities.Length];
        double all = Math.Log(Remaining(logProbabilities, restMass, 0));
        for (int k = 0; k < bias.Length; k++) bias[k] = logProbabilities[k] - all + completions[1 << k] - completions[0];
        return bias;
    }

    // completions[S] = log of the sum, over all orders of the siblings outside S, of the probability to draw them one after the other once those in S are gone.
    internal static double[] Completions(ReadOnlySpan<double> logProbabilities, double restMass)
    {
        Check(logProbabilities, restMass);
        int count = logProbabilities.Length;
        if (count > MaximumUnordered)
            throw new ArgumentException($"There are {count} siblings; their orders can be summed for up to {MaximumUnordered}. Use the ordered likelihood.", nameof(logProbabilities));
        var completions = new double[1 << count];
        Span<double> terms = stackalloc double[count];
        for (int drawn = completions.Length - 2; drawn >= 0; drawn--)
        {
            double remaining = Math.Log(Remaining(logProbabilities, restMass, drawn));
            int number = 0;
            for (int i = 0; i < count; i++)
                if ((drawn & (1 << i)) == 0) terms[number++] = logProbabilities[i] - remaining + completions[drawn | (1 << i)];
            completions[drawn] = LogSumExp(terms[..number]);
        }

        return completions;
    }

    // Probability of everything that is not in the set of drawn siblings.
    internal static double Remaining(ReadOnlySpan<double> logProbabilities, double restMass, int drawn)
    {
        double remaining = restMass;
        for (int i = 0; i < logProbabilities.Length; i++)
            if ((drawn & (1 << i)) == 0) remaining += Math.Exp(logProbabilities[i]);
        return remaining;
    }

    private static double LogSumExp(ReadOnlySpan<double> values)
    {
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double value in values) largest = Math.Max(largest, value);
        if (double.IsNegativeInfinity(largest)) return largest;
        foreach (double value in values) sum += Math.Exp(value - largest);
        return largest + Math.Log(sum);
    }

    private static void Check(ReadOnlySpan<double> logProbabilities, double restMass)
    {
        if (logProbabilities.IsEmpty) throw new ArgumentException("There are no siblings; give at least one.", nameof(logProbabilities));
        foreach (double value in logProbabilities)
            if (!(value <= 1e-6)) throw new ArgumentException($"{value} is no log-probability; it must not be above 0.", nameof(logProbabilities));
        if (!(restMass >= 0 && restMass <= 1 + 1e-6)) throw new ArgumentException($"The rest is {restMass}; a probability lies between 0 and 1.", nameof(restMass));
    }
}
