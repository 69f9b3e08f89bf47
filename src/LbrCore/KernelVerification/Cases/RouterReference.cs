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

    /// <summary>The derivative of <see cref="Gelu"/> by central differences.</summary>
    public static double GeluDerivative(double u) => (Gelu(u + 1e-5) - Gelu(u - 1e-5)) / 2e-5;

    /// <summary>Probabilities with which a query reads keys, and the log of the sum of exponentials.</summary>
    public static (double[] Probabilities, double LogSum) Weights(double[] query, double[][] keys)
    {
        double[] scores = [.. keys.Select(key => Dot(key, query) / Math.Sqrt(query.Length))];
        if (scores.Length == 0) return ([], 0);
        double largest = scores.Max(), sum = scores.Sum(score => Math.Exp(score - largest));
        return ([.. scores.Select(score => Math.Exp(score - largest) / sum)], largest + Math.Log(sum));
    }

    /// <summary>Attention of one query over keys; zeros where there is none.</summary>
    public static double[] Attend(double[] query, double[][] keys, double[][] values)
    {
        double[] output = new double[query.Length], probabilities = Weights(query, keys).Probabilities;
        for (int j = 0; j < keys.Length; j++)
            for (int i = 0; i < output.Length; i++) output[i] += probabilities[j] * values[j][i];
        return output;
    }

    /// <summary>The sum of products.</summary>
    public static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
