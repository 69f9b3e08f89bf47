namespace LbrCore.Formats.Configuration;

/// <summary>Turns a config.json into a <see cref="ModelConfig"/>, or says which field stands in the way.</summary>
/// <remarks>
/// Absent fields have the defaults of transformers. A field that would change the computation in a way the transformer here
/// does not follow is refused by name: an answer that is silently wrong is worse than none.
/// </remarks>
internal static class ModelConfigReader
{
    /// <summary>The head size that transformers takes for a Qwen3 config without <c>head_dim</c>.</summary>
    private const int Qwen3HeadDim = 128;

    public static ModelConfig Read(ConfigSection json)
    {
        ModelArchitecture architecture = ReadArchitecture(json);
        RefuseUnsupported(json, architecture);

        int hiddenSize = json.RequiredInteger("hidden_size");
        int heads = json.RequiredInteger("num_attention_heads");
        int layers = json.RequiredInteger("num_hidden_layers");
        RefuseSlidingWindows(json, layers);
        int? padTokenId = json.Integer("pad_token_id");
        (double theta, Llama3RopeScaling? scaling) = RopeParametersReader.Read(json);

        var config = new ModelConfig
        {
            Architecture = architecture,
            HiddenSize = hiddenSize,
            IntermediateSize = json.RequiredInteger("intermediate_size"),
            NumHiddenLayers = layers,
            NumAttentionHeads = heads,
            NumKeyValueHeads = ReadKeyValueHeads(json, architecture, heads),
            HeadDim = ReadHeadDim(json, architecture, hiddenSize, heads),
            VocabSize = json.RequiredInteger("vocab_size"),
            MaxPositionEmbeddings = json.RequiredInteger("max_position_embeddings"),
            RmsNormEps = json.Number("rms_norm_eps") ?? 1e-6,
            RopeTheta = theta,
            RopeScaling = scaling,
            TieWordEmbeddings = json.Flag("tie_word_embeddings") ?? false,
            AttentionBias = architecture != ModelArchitecture.Qwen2 && (json.Flag("attention_bias") ?? false),
            BosTokenId = json.Ids("bos_token_id") switch
            {
                [] => null,
                [int id] => id,
                var ids => throw json.Unsupported("bos_token_id", ids.ToString(), "give one id"),
            },
            EosTokenIds = json.Ids("eos_token_id"),
            PadTokenId = padTokenId < 0 ? null : padTokenId,
            Dtype = ReadDtype(json),
        };
        ModelConfigValidation.Check(config, json.Source);
        return config;
    }

    private static ModelArchitecture ReadArchitecture(ConfigSection json)
    {
        string[] names = json.Texts("architectures") ?? [];
        string? modelType = json.Text("model_type");
        if (names.Length > 1)
            throw json.Unsupported("architectures", string.Join(", ", names), "give one");

        ModelArchitecture? architecture = names is [string name]
            ? ModelArchitectures.FromClassName(name)
                ?? throw json.Unsupported("architectures", name, $"{ModelArchitectures.AllClassNames} are")
            : ModelArchitectures.FromModelType(modelType ?? throw json.Missing("architectures"));
        if (architecture is not { } known || (modelType is not null && modelType != known.ModelType()))
        {
            throw json.Unsupported("model_type", modelType!,
                architecture is null ? $"{ModelArchitectures.AllClassNames} are" : $"{architecture.Value.ClassName()} has {architecture.Value.ModelType()}");
        }

        return known;
    }

    private static void RefuseUnsupported(ConfigSection json, ModelArchitecture architecture)
    {
        if (json.Section("quantization_config") is { } quantization)
            throw json.Unsupported("quantization_config", quantization.Text("quant_method") ?? "given", "use the weights in F32, F16 or BF16");
        if (json.Text("hidden_act") is { } activation && activation != "silu")
            throw json.Unsupported("hidden_act", activation, "silu is");
        if (architecture == ModelArchitecture.Llama && json.Flag("mlp_bias") == true)
            throw json.Unsupported("mlp_bias", "true", "a feed-forward layer without bias is");
    }

    private static void RefuseSlidingWindows(ConfigSection json, int layers)
    {
        if (json.Flag("use_sliding_window") == true)
            throw json.Unsupported("use_sliding_window", "true", "full attention is");
        if (json.Texts("layer_types") is not { } types)
            return;
        if (types.FirstOrDefault(type => type != "full_attention") is { } other)
            throw json.Unsupported("layer_types", other, "full_attention is");
        if (types.Length != layers)
            throw new ModelConfigException($"{json.Source}: layer_types has {types.Length} entries, but num_hidden_layers is {layers}.");
    }

    private static int ReadKeyValueHeads(ConfigSection json, ModelArchitecture architecture, int heads)
    {
        // Transformers takes 32 for a Qwen config that leaves the field out; nobody means that, so it has to be there (null will do).
        if (architecture != ModelArchitecture.Llama && !json.Has("num_key_value_heads"))
            throw json.Missing("num_key_value_heads");
        return json.Integer("num_key_value_heads") ?? heads;
    }

    private static int ReadHeadDim(ConfigSection json, ModelArchitecture architecture, int hiddenSize, int heads)
    {
        if (json.Integer("head_dim") is { } headDim)
            return headDim;
        if (architecture == ModelArchitecture.Qwen3 && !json.Has("head_dim"))
            return Qwen3HeadDim;
        if (heads < 1 || hiddenSize % heads != 0)
            throw new ModelConfigException($"{json.Source}: head_dim is missing and hidden_size ({hiddenSize}) is not a multiple of num_attention_heads ({heads}).");
        return hiddenSize / heads;
    }

    private static TensorDtype? ReadDtype(ConfigSection json)
    {
        string name = json.Has("dtype") ? "dtype" : "torch_dtype";
        return json.Text(name) switch
        {
            null => null,
            "float32" => TensorDtype.F32,
            "float16" => TensorDtype.F16,
            "bfloat16" => TensorDtype.BF16,
            string other => throw json.Unsupported(name, other, "float32, float16 and bfloat16 are"),
        };
    }
}
