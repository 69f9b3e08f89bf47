namespace LbrCore.Formats.Configuration;

/// <summary>Angular frequencies of the rotary position embedding (RoFormer, https://arxiv.org/abs/2104.09864, section 3.2.2).</summary>
public static class RopeFrequencies
{
    /// <summary>
    /// Radians per position of each rotated pair: f_i = theta^(-2i / headDim), i = 0 .. headDim/2 - 1, scaled where
    /// <paramref name="scaling"/> is given.
    /// </summary>
    /// <param name="headDim">Head size d, even and positive. Pair i is (x_i, x_(i + d/2)) in these models.</param>
    /// <param name="theta"><c>rope_theta</c>, positive.</param>
    /// <param name="scaling">Llama-3 scaling, or null for none.</param>
    /// <returns>headDim / 2 frequencies in radians per position, falling.</returns>
    /// <remarks>
    /// Scaling as in the Llama 3.1 reference: with n = L f / 2 pi rotations within the original context of L tokens,
    /// n &gt; high keeps f, n &lt; low gives f / factor, and between them s = (n - low) / (high - low) gives
    /// (1 - s) f / factor + s f. The bounds themselves give the same value from either side.
    /// </remarks>
    public static double[] Compute(int headDim, double theta, Llama3RopeScaling? scaling = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(headDim);
        ArgumentOutOfRangeException.ThrowIfNotEqual(headDim % 2, 0, nameof(headDim));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(theta);

        var frequencies = new double[headDim / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            double frequency = Math.Pow(theta, -2.0 * i / headDim);
            frequencies[i] = scaling is null ? frequency : Scale(frequency, scaling);
        }

        return frequencies;
    }

    private static double Scale(double frequency, Llama3RopeScaling scaling)
    {
        double rotations = scaling.OriginalMaxPositionEmbeddings * frequency / (2 * Math.PI);
        double smooth = (rotations - scaling.LowFreqFactor) / (scaling.HighFreqFactor - scaling.LowFreqFactor);
        double kept = Math.Clamp(smooth, 0, 1);
        return (1 - kept) * frequency / scaling.Factor + kept * frequency;
    }
}
