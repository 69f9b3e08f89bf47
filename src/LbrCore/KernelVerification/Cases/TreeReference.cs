namespace LbrCore.KernelVerification.Cases;

/// <summary>Softmax, subtrees by recursion, and the law of draws without replacement by all their orders, in float64.</summary>
internal static class TreeReference
{
    /// <summary>softmax(logits / temperature).</summary>
    public static double[] Softmax(double[] logits, double temperature)
    {
        double max = logits.Max();
        double[] weights = Array.ConvertAll(logits, logit => Math.Exp((logit - max) / temperature));
        return Array.ConvertAll(weights, weight => weight / weights.Sum());
    }

    /// <summary>Nodes of subtree k in breadth-first order, the so many first.</summary>
    public static int[] Subtree(int k, int width, int count)
    {
        var nodes = new List<int> { k };
        // Children of node j are (j + 1) * width + 0 .. width - 1.
        for (int i = 0; nodes.Count < count; i++) nodes.AddRange(Enumerable.Range((nodes[i] + 1) * width, width));
        return [.. nodes.Take(count)];
    }

    /// <summary>log P(first draw = k | set) for a set of these probabilities, by the orders of the set.</summary>
    public static double[] FirstDrawBias(double[] p, double rest)
    {
        double[] first = [.. p.Select((_, k) => Orders(p, rest, 1 << k) * p[k])];
        return Array.ConvertAll(first, value => Math.Log(value / first.Sum()));
    }

    // The sum over all orders of drawing what is missing.
    private static double Orders(double[] p, double rest, int drawn)
    {
        int[] missing = [.. Enumerable.Range(0, p.Length).Where(j => (drawn & (1 << j)) == 0)];
        return missing.Length == 0 ? 1 : missing.Sum(j => p[j] * Orders(p, rest, drawn | (1 << j))) / (rest + missing.Sum(j => p[j]));
    }
}
