using LbrCore.Model;

namespace LbrCore.Checks;

/// <summary>Distributions after texts, each forwarded as a plain text of its own: no tree, no cache that another text has used. Softmax in float64 on the host.</summary>
/// <param name="model">The model.</param>
internal sealed class CausalTexts(Transformer model)
{
    private const int RowsOfPass = 256;

    private readonly Dictionary<string, double[]> _logits = [];

    /// <summary>log softmax(logits / temperature) after a text.</summary>
    public double[] After(IReadOnlyList<int> text, double temperature = 1)
    {
        if (!_logits.ContainsKey(Key(text))) Forward([[.. text]]);
        return LogSoftmax(_logits[Key(text)], temperature);
    }

    /// <summary>Forwards texts together, each a sequence of its own, so that <see cref="After"/> need not do it one by one.</summary>
    public void Forward(IEnumerable<int[]> texts)
    {
        int[][] fresh = [.. texts.DistinctBy(Key).Where(text => !_logits.ContainsKey(Key(text)))];
        if (fresh.Length == 0) return;
        var batch = new RowBatch();
        for (int i = 0; i < fresh.Length; i++) batch.AddText(i, 0, fresh[i]);
        var options = new SessionOptions { Sequences = fresh.Length, ContextLength = fresh.Max(text => text.Length), MaxRows = RowsOfPass, MaxLogitRows = RowsOfPass };
        int vocabulary = model.Config.VocabSize, sequence = 0, position = 0;
        ForwardRun.Run(model, batch, options, (_, logits) =>
        {
            for (int row = 0; row < logits.Length / vocabulary; row++)
            {
                if (++position < fresh[sequence].Length) continue;
                double[] last = new double[vocabulary];
                for (int i = 0; i < vocabulary; i++) last[i] = logits[(row * vocabulary) + i];
                _logits[Key(fresh[sequence])] = last;
                (sequence, position) = (sequence + 1, 0);
            }
        });
    }

    /// <summary>log softmax(logits / temperature).</summary>
    public static double[] LogSoftmax(double[] logits, double temperature)
    {
        double largest = logits.Max(), sum = logits.Sum(logit => Math.Exp((logit - largest) / temperature));
        return [.. logits.Select(logit => ((logit - largest) / temperature) - Math.Log(sum))];
    }

    private static string Key(IReadOnlyList<int> text) => string.Join(',', text);
}
