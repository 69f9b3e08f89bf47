namespace LbrCore.KernelVerification.Cases;

/// <summary>Filters by sorting, masses and draws in float64, and Philox by its paper.</summary>
internal static class SamplingReference
{
    /// <summary>The least logit that passes top-k, top-p and min-p.</summary>
    public static float Threshold(float[] logits, double temperature, int topK, double topP, double minP)
    {
        float[] sorted = [.. logits.OrderDescending()];
        float threshold = topK > 0 && topK < sorted.Length ? sorted[topK - 1] : float.NegativeInfinity;
        double[] weights = Array.ConvertAll(sorted, logit => Weight(logit, sorted[0], temperature));
        double kept = sorted.Zip(weights).Where(pair => pair.First >= threshold).Sum(pair => pair.Second), sum = 0;
        for (int i = 0; i < sorted.Length && topP < 1; i++)
        {
            sum += weights[i];
            if (sum < topP * kept) continue;
            threshold = Math.Max(threshold, sorted[i]);
            break;
        }

        return minP > 0 ? Math.Max(threshold, sorted[0] + (float)(temperature * Math.Log(minP))) : threshold;
    }

    /// <summary>exp((logit - largest) / temperature).</summary>
    public static double Weight(double logit, double largest, double temperature) =>
        double.IsNaN(logit) || double.IsNegativeInfinity(logit) ? 0 : logit == largest ? 1 : Math.Exp((logit - largest) / temperature);

    /// <summary>The index at which the running sum of weights passes a share of the total.</summary>
    public static int Invert(double[] weights, double share)
    {
        double target = share * weights.Sum(), sum = 0;
        for (int i = 0; i < weights.Length; i++)
            if ((sum += weights[i]) > target) return i;
        return Array.FindLastIndex(weights, weight => weight > 0);
    }

    /// <summary>Philox4x32-10.</summary>
    public static uint[] Philox(uint[] counter, uint seedLow, uint seedHigh)
    {
        uint[] x = [.. counter];
        for (int round = 0; round < 10; round++)
        {
            ulong a = 0xD2511F53UL * x[0], b = 0xCD9E8D57UL * x[2];
            x = [(uint)(b >> 32) ^ x[1] ^ seedLow, (uint)b, (uint)(a >> 32) ^ x[3] ^ seedHigh, (uint)a];
            seedLow = unchecked(seedLow + 0x9E3779B9);
            seedHigh = unchecked(seedHigh + 0xBB67AE85);
        }

        return x;
    }
}
