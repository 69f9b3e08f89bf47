using LbrCore.Model;

namespace LbrCore.Evaluation.Probes;

/// <summary>States of a model after the final norm, at chosen places of texts.</summary>
public static class StateReader
{
    private const int RowsAtATime = 2048;

    /// <summary>Forwards texts, and after each the given tokens side by side as its next one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="texts">Texts of any lengths, each with the tokens that may follow it; the same number of these for every text.</param>
    /// <param name="progress">Told how many texts were forwarded.</param>
    /// <returns>[1 + following tokens] of [texts, hidden]: the states of the last tokens of the texts, then those of each following token.</returns>
    public static float[][] Read(Transformer model, IReadOnlyList<(int[] Text, int[] Next)> texts, IProgress<int>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(texts);
        if (texts.Count == 0) return [];
        int hidden = model.Config.HiddenSize, next = texts[0].Next.Length, longest = texts.Max(text => text.Text.Length), batch = Math.Max(1, RowsAtATime / (longest + next));
        float[][] states = [.. Enumerable.Range(0, next + 1).Select(_ => new float[(long)texts.Count * hidden])];
        for (int first = 0; first < texts.Count; first += batch)
        {
            var rows = new RowBatch();
            // What each row's state is kept as: (which of the outputs, which text), or nothing.
            var keep = new List<(int Output, int Text)?>();
            int count = Math.Min(batch, texts.Count - first);
            for (int i = 0; i < count; i++)
            {
                (int[] text, int[] following) = texts[first + i];
                if (following.Length != next) throw new ArgumentException($"Text {first + i} has {following.Length} following tokens, the first has {next}.", nameof(texts));
                rows.AddText(i, 0, text);
                for (int row = 0; row < text.Length; row++) keep.Add(row == text.Length - 1 ? (0, first + i) : null);
                if (next > 0) rows.AddTree(i, text.Length, following, [.. Enumerable.Repeat(-1, next)]);
                for (int row = 0; row < next; row++) keep.Add((row + 1, first + i));
            }

            int taken = 0;
            var options = new SessionOptions { Sequences = count, ContextLength = longest, TreeNodes = Math.Max(1, next), MaxRows = Math.Min(512, rows.Count), MaxLogitRows = Math.Min(256, rows.Count) };
            ForwardRun.Run(model, rows, options, (finalHidden, _) =>
            {
                for (int row = 0; row < finalHidden.Length / hidden; row++, taken++)
                    if (keep[taken] is (int output, int text)) finalHidden.Slice(row * hidden, hidden).CopyTo(states[output].AsSpan(text * hidden));
            });
            progress?.Report(first + count);
        }

        return states;
    }
}
