using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Trees;

namespace LbrCore.Checks;

/// <summary>One pass over a whole tree below each of several texts, with rows as the decoder lays them out.</summary>
internal static class TreePass
{
    /// <summary>log softmax after every node, [texts * nodes][vocabulary].</summary>
    public static double[][] LogProbabilities(Transformer model, int[][] prompts, int[][] tokens, TreeShape shape) => model switch
    {
        Transformer<float> f32 => Run(f32, prompts, tokens, shape),
        Transformer<BFloat16> bf16 => Run(bf16, prompts, tokens, shape),
        Transformer<Half> f16 => Run(f16, prompts, tokens, shape),
        _ => throw new ArgumentException($"{model.GetType().Name} cannot be forwarded.", nameof(model)),
    };

    private static double[][] Run<T>(Transformer<T> model, int[][] prompts, int[][] tokens, TreeShape shape)
        where T : unmanaged
    {
        int rowCount = prompts.Length * shape.Nodes, vocabulary = model.Config.VocabSize;
        using var session = new InferenceSession<T>(model, new SessionOptions
        {
            Sequences = prompts.Length,
            ContextLength = prompts.Max(prompt => prompt.Length),
            TreeNodes = shape.Nodes,
            MaxRows = Math.Max(rowCount, 16),
            MaxLogitRows = rowCount,
        });
        ComputeStream stream = model.Device.DefaultStream;
        session.Prefill(stream, [.. prompts.Select((prompt, i) => new Prompt(i, prompt))]);
        var rows = new List<TokenRow>();
        int[] parents = new int[prompts.Length * session.Cache.Slots];
        for (int sequence = 0; sequence < prompts.Length; sequence++)
        {
            int prefix = prompts[sequence].Length;
            for (int node = 0; node < shape.Nodes; node++)
            {
                int parent = shape.Parent(node);
                parents[(sequence * session.Cache.Slots) + prefix + node] = parent < 0 ? -1 : prefix + parent;
                rows.Add(new TokenRow { Sequence = sequence, Position = prefix + shape.DepthOf(node) - 1, Prefix = prefix, Slot = prefix + node });
            }
        }

        stream.CopyFromHost<int>([.. tokens.SelectMany(tree => tree)], session.Tokens);
        stream.CopyFromHost<TokenRow>([.. rows], session.Rows);
        stream.CopyFromHost<int>(parents, session.Cache.SlotParents);
        session.ForwardRows(stream, rowCount, shape.Nodes);
        session.ComputeLogits(stream, session.Activations.FinalHidden, rowCount);
        float[] logits = new float[rowCount * vocabulary];
        stream.CopyToHost(session.Activations.Logits.SubView(0, logits.Length), logits);
        return [.. Enumerable.Range(0, rowCount).Select(row => CausalTexts.LogSoftmax([.. logits.AsSpan(row * vocabulary, vocabulary).ToArray().Select(value => (double)value)], 1))];
    }
}
