using System.Buffers;
using System.Text.Json;
using LbrCore.Formats.Configuration;

namespace LbrCore.Routing;

/// <summary>Reads and writes <c>router.json</c>.</summary>
internal static class RouterConfigFile
{
    private const string Architecture = "set_attention";

    /// <exception cref="ModelConfigException">The file is missing, malformed, or asks for what does not exist.</exception>
    public static RouterConfig Load(string path)
    {
        ConfigSection json = ConfigFile.Load(path, RouterConfig.FileName);
        string architecture = json.Text("architecture") ?? throw json.Missing("architecture");
        if (architecture != Architecture) throw json.Unsupported("architecture", architecture, $"only {Architecture} is");
        var config = new RouterConfig
        {
            HiddenSize = json.RequiredInteger("hidden_size"),
            RouterWidth = json.RequiredInteger("router_width"),
            MaxDepth = json.RequiredInteger("max_depth"),
            Heads = json.Integer("heads") ?? 8,
            Blocks = json.Integer("blocks") ?? 2,
            CrossSubtree = json.Flag("cross_subtree") ?? true,
            LogProbabilityFeature = json.Flag("log_probability_feature") ?? false,
            PreCandidate = json.Flag("pre_candidate") ?? false,
            NormEpsilon = json.Number("norm_epsilon") ?? 1e-6,
        };
        try
        {
            config.Validate();
        }
        catch (ArgumentException e)
        {
            throw new ModelConfigException($"{json.Source}: {e.Message}", e);
        }

        return config;
    }

    public static void Save(string path, RouterConfig config)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("architecture", Architecture);
            json.WriteNumber("hidden_size", config.HiddenSize);
            json.WriteNumber("router_width", config.RouterWidth);
            json.WriteNumber("max_depth", config.MaxDepth);
            json.WriteNumber("heads", config.Heads);
            json.WriteNumber("blocks", config.Blocks);
            json.WriteString("activation", "gelu_tanh");
            json.WriteBoolean("cross_subtree", config.CrossSubtree);
            json.WriteBoolean("log_probability_feature", config.LogProbabilityFeature);
            if (config.PreCandidate) json.WriteBoolean("pre_candidate", true);
            json.WriteNumber("norm_epsilon", config.NormEpsilon);
            json.WriteEndObject();
        }

        ConfigFile.Save(path, bytes.WrittenSpan);
    }
}
