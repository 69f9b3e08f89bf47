using LbrCore.Routing;

namespace LbrCore.Tests.Routing;

/// <summary>The router by its formulas, in float64, one tree at a time. Shares no code with what it tests.</summary>
internal sealed class ReferenceRouter(RouterConfig config, IReadOnlyDictionary<string, double[]> weights)
{
    /// <summary>Scores of the K subtrees; 0 for absent ones.</summary>
    public double[] Score(int width, int depth, double[][] states, bool[] valid, double[] logProbabilities, double[][]? embeddings = null)
    {
        double[]?[] nodes = [.. states.Select((state, node) => valid[node] ? Encode(state, DepthOf(node, width), logProbabilities[node]) : null)];
        if (embeddings is not null)
            nodes = [.. nodes.Select((x, node) => x is null ? null : Add(x, Multiply(weights["encoder.token.weight"], Norm(embeddings[node], weights["encoder.token_norm.weight"]))))];
        double[]?[] slots = [.. Enumerable.Range(0, width).Select(k => nodes[k] is { } root ? Add(root, Attend("encoder.pool.", root, [.. Subtree(k, width, depth).Select(node => nodes[node])])) : null)];
        for (int block = 0; block < config.Blocks; block++)
        {
            string prefix = $"blocks.{block}.";
            double[]?[] normed = [.. slots.Select(slot => slot is null ? null : Norm(slot, weights[prefix + "attention_norm.weight"]))];
            slots = [.. slots.Select((slot, k) => slot is null ? null : Add(slot, Attend(prefix, normed[k]!, config.CrossSubtree ? normed : [normed[k]])))];
            slots = [.. slots.Select(slot => slot is null ? null : Add(slot, FeedForward(prefix, slot)))];
        }

        return [.. slots.Select(slot => slot is null ? 0 : Dot(slot, weights["score.weight"]))];
    }

    private double[] Encode(double[] state, int depth, double logProbability)
    {
        int r = config.RouterWidth;
        double[] x = Multiply(weights["encoder.input.weight"], Norm(state, weights["encoder.norm.weight"]));
        for (int i = 0; i < r; i++)
        {
            x[i] += weights["encoder.depth.weight"][((depth - 1) * r) + i];
            if (config.LogProbabilityFeature) x[i] += logProbability * weights["encoder.log_probability.weight"][i];
        }

        return x;
    }

    private double[] Attend(string prefix, double[] query, double[]?[] others)
    {
        double[] q = Multiply(weights[prefix + "q_proj.weight"], query);
        double[][] present = [.. others.Where(other => other is not null).Select(other => other!)];
        double[][] keys = [.. present.Select(other => Multiply(weights[prefix + "k_proj.weight"], other))], values = [.. present.Select(other => Multiply(weights[prefix + "v_proj.weight"], other))];
        var read = new double[q.Length];
        int size = q.Length / config.Heads;
        for (int head = 0; head < config.Heads; head++)
        {
            double[] exponentials = [.. keys.Select(key => Math.Exp(Enumerable.Range(head * size, size).Sum(i => q[i] * key[i]) / Math.Sqrt(size)))];
            for (int j = 0; j < keys.Length; j++)
                for (int i = head * size; i < (head + 1) * size; i++) read[i] += exponentials[j] / exponentials.Sum() * values[j][i];
        }

        return Multiply(weights[prefix + "o_proj.weight"], read);
    }

    private double[] FeedForward(string prefix, double[] slot)
    {
        double[] up = Multiply(weights[prefix + "up_proj.weight"], Norm(slot, weights[prefix + "feed_forward_norm.weight"]));
        return Multiply(weights[prefix + "down_proj.weight"], [.. up.Select(u => u / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (u + (0.044715 * Math.Pow(u, 3))))))]);
    }

    private double[] Norm(double[] x, double[] gain)
    {
        double rms = Math.Sqrt(x.Average(value => value * value) + config.NormEpsilon);
        return [.. x.Select((value, i) => gain[i] * value / rms)];
    }

    private static int DepthOf(int node, int width)
    {
        int depth = 1;
        for (; node >= width; depth++) node = (node / width) - 1;
        return depth;
    }

    private static IEnumerable<int> Subtree(int k, int width, int depth)
    {
        IEnumerable<int> level = [k];
        for (int d = 1; d <= depth; d++)
        {
            int[] now = [.. level];
            foreach (int node in now) yield return node;
            level = now.SelectMany(node => Enumerable.Range((node + 1) * width, width));
        }
    }

    private static double[] Multiply(double[] matrix, double[] x) => [.. Enumerable.Range(0, matrix.Length / x.Length).Select(row => Dot(matrix.AsSpan(row * x.Length, x.Length), x))];

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
