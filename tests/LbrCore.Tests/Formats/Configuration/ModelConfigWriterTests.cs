using System.Text;
using System.Text.Json;
using LbrCore.Formats.Configuration;

namespace LbrCore.Tests.Formats.Configuration;

public class ModelConfigWriterTests
{
    public static TheoryData<string> Configs =>
        new([.. PublishedConfigs.All, .. ModelFixtures.Names.Select(name => File.ReadAllText(Path.Combine(ModelFixtures.Folder(name), "config.json")))]);

    [Theory]
    [MemberData(nameof(Configs))]
    public void RoundTrips(string json)
    {
        ModelConfig config = ModelConfig.Parse(Encoding.UTF8.GetBytes(json));
        Assert.Equal(config, ModelConfig.Parse(config.ToUtf8Json()));
    }

    /// <summary>Every field that both files have is equal, so what transformers reads back is the model it wrote.</summary>
    [Theory]
    [MemberData(nameof(Configs))]
    public void AgreesWithWhatTransformersWrote(string json)
    {
        using JsonDocument theirs = JsonDocument.Parse(json);
        using JsonDocument ours = JsonDocument.Parse(ModelConfig.Parse(Encoding.UTF8.GetBytes(json)).ToUtf8Json());

        // These describe windows that are off; the numbers in them mean nothing then.
        string[] unused = ["sliding_window", "max_window_layers"];
        foreach (JsonProperty field in theirs.RootElement.EnumerateObject().Where(field => !unused.Contains(field.Name)))
        {
            if (ours.RootElement.TryGetProperty(field.Name, out JsonElement value))
                Assert.True(JsonElement.DeepEquals(field.Value, value), $"{field.Name}: {field.Value} became {value}");
        }
    }

    /// <summary>Transformers 5 checks types: a float written as an integer is refused there.</summary>
    [Fact]
    public void WritesFloatsAsFloats()
    {
        ModelConfig config = ModelConfig.Parse(Encoding.UTF8.GetBytes(PublishedConfigs.Llama)) with { RopeTheta = 1e15, RmsNormEps = 1e-5 };
        string json = config.ToJson();
        Assert.Contains("\"rope_theta\": 1000000000000000.0", json);
        Assert.Contains("\"rms_norm_eps\": 1E-05", json);
        Assert.Contains("\"factor\": 8.0", json);
        Assert.Contains("\"original_max_position_embeddings\": 8192\n", json);
    }

    /// <summary>The old form for transformers 4 and the new one for 5 must say the same.</summary>
    [Fact]
    public void WritesRotarySettingsInBothForms()
    {
        using JsonDocument document = JsonDocument.Parse(ModelConfig.Parse(Encoding.UTF8.GetBytes(PublishedConfigs.Llama)).ToUtf8Json());
        JsonElement old = document.RootElement.GetProperty("rope_scaling"), current = document.RootElement.GetProperty("rope_parameters");
        Assert.Equal(500_000, document.RootElement.GetProperty("rope_theta").GetDouble());
        Assert.Equal(500_000, current.GetProperty("rope_theta").GetDouble());
        foreach (JsonProperty field in old.EnumerateObject())
            Assert.True(JsonElement.DeepEquals(field.Value, current.GetProperty(field.Name)));
    }

    [Fact]
    public void WritesAbsentTokensAsNull()
    {
        ModelConfig config = ModelConfig.Parse(Encoding.UTF8.GetBytes(PublishedConfigs.Llama)) with { BosTokenId = null, EosTokenIds = TokenIds.None };
        string json = config.ToJson();
        Assert.Contains("\"bos_token_id\": null", json);
        Assert.Contains("\"eos_token_id\": null", json);
        Assert.Equal(config, ModelConfig.Parse(Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void SavesIntoAFolder()
    {
        using var folder = new TemporaryFolder();
        ModelConfig config = ModelConfig.Load(ModelFixtures.Folder("qwen3-tiny-f32"));
        folder.Write("config.json", "old");
        config.Save(folder.Path);
        Assert.Equal(config, ModelConfig.Load(folder.Path));
        Assert.Single(Directory.GetFiles(folder.Path));
        Assert.Throws<ModelConfigException>(() => config.Save(folder.File("absent")));
    }
}
