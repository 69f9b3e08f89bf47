using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace LbrCore.Formats.Configuration;

/// <summary>Writes the config.json of a <see cref="ModelConfig"/> for transformers 4 and 5 alike.</summary>
internal static class ModelConfigWriter
{
    public static byte[] Write(ModelConfig config)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            WriteArchitecture(json, config);
            json.WriteNumber("hidden_size", config.HiddenSize);
            json.WriteNumber("intermediate_size", config.IntermediateSize);
            json.WriteNumber("num_hidden_layers", config.NumHiddenLayers);
            json.WriteNumber("num_attention_heads", config.NumAttentionHeads);
            json.WriteNumber("num_key_value_heads", config.NumKeyValueHeads);
            json.WriteNumber("head_dim", config.HeadDim);
            json.WriteNumber("vocab_size", config.VocabSize);
            json.WriteNumber("max_position_embeddings", config.MaxPositionEmbeddings);
            json.WriteString("hidden_act", "silu");
            WriteFloat(json, "rms_norm_eps", config.RmsNormEps);
            WriteRope(json, config);
            json.WriteBoolean("tie_word_embeddings", config.TieWordEmbeddings);
            WriteFloat(json, "attention_dropout", 0);
            WriteTokens(json, config);
            WriteDtype(json, config.Dtype);
            json.WriteBoolean("use_cache", true);
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void WriteArchitecture(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue(config.Architecture.ClassName());
        json.WriteEndArray();
        json.WriteString("model_type", config.Architecture.ModelType());
        if (config.Architecture != ModelArchitecture.Qwen2)
            json.WriteBoolean("attention_bias", config.AttentionBias);
        if (config.Architecture == ModelArchitecture.Llama)
        {
            json.WriteBoolean("mlp_bias", false);
            return;
        }

        json.WriteBoolean("use_sliding_window", false);
        json.WriteNull("sliding_window");
        json.WriteNumber("max_window_layers", config.NumHiddenLayers);
    }

    /// <summary>In both forms, which agree: transformers 4 does not know <c>rope_parameters</c>, and 5 may stop reading the old one.</summary>
    private static void WriteRope(Utf8JsonWriter json, ModelConfig config)
    {
        WriteFloat(json, "rope_theta", config.RopeTheta);
        if (config.RopeScaling is null)
            json.WriteNull("rope_scaling");
        else
            WriteRopeObject("rope_scaling", withTheta: false);
        WriteRopeObject("rope_parameters", withTheta: true);

        void WriteRopeObject(string name, bool withTheta)
        {
            json.WriteStartObject(name);
            json.WriteString("rope_type", config.RopeScaling is null ? "default" : Llama3RopeScaling.TypeName);
            if (withTheta)
                WriteFloat(json, "rope_theta", config.RopeTheta);
            if (config.RopeScaling is { } scaling)
            {
                WriteFloat(json, "factor", scaling.Factor);
                WriteFloat(json, "low_freq_factor", scaling.LowFreqFactor);
                WriteFloat(json, "high_freq_factor", scaling.HighFreqFactor);
                json.WriteNumber("original_max_position_embeddings", scaling.OriginalMaxPositionEmbeddings);
            }

            json.WriteEndObject();
        }
    }

    /// <summary>Absent ids are written as null: transformers has defaults of its own for Llama.</summary>
    private static void WriteTokens(Utf8JsonWriter json, ModelConfig config)
    {
        WriteId("bos_token_id", config.BosTokenId);
        WriteId("pad_token_id", config.PadTokenId);
        switch (config.EosTokenIds)
        {
            case []:
                json.WriteNull("eos_token_id");
                break;
            case [int id]:
                json.WriteNumber("eos_token_id", id);
                break;
            default:
                json.WriteStartArray("eos_token_id");
                foreach (int id in config.EosTokenIds)
                    json.WriteNumberValue(id);
                json.WriteEndArray();
                break;
        }

        void WriteId(string name, int? id)
        {
            if (id is { } value)
                json.WriteNumber(name, value);
            else
                json.WriteNull(name);
        }
    }

    private static void WriteDtype(Utf8JsonWriter json, TensorDtype? dtype)
    {
        string? name = dtype switch
        {
            TensorDtype.F32 => "float32",
            TensorDtype.F16 => "float16",
            TensorDtype.BF16 => "bfloat16",
            _ => null,
        };
        if (name is null)
            return;
        json.WriteString("dtype", name);
        json.WriteString("torch_dtype", name);
    }

    /// <summary>Always with a point or exponent: transformers 5 checks types and takes 10000 for an int where a float must stand.</summary>
    private static void WriteFloat(Utf8JsonWriter json, string name, double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        json.WritePropertyName(name);
        json.WriteRawValue(text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text);
    }
}
