using System.Text;
using LbrCore.Formats.Configuration;

namespace LbrCore.Tests.Formats.Configuration;

public class GenerationConfigTests
{
    [Fact]
    public void ReadsWhatModelsRecommend()
    {
        GenerationConfig config = Parse("""
            {"bos_token_id": 151643, "pad_token_id": 151643, "do_sample": true, "eos_token_id": [151645, 151643], "repetition_penalty": 1.1,
             "temperature": 0.7, "top_p": 0.8, "top_k": 20, "min_p": 0, "transformers_version": "4.37.0"}
            """);
        Assert.Equal(
            new GenerationConfig
            {
                BosTokenId = 151643,
                EosTokenIds = [151645, 151643],
                DoSample = true,
                Temperature = 0.7,
                TopP = 0.8,
                TopK = 20,
                MinP = 0,
                RepetitionPenalty = 1.1,
            },
            config);
    }

    [Fact]
    public void LeavesWhatIsNotSaidOpen()
    {
        GenerationConfig config = Parse("""{"temperature": null}""");
        Assert.Equal(new GenerationConfig(), config);
        Assert.Null(config.Temperature);
    }

    [Theory]
    [InlineData("""{"temperature": -1}""", "temperature is -1, which is not at least 0")]
    [InlineData("""{"temperature": "hot"}""", "temperature is \"hot\"")]
    [InlineData("""{"top_p": 0}""", "top_p is 0")]
    [InlineData("""{"top_p": 1.5}""", "top_p is 1.5")]
    [InlineData("""{"top_k": -1}""", "top_k is -1")]
    [InlineData("""{"top_k": 2.5}""", "top_k is 2.5")]
    [InlineData("""{"min_p": 2}""", "min_p is 2")]
    [InlineData("""{"repetition_penalty": 0}""", "repetition_penalty is 0")]
    [InlineData("""{"eos_token_id": [1, "x"]}""", "eos_token_id is \"x\"")]
    [InlineData("""[]""", "not an object")]
    public void RefusesByName(string json, string says) =>
        Assert.Contains(says, Assert.Throws<ModelConfigException>(() => Parse(json)).Message);

    [Theory]
    [MemberData(nameof(ModelFixtures.All), MemberType = typeof(ModelFixtures))]
    public void ReadsTheFixtures(string name)
    {
        string folder = ModelFixtures.Folder(name);
        GenerationConfig config = GenerationConfig.LoadOrDefault(folder, ModelConfig.Load(folder));
        Assert.Equal((1, null, null), (config.BosTokenId, config.Temperature, config.TopK));
        Assert.Equal([2], config.EosTokenIds);
    }

    [Fact]
    public void FallsBackToTheModelsTokens()
    {
        ModelConfig model = ModelConfig.Parse(Encoding.UTF8.GetBytes(PublishedConfigs.Llama));
        using var folder = new TemporaryFolder();
        Assert.Equal(model.EosTokenIds, GenerationConfig.LoadOrDefault(folder.Path, model).EosTokenIds);
        folder.Write("generation_config.json", """{"top_k": 5, "eos_token_id": 3}""");
        GenerationConfig config = GenerationConfig.LoadOrDefault(folder.Path, model);
        Assert.Equal((5, 128000), (config.TopK, config.BosTokenId));
        Assert.Equal([3], config.EosTokenIds);
        folder.Write("generation_config.json", "{");
        Assert.Throws<ModelConfigException>(() => GenerationConfig.LoadOrDefault(folder.Path, model));
    }

    private static GenerationConfig Parse(string json) => GenerationConfig.Parse(Encoding.UTF8.GetBytes(json));
}
