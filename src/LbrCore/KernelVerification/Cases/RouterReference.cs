namespace LbrCore.KernelVerification.Cases;

/// <summary>Parts of the router by their formulas, in float64.</summary>
internal static class RouterReference
{
    /// <summary>The activation in its tanh form.</summary>
    public static double Gelu(double u) => 0.5 * u * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (u + (0.044715 * u * u * u))));

    /// <summary>The nodes of subtree k, root first, level by level: found from parents.</summary>
    public static int[] Subtree(int k, int width, int nodes)
    {
        var members = new List<int>();
        for (int node = 0; node < nodes; node++)
        {
            int above = node;
            while (above >= width) above = (above / width) - 1;
            if (above == k) members.Add(node);
        }

        return [.. members];
    }

    /// <summary>Attention of one query over keys; zeros where there is none.</summary>
    public static double[] Attend(double[] query, double[][] keys, double[][] values)
    {
        var output = new double[query.Length];
        if (keys.Length == 0) return output;
        double[] scores = [.. keys.Select(key => key.Zip(query, (a, b) => a * b).Sum() / Math.Sqrt(query.Length))];
        double largest = scores.Max(), sum = scores.Sum(score => Math.Exp(score - largest));
        for (int j = 0; j < keys.Length; j++)
            for (int i = 0; i < output.Length; i++) output[i] += Math.Exp(scores[j] - largest) / sum * values[j][i];
        return output;
    }
}
