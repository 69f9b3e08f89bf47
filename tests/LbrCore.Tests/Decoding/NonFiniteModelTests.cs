using LbrCore.Checks;
using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Model;

namespace LbrCore.Tests.Decoding;

public class NonFiniteModelTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_model_of_nan_says_so_instead_of_answering(double temperature)
    {
        using Device device = Device.Open("cpu");
        ModelConfig config = RandomModel.Toy(40);
        var weights = new TransformerWeights<float>(config, device);
        weights.Initialize(device.DefaultStream, 1);
        NamedParameter<float> norm = weights.Parameters.Single(parameter => parameter.Spec.Name == "model.norm.weight");
        device.DefaultStream.CopyFromHost<float>([.. Enumerable.Repeat(float.NaN, config.HiddenSize)], norm.View);
        using var model = new Transformer<float>(weights, device);
        var sizes = new SessionOptions { Sequences = 1, ContextLength = 8 };
        var sampling = new SamplingOptions { Temperature = temperature };
        using PlainDecoder plain = PlainDecoder.Create(model, sizes, []);
        using LbrDecoder lbr = LbrDecoder.Create(model, sizes, new LbrOptions { Width = 2, Depth = 2 }, []);
        Assert.Contains("no finite numbers", Assert.Throws<InvalidDataException>(() => plain.Decode([new int[] { 1, 2 }], sampling, 4).Count()).Message, StringComparison.Ordinal);
        Assert.Contains("no finite numbers", Assert.Throws<InvalidDataException>(() => lbr.Decode([new int[] { 1, 2 }], sampling, 4).Count()).Message, StringComparison.Ordinal);
    }
}
