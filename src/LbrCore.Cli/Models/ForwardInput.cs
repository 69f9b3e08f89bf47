using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Formats.Safetensors;
using LbrCore.Model;

namespace LbrCore.Cli.Models;

/// <summary>What <c>lbr forward</c> reads.</summary>
/// <param name="Rows">The rows, sequence by sequence.</param>
/// <param name="Sequences">Sequences.</param>
/// <param name="Length">Ids of each, tree nodes included.</param>
/// <param name="PromptLength">Ids of each that are no tree nodes.</param>
/// <param name="Weights">Weight of the log-probability of each id but the first of a sequence, where gradients are wanted; else null.</param>
internal sealed record ForwardInput(RowBatch Rows, int Sequences, int Length, int PromptLength, float[]? Weights)
{
    /// <summary>Reads and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The model.</param>
    /// <param name="gradients">Whether it must hold weights.</param>
    /// <exception cref="CheckpointException">A tensor is missing or of another type or shape.</exception>
    /// <exception cref="ArgumentException">An id is not in the vocabulary, a parent does not come before its child, or the text is too long.</exception>
    public static ForwardInput Read(string path, ModelConfig config, bool gradients = false)
    {
        using SafetensorsModel file = SafetensorsModel.Open(path);
        TensorInfo info = file.GetInfo("input_ids");
        if (info.Shape.Length != 2 || info.ElementCount == 0) throw new CheckpointException($"{path}: tensor {info} should have shape [B, T] with at least one id.");
        int[] ids = file.ReadAsInt32("input_ids"), parents = [];
        if (file.TryGetInfo("parents", out TensorInfo? tree))
        {
            if (tree.Shape.Length != 1) throw new CheckpointException($"{path}: tensor {tree} should have shape [n].");
            parents = file.ReadAsInt32("parents");
        }

        int sequences = (int)info.Shape[0], length = (int)info.Shape[1], prompt = length - parents.Length;
        if (parents.Length > 0 && sequences != 1) throw new CheckpointException($"{path}: a tree goes with one sequence, input_ids has {sequences}.");
        if (prompt < 1) throw new CheckpointException($"{path}: parents has {parents.Length} nodes, input_ids {length} ids; at least one id must come before the nodes.");
        if (prompt > config.MaxPositionEmbeddings) throw new ArgumentException($"{path}: {prompt} ids are more than the model's {config.MaxPositionEmbeddings} positions.");
        var rows = new RowBatch();
        for (int s = 0; s < sequences; s++) rows.AddText(s, 0, ids.AsSpan(s * length, prompt));
        rows.AddTree(0, prompt, ids.AsSpan(prompt, parents.Length), parents);
        return new ForwardInput(rows, sequences, length, prompt, gradients ? ReadWeights(file, path, sequences, length, prompt) : null);
    }

    private static float[] ReadWeights(SafetensorsModel file, string path, int sequences, int length, int prompt)
    {
        if (prompt != length) throw new CheckpointException($"{path}: gradients are computed of texts; leave parents out.");
        if (length < 2) throw new CheckpointException($"{path}: input_ids has one id a sequence, which leaves nothing to predict; gradients need at least two.");
        TensorInfo info = file.GetInfo("weights");
        if (info.Shape.Length != 2 || info.Shape[0] != sequences || info.Shape[1] != length - 1)
            throw new CheckpointException($"{path}: tensor {info} should have shape [{sequences}, {length - 1}], one less than input_ids in the second place.");
        return file.ReadAsFloat32("weights");
    }
}
