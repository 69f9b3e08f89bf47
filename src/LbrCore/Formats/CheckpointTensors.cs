using LbrCore.Formats.Configuration;

namespace LbrCore.Formats;

/// <summary>The tensors that a checkpoint of a given config holds, with the names and shapes of transformers.</summary>
/// <remarks>A matrix of a linear layer has shape [outputs, inputs].</remarks>
public static class CheckpointTensors
{
    /// <summary>Name of the embedding matrix, [vocab_size, hidden_size].</summary>
    public const string Embedding = "model.embed_tokens.weight";

    /// <summary>Name of the last norm, [hidden_size].</summary>
    public const string FinalNorm = "model.norm.weight";

    /// <summary>Name of the output matrix, [vocab_size, hidden_size]; absent where embeddings are tied.</summary>
    public const string LmHead = "lm_head.weight";

    /// <summary>Full name of a layer's tensor.</summary>
    /// <param name="layer">Index of the layer from 0.</param>
    /// <param name="tensor">Name inside the layer, for example <c>self_attn.q_proj.weight</c>.</param>
    public static string InLayer(int layer, string tensor) => $"model.layers.{layer}.{tensor}";

    /// <summary>Everything a checkpoint must hold, layer by layer.</summary>
    /// <param name="config">A valid config.</param>
    /// <param name="dtype">Element type given to the specs.</param>
    public static IEnumerable<TensorSpec> Expected(ModelConfig config, TensorDtype dtype)
    {
        ArgumentNullException.ThrowIfNull(config);
        yield return new TensorSpec(Embedding, dtype, config.VocabSize, config.HiddenSize);
        for (int layer = 0; layer < config.NumHiddenLayers; layer++)
        {
            foreach ((string name, long[] shape) in LayerTensors(config))
                yield return new TensorSpec(InLayer(layer, name), dtype, shape);
        }

        yield return new TensorSpec(FinalNorm, dtype, config.HiddenSize);
        if (!config.TieWordEmbeddings)
            yield return new TensorSpec(LmHead, dtype, config.VocabSize, config.HiddenSize);
    }

    /// <summary>Number of parameters; tied embeddings count once.</summary>
    /// <param name="config">A valid config.</param>
    public static long ParameterCount(ModelConfig config) =>
        Expected(config, TensorDtype.U8).Sum(tensor => tensor.ByteLength);

    /// <summary>Checks that a checkpoint holds every tensor of its config, with the right shape and a weight type.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="config">Its config.</param>
    /// <returns>
    /// Names that the config does not call for, in order. Transformers ignores them too; an unused bias would make the numbers
    /// wrong, so a caller should show them. The output matrix of a tied model and stored rotary frequencies are not among them.
    /// </returns>
    /// <exception cref="CheckpointException">A tensor is missing, or has another shape or type; the message names both sides.</exception>
    public static IReadOnlyList<string> Verify(ITensorSource source, ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(source);
        var unused = new HashSet<string>(source.Names);
        foreach (TensorSpec expected in Expected(config, config.Dtype ?? TensorDtype.BF16))
        {
            if (!source.TryGetInfo(expected.Name, out TensorInfo? info))
                throw new CheckpointException($"{source.Description}: tensor {expected.Name} is missing; {ModelConfig.FileName} calls for it.");
            if (!info.Shape.AsSpan().SequenceEqual(expected.Shape.AsSpan()))
                throw new CheckpointException($"{source.Description}: tensor {info} should have shape [{string.Join(", ", expected.Shape)}] by {ModelConfig.FileName}.");
            if (!info.Dtype.IsWeight())
                throw new CheckpointException($"{source.Description}: tensor {info} should be F32, F16 or BF16; convert the weights.");
            unused.Remove(expected.Name);
        }

        unused.Remove(LmHead);
        return [.. source.Names.Where(name => unused.Contains(name) && !name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal))];
    }

    private static IEnumerable<(string Name, long[] Shape)> LayerTensors(ModelConfig config)
    {
        long hidden = config.HiddenSize, intermediate = config.IntermediateSize;
        long queries = config.QueryWidth, keyValues = config.KeyValueWidth;
        yield return ("input_layernorm.weight", [hidden]);
        foreach ((string projection, long width) in new[] { ("q_proj", queries), ("k_proj", keyValues), ("v_proj", keyValues) })
        {
            yield return ($"self_attn.{projection}.weight", [width, hidden]);
            if (config.HasQkvBias)
                yield return ($"self_attn.{projection}.bias", [width]);
        }

        if (config.HasQueryKeyNorm)
        {
            yield return ("self_attn.q_norm.weight", [config.HeadDim]);
            yield return ("self_attn.k_norm.weight", [config.HeadDim]);
        }

        yield return ("self_attn.o_proj.weight", [hidden, queries]);
        if (config.HasOutputBias)
            yield return ("self_attn.o_proj.bias", [hidden]);
        yield return ("post_attention_layernorm.weight", [hidden]);
        yield return ("mlp.gate_proj.weight", [intermediate, hidden]);
        yield return ("mlp.up_proj.weight", [intermediate, hidden]);
        yield return ("mlp.down_proj.weight", [hidden, intermediate]);
    }
}
