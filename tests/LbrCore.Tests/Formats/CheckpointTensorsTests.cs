using System.Text;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Formats.Safetensors;
using LbrCore.Tests.Formats.Configuration;

namespace LbrCore.Tests.Formats;

public class CheckpointTensorsTests
{
    [Theory]
    [MemberData(nameof(ModelFixtures.All), MemberType = typeof(ModelFixtures))]
    public void FixturesHoldWhatTheirConfigCallsFor(string name)
    {
        ModelConfig config = ModelConfig.Load(ModelFixtures.Folder(name));
        using SafetensorsModel model = SafetensorsModel.Open(ModelFixtures.Folder(name));

        Assert.Empty(CheckpointTensors.Verify(model, config));

        Assert.Equal(model.Names.Order(), CheckpointTensors.Expected(config, config.Dtype!.Value).Select(tensor => tensor.Name).Order());
        Assert.Equal(model.ByteLength, CheckpointTensors.Expected(config, config.Dtype!.Value).Sum(tensor => tensor.ByteLength));
        Assert.All(model.Tensors, tensor => Assert.Equal(config.Dtype, tensor.Dtype));
    }

    /// <summary>Totals as the model cards give them.</summary>
    [Theory]
    [InlineData(PublishedConfigs.Qwen2, 1_543_714_304)]
    [InlineData(PublishedConfigs.Qwen3, 596_049_920)]
    [InlineData(PublishedConfigs.Llama, 8_030_261_248)]
    public void CountsTheParametersOfPublishedModels(string json, long parameters) =>
        Assert.Equal(parameters, CheckpointTensors.ParameterCount(ModelConfig.Parse(Encoding.UTF8.GetBytes(json))));

    [Fact]
    public void NamesTheTensorThatDoesNotFit()
    {
        string folder = ModelFixtures.Folder("qwen2-tiny-f32");
        ModelConfig config = ModelConfig.Load(folder);
        using SafetensorsModel model = SafetensorsModel.Open(folder);

        AssertRefused(config with { NumHiddenLayers = 4 }, "tensor model.layers.3.input_layernorm.weight is missing");
        AssertRefused(config with { IntermediateSize = 180 }, "model.layers.0.mlp.gate_proj.weight F32 [176, 64] should have shape [180, 64]");
        AssertRefused(config with { VocabSize = 513 }, "should have shape [513, 64]");
        AssertRefused(config with { Architecture = ModelArchitecture.Qwen3 }, "self_attn.q_norm.weight is missing");

        void AssertRefused(ModelConfig wrong, string says) =>
            Assert.Contains(says, Assert.Throws<CheckpointException>(() => CheckpointTensors.Verify(model, wrong)).Message);
    }

    [Fact]
    public void ReportsTensorsNobodyUses()
    {
        string folder = ModelFixtures.Folder("qwen2-tiny-f32");
        ModelConfig config = ModelConfig.Load(folder);
        using SafetensorsModel model = SafetensorsModel.Open(folder);

        Assert.Equal(
            ["model.layers.2.self_attn.v_proj.bias"],
            CheckpointTensors.Verify(model, config with { Architecture = ModelArchitecture.Llama }).Where(name => name.Contains("layers.2.self_attn.v")));
        // A tied model may still carry the output matrix.
        Assert.Empty(CheckpointTensors.Verify(model, config with { TieWordEmbeddings = true }));
    }

    [Fact]
    public void RefusesWeightsThatAreNotFloats()
    {
        ModelConfig config = ModelConfig.Load(ModelFixtures.Folder("qwen2-tiny-f32"));
        using var folder = new TemporaryFolder();
        using (SafetensorsWriter writer = SafetensorsWriter.Create(folder.File("model.safetensors"), CheckpointTensors.Expected(config, TensorDtype.I8)))
        {
            foreach (TensorInfo tensor in writer.Tensors)
                writer.Append(tensor.Name, (_, destination) => destination.Clear());
            writer.Commit();
        }

        using SafetensorsModel model = SafetensorsModel.Open(folder.Path);
        Assert.Contains("should be F32, F16 or BF16", Assert.Throws<CheckpointException>(() => CheckpointTensors.Verify(model, config)).Message);
    }
}
