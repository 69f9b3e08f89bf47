using LbrCore.Checks;
using LbrCore.Compute;
using LbrCore.Model;

namespace LbrCore.Tests.Decoding;

/// <summary>A transformer with random weights and a vocabulary so small that all trajectories can be listed.</summary>
internal static class ToyModel
{
    public static Transformer Create(Device device, int vocabulary, int seed = 1)
    {
        var weights = new TransformerWeights<float>(RandomModel.Toy(vocabulary), device);
        var random = new Random(seed);
        foreach (NamedParameter<float> parameter in weights.Parameters)
        {
            float[] values = new float[parameter.View.Length];
            // Large enough that the distributions are far from uniform and depend on every token before.
            for (int i = 0; i < values.Length; i++) values[i] = parameter.Spec.Name.Contains("norm", StringComparison.Ordinal) ? 1 : (float)((random.NextDouble() - 0.5) * 1.2);
            device.DefaultStream.CopyFromHost<float>(values, parameter.View);
        }

        device.Synchronize();
        return new Transformer<float>(weights, device);
    }
}
