using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Attention by its formula: the keys that a row sees are listed, weighted and summed.</summary>
internal static class AttentionReference
{
    /// <summary>The slots that a row sees.</summary>
    public static List<int> Seen(TokenRow row, int[] parents, int slots)
    {
        List<int> seen = [.. Enumerable.Range(0, row.Prefix)];
        for (int slot = row.Slot; slot >= row.Prefix; slot = slot == row.Prefix ? -1 : parents[(row.Sequence * slots) + slot]) seen.Add(slot);
        return seen;
    }

    /// <summary>One head of one row in float64: what it reads, and the log of the sum of exponentials.</summary>
    public static (double[] Output, double LogSumExp) Exact(double[] query, double[][] keys, double[][] values, double scale)
    {
        double[] scores = [.. keys.Select(key => scale * Dot(query, key))];
        double largest = scores.Max(), sum = scores.Sum(score => Math.Exp(score - largest));
        var output = new double[query.Length];
        for (int s = 0; s < keys.Length; s++)
            for (int i = 0; i < output.Length; i++) output[i] += Math.Exp(scores[s] - largest) / sum * values[s][i];
        return (output, largest + Math.Log(sum));
    }

    /// <summary>As PyTorch's plain attention computes it: scores and sums in float32, probabilities rounded to the element type.</summary>
    public static double[] Plain<T>(double[] query, double[][] keys, double[][] values, float scale) where T : unmanaged
    {
        float[] scores = [.. keys.Select(key => scale * (float)Numbers.Rounded<T>(SingleDot(query, key)))];
        float largest = scores.Max(), sum = 0;
        foreach (float score in scores) sum += MathF.Exp(score - largest);
        var output = new float[query.Length];
        for (int s = 0; s < keys.Length; s++)
        {
            float weight = (float)Numbers.Rounded<T>(MathF.Exp(scores[s] - largest) / sum);
            for (int i = 0; i < output.Length; i++) output[i] += weight * (float)values[s][i];
        }

        return [.. output.Select(value => Numbers.Rounded<T>(value))];
    }

    private static float SingleDot(double[] a, double[] b)
    {
        float sum = 0;
        for (int i = 0; i < a.Length; i++) sum += (float)a[i] * (float)b[i];
        return sum;
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
