using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Model;

namespace LbrCore.Checks;

/// <summary>A transformer with random weights on a device, and the same weights on the host.</summary>
/// <param name="Transformer">The model.</param>
/// <param name="Weights">Every parameter as the device has it, rounding included, under its name in checkpoints.</param>
internal sealed record RandomModel(Transformer Transformer, IReadOnlyDictionary<string, double[]> Weights) : IDisposable
{
    // Large enough that distributions are far from uniform and depend on every token before.
    private const double Gain = 1.4;

    /// <summary>A model whose vocabulary is so small that all trajectories can be listed.</summary>
    public static ModelConfig Toy(int vocabulary) => new()
    {
        Architecture = ModelArchitecture.Llama,
        HiddenSize = 16,
        IntermediateSize = 24,
        NumHiddenLayers = 2,
        NumAttentionHeads = 2,
        NumKeyValueHeads = 1,
        HeadDim = 8,
        VocabSize = vocabulary,
        MaxPositionEmbeddings = 64,
    };

    /// <summary>A model that is small enough for gradients by differences.</summary>
    public static ModelConfig Tiny(int vocabulary) => new()
    {
        Architecture = ModelArchitecture.Qwen3,
        HiddenSize = 32,
        IntermediateSize = 48,
        NumHiddenLayers = 2,
        NumAttentionHeads = 2,
        NumKeyValueHeads = 1,
        HeadDim = 16,
        VocabSize = vocabulary,
        MaxPositionEmbeddings = 512,
    };

    /// <summary>A model of the sizes that production kernels take: heads of 128 that share keys, and biases.</summary>
    public static ModelConfig Small { get; } = new()
    {
        Architecture = ModelArchitecture.Qwen2,
        HiddenSize = 256,
        IntermediateSize = 512,
        NumHiddenLayers = 2,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        HeadDim = 128,
        VocabSize = 512,
        MaxPositionEmbeddings = 128,
    };

    /// <summary>Makes a model.</summary>
    /// <exception cref="ArgumentException">Another element type than F32, BF16 or F16.</exception>
    public static RandomModel Create(Device device, ModelConfig config, TensorDtype elementType, int seed) => elementType switch
    {
        TensorDtype.F32 => Create<float>(device, config, seed),
        TensorDtype.BF16 => Create<BFloat16>(device, config, seed),
        TensorDtype.F16 => Create<Half>(device, config, seed),
        _ => throw new ArgumentException($"A model cannot compute in {elementType.Name()}; choose F32, BF16 or F16.", nameof(elementType)),
    };

    /// <summary>Frees the model.</summary>
    public void Dispose() => Transformer.Dispose();

    private static RandomModel Create<T>(Device device, ModelConfig config, int seed)
        where T : unmanaged
    {
        var weights = new TransformerWeights<T>(config, device);
        var random = new Random(seed);
        var exact = new Dictionary<string, double[]>();
        foreach (NamedParameter<T> parameter in weights.Parameters)
        {
            var values = new T[parameter.View.Length];
            for (int i = 0; i < values.Length; i++) values[i] = Element.FromFloat<T>((float)Value(parameter.Spec, random));
            device.DefaultStream.CopyFromHost<T>(values, parameter.View);
            exact.Add(parameter.Spec.Name, [.. values.Select(value => (double)Element.ToFloat(value))]);
        }

        device.Synchronize();
        return new RandomModel(new Transformer<T>(weights, device), exact);
    }

    // A norm's weight near one, a small bias, and matrices that keep the size of what they multiply.
    private static double Value(TensorSpec spec, Random random)
    {
        double uniform = (2 * random.NextDouble()) - 1;
        if (spec.Shape.Length == 1) return spec.Name.EndsWith(".bias", StringComparison.Ordinal) ? 0.2 * uniform : 1 + (0.2 * uniform);
        return spec.Name == CheckpointTensors.Embedding ? uniform : Gain * Math.Sqrt(3.0 / spec.Shape[1]) * uniform;
    }
}
