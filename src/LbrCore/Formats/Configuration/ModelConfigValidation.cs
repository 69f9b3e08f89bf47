namespace LbrCore.Formats.Configuration;

/// <summary>Range checks of <see cref="ModelConfig"/>, whether it comes from a file or from code.</summary>
/// <remarks>
/// The upper limits are far beyond any published model. They are there so that products of two sizes fit 32 bits where the
/// model computes with them, and so that a hostile file cannot ask for absurd memory.
/// </remarks>
internal static class ModelConfigValidation
{
    public static void Check(ModelConfig config, string source)
    {
        Range("hidden_size", config.HiddenSize, 1, 1 << 18);
        Range("intermediate_size", config.IntermediateSize, 1, 1 << 20);
        Range("num_hidden_layers", config.NumHiddenLayers, 1, 1 << 12);
        Range("num_attention_heads", config.NumAttentionHeads, 1, 1 << 12);
        Range("num_key_value_heads", config.NumKeyValueHeads, 1, config.NumAttentionHeads);
        Range("head_dim", config.HeadDim, 2, 1 << 12);
        Range("vocab_size", config.VocabSize, 1, 1 << 24);
        Range("max_position_embeddings", config.MaxPositionEmbeddings, 1, 1 << 28);
        Require(config.NumAttentionHeads % config.NumKeyValueHeads == 0,
            $"num_attention_heads is {config.NumAttentionHeads}, which num_key_value_heads ({config.NumKeyValueHeads}) does not divide");
        Require(config.HeadDim % 2 == 0, $"head_dim is {config.HeadDim}, but the rotary embedding needs an even one");
        Require(config.RmsNormEps is > 0 and < 1, $"rms_norm_eps is {config.RmsNormEps}, which is not between 0 and 1");
        Require(config.RopeTheta is >= 1 and <= 1e15, $"rope_theta is {config.RopeTheta}, which is not between 1 and 1e15");
        Require(config.Dtype?.IsWeight() ?? true, $"dtype is {config.Dtype}, but weights are F32, F16 or BF16");
        Require(!config.AttentionBias || config.Architecture != ModelArchitecture.Qwen2,
            "attention_bias is true, but Qwen2 has a bias on the query, key and value projections and no other");
        Require(!(config.BosTokenId < 0), $"bos_token_id is {config.BosTokenId}, which is negative");
        Require(!(config.PadTokenId < 0), $"pad_token_id is {config.PadTokenId}, which is negative");
        Require(config.EosTokenIds.All(id => id >= 0), $"eos_token_id is {config.EosTokenIds}, which holds a negative id");
        if (config.RopeScaling is { } scaling)
            CheckScaling(scaling);

        void CheckScaling(Llama3RopeScaling scaling)
        {
            Require(scaling.Factor is >= 1 and <= 1e6, $"rope scaling factor is {scaling.Factor}, which is not between 1 and 1e6");
            Require(scaling.LowFreqFactor is > 0 and <= 1e6, $"rope scaling low_freq_factor is {scaling.LowFreqFactor}, which is not between 0 and 1e6");
            Require(scaling.HighFreqFactor > scaling.LowFreqFactor && scaling.HighFreqFactor <= 1e6,
                $"rope scaling high_freq_factor is {scaling.HighFreqFactor}, which is not between low_freq_factor ({scaling.LowFreqFactor}) and 1e6");
            Range("rope scaling original_max_position_embeddings", scaling.OriginalMaxPositionEmbeddings, 1, 1 << 28);
        }

        void Range(string name, int value, int min, int max) =>
            Require(value >= min && value <= max, $"{name} is {value}, which is not between {min} and {max}");

        void Require(bool holds, string sentence)
        {
            if (!holds)
                throw new ModelConfigException($"{source}: {sentence}.");
        }
    }
}
