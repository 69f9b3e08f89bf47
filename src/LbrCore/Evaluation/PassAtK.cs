namespace LbrCore.Evaluation;

/// <summary>The probability that at least one of k samples of a problem is right.</summary>
/// <remarks>Chen et al.: Evaluating large language models trained on code (arXiv 2107.03374), section 2.1.</remarks>
public static class PassAtK
{
    /// <summary>The unbiased estimate from n samples: 1 - C(n - c, k) / C(n, k), as a product that neither overflows nor cancels.</summary>
    /// <param name="samples">n: samples of the problem.</param>
    /// <param name="correct">c: how many of them are right.</param>
    /// <param name="k">Samples that are to hold a right one; at most n.</param>
    /// <exception cref="ArgumentOutOfRangeException">More right ones than samples, or k not from 1 to n.</exception>
    public static double Estimate(int samples, int correct, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(correct);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(correct, samples);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, samples);
        if (samples - correct < k) return 1;
        double allWrong = 1;
        for (int i = samples - correct + 1; i <= samples; i++) allWrong *= 1 - ((double)k / i);
        return 1 - allWrong;
    }
}
