using LbrCore.Model;

namespace LbrCore.Tests.Model;

/// <summary>States and logits of all rows of a batch.</summary>
internal sealed record ForwardResult(float[] FinalHidden, float[] Logits)
{
    public static ForwardResult Of(Transformer model, RowBatch batch, SessionOptions options)
    {
        List<float> hidden = [], logits = [];
        ForwardRun.Run(model, batch, options, (states, rows) =>
        {
            hidden.AddRange(states);
            logits.AddRange(rows);
        });
        return new ForwardResult([.. hidden], [.. logits]);
    }
}
