using LbrCore.Formats;
using LbrCore.Formats.Configuration;

namespace LbrCore.Checks;

/// <summary>A Llama or Qwen2 forward pass by its formulas: float64, one text, no cache, no kernel.</summary>
/// <param name="config">Sizes; without Qwen3's norms of heads and without scaled rotations.</param>
/// <param name="weights">Every parameter by its name in checkpoints.</param>
internal sealed class HostTransformer(ModelConfig config, IReadOnlyDictionary<string, double[]> weights)
{
    /// <summary>Logits after each token.</summary>
    public double[][] Logits(ReadOnlySpan<int> tokens)
    {
        int hidden = config.HiddenSize;
        var x = new double[tokens.Length][];
        for (int t = 0; t < x.Length; t++) x[t] = weights[CheckpointTensors.Embedding][(tokens[t] * hidden)..((tokens[t] + 1) * hidden)];
        for (int layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            string prefix = CheckpointTensors.InLayer(layer, "");
            Attend(prefix, x);
            foreach (double[] row in x) FeedForward(prefix, row);
        }

        return [.. x.Select(row => Multiply(CheckpointTensors.LmHead, Norm(row, CheckpointTensors.FinalNorm)))];
    }

    private void Attend(string prefix, double[][] x)
    {
        int size = config.HeadDim;
        double[][] normed = [.. x.Select(row => Norm(row, prefix + "input_layernorm.weight"))];
        double[][] queries = Project("q_proj", rotate: true), keys = Project("k_proj", rotate: true), values = Project("v_proj", rotate: false);
        for (int t = 0; t < x.Length; t++)
        {
            var read = new double[config.QueryWidth];
            for (int head = 0; head < config.NumAttentionHeads; head++)
            {
                int query = head * size, key = head / config.HeadsPerGroup * size;
                double[] scores = [.. Enumerable.Range(0, t + 1).Select(s => Dot(queries[t].AsSpan(query, size), keys[s].AsSpan(key, size)) / Math.Sqrt(size))];
                double largest = scores.Max(), sum = scores.Sum(score => Math.Exp(score - largest));
                for (int s = 0; s <= t; s++)
                    for (int i = 0; i < size; i++) read[query + i] += Math.Exp(scores[s] - largest) / sum * values[s][key + i];
            }

            Add(x[t], Multiply(prefix + "self_attn.o_proj.weight", read));
        }

        double[][] Project(string name, bool rotate) => [.. normed.Select((row, position) =>
        {
            double[] y = Multiply($"{prefix}self_attn.{name}.weight", row);
            if (weights.TryGetValue($"{prefix}self_attn.{name}.bias", out double[]? bias)) Add(y, bias);
            if (rotate) Rotate(y, position);
            return y;
        })];
    }

    private void FeedForward(string prefix, double[] x)
    {
        double[] normed = Norm(x, prefix + "post_attention_layernorm.weight");
        double[] gate = Multiply(prefix + "mlp.gate_proj.weight", normed), up = Multiply(prefix + "mlp.up_proj.weight", normed);
        Add(x, Multiply(prefix + "mlp.down_proj.weight", [.. gate.Zip(up, (g, u) => g / (1 + Math.Exp(-g)) * u)]));
    }

    // The halves of a head are pairs: (a, b) turns by position * theta^(-2i / size).
    private void Rotate(double[] heads, int position)
    {
        int half = config.HeadDim / 2;
        for (int head = 0; head < heads.Length; head += config.HeadDim)
            for (int i = 0; i < half; i++)
            {
                double angle = position * Math.Pow(config.RopeTheta, -2.0 * i / config.HeadDim), a = heads[head + i], b = heads[head + i + half];
                heads[head + i] = (a * Math.Cos(angle)) - (b * Math.Sin(angle));
                heads[head + i + half] = (b * Math.Cos(angle)) + (a * Math.Sin(angle));
            }
    }

    private double[] Norm(double[] x, string name)
    {
        double scale = 1 / Math.Sqrt(x.Average(value => value * value) + config.RmsNormEps);
        return [.. x.Zip(weights[name], (value, weight) => value * scale * weight)];
    }

    private double[] Multiply(string name, double[] x)
    {
        double[] matrix = weights[name];
        var y = new double[matrix.Length / x.Length];
        for (int row = 0; row < y.Length; row++) y[row] = Dot(matrix.AsSpan(row * x.Length, x.Length), x);
        return y;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static void Add(double[] x, double[] y)
    {
        for (int i = 0; i < x.Length; i++) x[i] += y[i];
    }
}
