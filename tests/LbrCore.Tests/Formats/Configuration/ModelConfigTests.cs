using System.Text;
using System.Text.Json;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;

namespace LbrCore.Tests.Formats.Configuration;

public class ModelConfigTests
{
    [Theory]
    [MemberData(nameof(ModelFixtures.All), MemberType = typeof(ModelFixtures))]
    public void ReadsTheFixtures(string name)
    {
        ModelConfig config = ModelConfig.Load(ModelFixtures.Folder(name));
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(ModelFixtures.Folder(name), "config.json")));
        JsonElement json = document.RootElement;
        JsonElement rope = json.GetProperty("rope_parameters");

        Assert.Equal(json.GetProperty("architectures")[0].GetString(), config.Architecture.ClassName());
        Assert.Equal(json.GetProperty("model_type").GetString(), config.Architecture.ModelType());
        Assert.Equal(json.GetProperty("hidden_size").GetInt32(), config.HiddenSize);
        Assert.Equal(json.GetProperty("intermediate_size").GetInt32(), config.IntermediateSize);
        Assert.Equal(json.GetProperty("num_hidden_layers").GetInt32(), config.NumHiddenLayers);
        Assert.Equal(json.GetProperty("num_attention_heads").GetInt32(), config.NumAttentionHeads);
        Assert.Equal(json.GetProperty("num_key_value_heads").GetInt32(), config.NumKeyValueHeads);
        Assert.Equal(json.GetProperty("vocab_size").GetInt32(), config.VocabSize);
        Assert.Equal(json.GetProperty("max_position_embeddings").GetInt32(), config.MaxPositionEmbeddings);
        Assert.Equal(json.GetProperty("rms_norm_eps").GetDouble(), config.RmsNormEps);
        Assert.Equal(json.GetProperty("tie_word_embeddings").GetBoolean(), config.TieWordEmbeddings);
        Assert.Equal(rope.GetProperty("rope_theta").GetDouble(), config.RopeTheta);
        Assert.Equal(rope.GetProperty("rope_type").GetString() == "llama3", config.RopeScaling is not null);
        Assert.Equal((1, 0), (config.BosTokenId, config.PadTokenId));
        Assert.Equal([2], config.EosTokenIds);
        Assert.Equal(name.Contains("bf16") ? TensorDtype.BF16 : TensorDtype.F32, config.Dtype);
    }

    [Fact]
    public void ReadsQwen2AsTransformers4WroteIt()
    {
        ModelConfig config = Parse(PublishedConfigs.Qwen2);
        Assert.Equal((ModelArchitecture.Qwen2, 128, 1e6), (config.Architecture, config.HeadDim, config.RopeTheta));
        Assert.True(config is { HasQkvBias: true, HasOutputBias: false, HasQueryKeyNorm: false, TieWordEmbeddings: true, RopeScaling: null });
        Assert.Equal((6, 1536, 256), (config.HeadsPerGroup, config.QueryWidth, config.KeyValueWidth));
    }

    [Fact]
    public void ReadsQwen3WithItsOwnHeadSize()
    {
        ModelConfig config = Parse(PublishedConfigs.Qwen3);
        Assert.Equal((128, 2048, 1024), (config.HeadDim, config.QueryWidth, config.KeyValueWidth));
        Assert.True(config is { HasQkvBias: false, HasQueryKeyNorm: true });
    }

    [Fact]
    public void ReadsLlama3Scaling()
    {
        ModelConfig config = Parse(PublishedConfigs.Llama);
        Assert.Equal(new Llama3RopeScaling(8, 1, 4, 8192), config.RopeScaling);
        Assert.Equal([128001, 128008, 128009], config.EosTokenIds);
        Assert.True(config is { HasQkvBias: false, HasOutputBias: false, HasQueryKeyNorm: false });
    }

    [Fact]
    public void HonoursBiasOnAllAttentionProjections()
    {
        ModelConfig config = Parse(PublishedConfigs.Llama.Replace("\"attention_bias\": false", "\"attention_bias\": true"));
        Assert.True(config is { HasQkvBias: true, HasOutputBias: true });
    }

    [Fact]
    public void FollowsTransformersDefaults()
    {
        Assert.Equal(32, Changed(PublishedConfigs.Llama, "\"num_key_value_heads\": 8,", "").NumKeyValueHeads);
        Assert.Equal(12, Changed(PublishedConfigs.Qwen2, "\"num_key_value_heads\": 2", "\"num_key_value_heads\": null").NumKeyValueHeads);
        Assert.Equal(128, Changed(PublishedConfigs.Qwen3, "\"head_dim\": 128,", "").HeadDim);
        Assert.Equal(64, Changed(PublishedConfigs.Qwen3, "\"head_dim\": 128,", "\"head_dim\": null,").HeadDim);
        Assert.Equal(80, Changed(PublishedConfigs.Qwen2, "\"hidden_size\"", "\"head_dim\": 80, \"hidden_size\"").HeadDim);
        Assert.Equal(1e-6, Changed(PublishedConfigs.Llama, "\"rms_norm_eps\": 1e-05,", "").RmsNormEps);
        Assert.Equal(10_000, Changed(PublishedConfigs.Llama, "\"rope_theta\": 500000.0,", "").RopeTheta);
        Assert.False(Changed(PublishedConfigs.Qwen2, "\"tie_word_embeddings\": true,", "").TieWordEmbeddings);
        Assert.Null(Changed(PublishedConfigs.Qwen2, "\"torch_dtype\": \"bfloat16\",", "").Dtype);
        Assert.Equal(ModelArchitecture.Llama, Changed(PublishedConfigs.Llama, "\"architectures\": [\"LlamaForCausalLM\"],", "").Architecture);
        Assert.Null(Changed(PublishedConfigs.Llama, "\"use_cache\"", "\"pad_token_id\": -1, \"use_cache\"").PadTokenId);
        // Where both forms of the rotary settings are there, transformers 5 prefers rope_scaling and the theta inside it.
        Assert.Equal(7, Changed(PublishedConfigs.Qwen2, "\"rope_theta\": 1000000.0", "\"rope_theta\": 5.0, \"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 7}").RopeTheta);
        Assert.Equal(8, Changed(PublishedConfigs.Llama, "\"rope_theta\": 500000.0", "\"rope_parameters\": {\"rope_type\": \"default\", \"rope_theta\": 7}").RopeScaling!.Factor);
        Assert.Equal(4, Changed(PublishedConfigs.Llama, "\"rope_type\"", "\"rope_theta\": 4, \"type\"").RopeTheta);
    }

    public static TheoryData<string, string, string, string> Refused => new()
    {
        { PublishedConfigs.Qwen2, "Qwen2ForCausalLM", "Qwen2MoeForCausalLM", "architectures is Qwen2MoeForCausalLM, which is not supported; Qwen2ForCausalLM, Qwen3ForCausalLM, LlamaForCausalLM are" },
        { PublishedConfigs.Qwen2, "\"qwen2\"", "\"qwen3\"", "model_type is qwen3" },
        { PublishedConfigs.Qwen2, "[\"Qwen2ForCausalLM\"], \"model_type\": \"qwen2\"", "null, \"model_type\": \"mistral\"", "model_type is mistral" },
        { PublishedConfigs.Qwen2, "[\"Qwen2ForCausalLM\"], \"model_type\": \"qwen2\"", "null", "architectures is missing" },
        { PublishedConfigs.Qwen2, "[\"Qwen2ForCausalLM\"]", "[\"Qwen2ForCausalLM\", \"LlamaForCausalLM\"]", "give one" },
        { PublishedConfigs.Qwen2, "\"silu\"", "\"gelu\"", "hidden_act is gelu" },
        { PublishedConfigs.Qwen2, "\"use_sliding_window\": false", "\"use_sliding_window\": true", "use_sliding_window is true" },
        { PublishedConfigs.Qwen2, "\"use_cache\"", "\"layer_types\": [\"full_attention\", \"sliding_attention\"], \"use_cache\"", "layer_types is sliding_attention" },
        { PublishedConfigs.Qwen2, "\"use_cache\"", "\"layer_types\": [\"full_attention\"], \"use_cache\"", "layer_types has 1 entries, but num_hidden_layers is 28" },
        { PublishedConfigs.Qwen2, "\"use_cache\"", "\"quantization_config\": {\"quant_method\": \"gptq\"}, \"use_cache\"", "quantization_config is gptq" },
        { PublishedConfigs.Qwen2, "\"use_cache\"", "\"partial_rotary_factor\": 0.5, \"use_cache\"", "partial_rotary_factor is 0.5" },
        { PublishedConfigs.Llama, "\"mlp_bias\": false", "\"mlp_bias\": true", "mlp_bias is true" },
        { PublishedConfigs.Llama, "\"llama3\"", "\"yarn\"", "rope_scaling.rope_type is yarn, which is not supported; default and llama3 are" },
        { PublishedConfigs.Llama, "\"rope_type\": \"llama3\"", "\"type\": \"linear\"", "rope_scaling.type is linear" },
        { PublishedConfigs.Llama, "\"factor\": 8.0, ", "", "rope_scaling.factor is missing" },
        { PublishedConfigs.Llama, "\"factor\": 8.0", "\"factor\": 0.5", "factor is 0.5" },
        { PublishedConfigs.Llama, "\"low_freq_factor\": 1.0", "\"low_freq_factor\": 4.0", "high_freq_factor is 4" },
        { PublishedConfigs.Llama, "\"original_max_position_embeddings\": 8192", "\"original_max_position_embeddings\": 0", "original_max_position_embeddings is 0" },
        { PublishedConfigs.Llama, "\"rope_theta\": 500000.0", "\"rope_theta\": \"5\"", "rope_theta is \"5\", expected a number" },
        { PublishedConfigs.Llama, "\"rope_theta\": 500000.0", "\"rope_theta\": 1e999", "rope_theta is 1e999" },
        { PublishedConfigs.Llama, "\"rope_theta\": 500000.0", "\"rope_theta\": 0", "rope_theta is 0" },
        { PublishedConfigs.Llama, "\"rope_theta\": 500000.0", "\"rope_theta\": NaN", "not well-formed JSON" },
        { PublishedConfigs.Qwen2, "\"hidden_size\": 1536,", "", "hidden_size is missing" },
        { PublishedConfigs.Qwen2, "\"hidden_size\": 1536", "\"hidden_size\": null", "hidden_size is missing" },
        { PublishedConfigs.Qwen2, "\"hidden_size\": 1536", "\"hidden_size\": -1536", "hidden_size is -1536" },
        { PublishedConfigs.Qwen2, "\"hidden_size\": 1536", "\"hidden_size\": 1536.0", "hidden_size is 1536.0, expected an integer" },
        { PublishedConfigs.Qwen2, "\"hidden_size\": 1536", "\"hidden_size\": 99999999999", "hidden_size is 99999999999, expected an integer of 32 bits" },
        { PublishedConfigs.Qwen2, "\"hidden_size\": 1536", "\"hidden_size\": 1537", "head_dim is missing and hidden_size (1537) is not a multiple" },
        { PublishedConfigs.Qwen2, "\"hidden_size\": 1536", "\"hidden_size\": 1536, \"hidden_size\": 1536", "not well-formed JSON" },
        { PublishedConfigs.Qwen2, "\"num_attention_heads\": 12", "\"num_attention_heads\": 0", "num_attention_heads" },
        { PublishedConfigs.Qwen2, "\"num_key_value_heads\": 2,", "", "num_key_value_heads is missing" },
        { PublishedConfigs.Qwen2, "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 5", "num_attention_heads is 12, which num_key_value_heads (5) does not divide" },
        { PublishedConfigs.Qwen2, "\"num_key_value_heads\": 2", "\"num_key_value_heads\": 24", "num_key_value_heads is 24" },
        { PublishedConfigs.Qwen3, "\"head_dim\": 128", "\"head_dim\": 127", "head_dim is 127" },
        { PublishedConfigs.Qwen3, "\"vocab_size\": 151936", "\"vocab_size\": true", "vocab_size is true" },
        { PublishedConfigs.Qwen3, "\"rms_norm_eps\": 1e-06", "\"rms_norm_eps\": 0", "rms_norm_eps is 0" },
        { PublishedConfigs.Qwen3, "\"num_hidden_layers\": 28", "\"num_hidden_layers\": 2000000000", "num_hidden_layers is 2000000000" },
        { PublishedConfigs.Qwen3, "\"eos_token_id\": 151645", "\"eos_token_id\": [1, -1]", "eos_token_id is -1" },
        { PublishedConfigs.Qwen3, "\"eos_token_id\": 151645", "\"eos_token_id\": \"</s>\"", "eos_token_id is \"</s>\"" },
        { PublishedConfigs.Qwen3, "\"bos_token_id\": 151643", "\"bos_token_id\": [1, 2]", "bos_token_id is [1, 2]" },
        { PublishedConfigs.Qwen3, "\"torch_dtype\": \"bfloat16\"", "\"torch_dtype\": \"float8_e4m3fn\"", "torch_dtype is float8_e4m3fn" },
        { PublishedConfigs.Qwen3, "\"tie_word_embeddings\": true", "\"tie_word_embeddings\": 1", "tie_word_embeddings is 1, expected true or false" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void RefusesByName(string json, string replaced, string by, string says)
    {
        Assert.Contains(replaced, json);
        ModelConfigException e = Assert.Throws<ModelConfigException>(() => Parse(json.Replace(replaced, by)));
        Assert.StartsWith("config.json: ", e.Message);
        Assert.Contains(says, e.Message);
        Assert.EndsWith(".", e.Message);
    }

    [Fact]
    public void RefusesTextThatIsNotUnicode()
    {
        byte[] notUtf8 = [.. "{\"hidden_size\": \""u8, 0xf3, .. "\"}"u8];
        Assert.Contains("not valid UTF-8", Assert.Throws<ModelConfigException>(() => ModelConfig.Parse(notUtf8)).Message);
        foreach (string json in new[] { """{"\ud800": 1}""", """{"model_type": "\ud800"}""", """{"model_typ\ud800": 1, "hidden_act": "\udc00"}""", """{"architectures": ["\ud800"]}""" })
            Assert.Throws<ModelConfigException>(() => Parse(json));
    }

    [Fact]
    public void UnreachableFilesAreTheSameException()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("config.json: cannot be read", Assert.Throws<ModelConfigException>(() => ModelConfig.Load(folder.Path)).Message);
        Assert.Throws<ModelConfigException>(() => ModelConfig.Load(folder.File("absent.json")));
        Assert.Throws<ModelConfigException>(() => ModelConfig.Load(folder.Write("config.json", "")));
        using (FileStream large = File.Create(folder.File("config.json")))
            large.SetLength(1L << 32);
        Assert.Contains("the limit is", Assert.Throws<ModelConfigException>(() => ModelConfig.Load(folder.Path)).Message);
    }

    [Fact]
    public void ChecksConfigsMadeInCode()
    {
        ModelConfig config = Parse(PublishedConfigs.Qwen2);
        (config with { NumHiddenLayers = 4 }).Validate();
        Assert.Throws<ModelConfigException>((config with { HeadDim = 3 }).Validate);
        Assert.Throws<ModelConfigException>((config with { AttentionBias = true }).Validate);
        Assert.Throws<ModelConfigException>((config with { RmsNormEps = double.NaN }).Validate);
        Assert.Throws<ModelConfigException>(() => (config with { RopeTheta = double.NaN }).ToJson());
        Assert.Throws<ModelConfigException>((config with { Dtype = TensorDtype.I32 }).Validate);
        Assert.Throws<ModelConfigException>((config with { RopeScaling = new Llama3RopeScaling(8, 1, 1, 8) }).Validate);
    }

    private static ModelConfig Changed(string json, string replaced, string by)
    {
        Assert.Contains(replaced, json);
        return Parse(json.Replace(replaced, by));
    }

    private static ModelConfig Parse(string json) => ModelConfig.Parse(Encoding.UTF8.GetBytes(json));
}
