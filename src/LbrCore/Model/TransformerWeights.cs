using System.Runtime.CompilerServices;
using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;

namespace LbrCore.Model;

/// <summary>All weights of a transformer in one allocation on a device.</summary>
/// <remarks>Matrices that multiply the same input lie one under the other and are used as one: query, key and value; gate and up.</remarks>
/// <typeparam name="T">Element type: <see cref="float"/>, <see cref="BFloat16"/> or <see cref="Half"/>.</typeparam>
public sealed class TransformerWeights<T> : IDisposable
    where T : unmanaged
{
    /// <summary>Tensors start at multiples of so many bytes, so that wide loads and tensor maps always fit.</summary>
    private const int Alignment = 256;

    private readonly DeviceBuffer<T> _arena;
    private readonly List<NamedParameter<T>> _parameters = [];

    /// <summary>Allocates the weights of a model, with undefined contents.</summary>
    /// <param name="config">A valid config.</param>
    /// <param name="device">Where they lie.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not that much memory free; the message says how much was asked for.</exception>
    public TransformerWeights(ModelConfig config, Device device)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(device);
        Config = config;
        Plan(config).Require(device, "Use a smaller element type, a smaller model, or a device with more memory.");
        _arena = device.Allocate<T>(ElementCount(config));

        long taken = 0;
        Dictionary<string, TensorSpec> specs = CheckpointTensors.Expected(config, ElementTypes.Of<T>()).ToDictionary(spec => spec.Name);
        Embedding = Take(CheckpointTensors.Embedding);
        Layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(TakeLayer)];
        FinalNorm = Take(CheckpointTensors.FinalNorm);
        LmHead = config.TieWordEmbeddings ? Embedding : Take(CheckpointTensors.LmHead);

        LayerWeights<T> TakeLayer(int layer)
        {
            return new LayerWeights<T>
            {
                InputNorm = TakeInLayer("input_layernorm.weight"),
                QueryKeyValue = TakeInLayer("self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight"),
                QueryKeyValueBias = TakeInLayer("self_attn.q_proj.bias", "self_attn.k_proj.bias", "self_attn.v_proj.bias"),
                QueryNorm = TakeInLayer("self_attn.q_norm.weight"),
                KeyNorm = TakeInLayer("self_attn.k_norm.weight"),
                Output = TakeInLayer("self_attn.o_proj.weight"),
                OutputBias = TakeInLayer("self_attn.o_proj.bias"),
                PostAttentionNorm = TakeInLayer("post_attention_layernorm.weight"),
                GateUp = TakeInLayer("mlp.gate_proj.weight", "mlp.up_proj.weight"),
                Down = TakeInLayer("mlp.down_proj.weight"),
            };

            ArrayView<T> TakeInLayer(params ReadOnlySpan<string> names) => Take([.. names.ToArray().Select(name => CheckpointTensors.InLayer(layer, name))]);
        }

        // Parameters that the config does not call for give an empty view.
        ArrayView<T> Take(params ReadOnlySpan<string> names)
        {
            taken = Aligned(taken);
            long start = taken;
            foreach (string name in names)
            {
                if (!specs.TryGetValue(name, out TensorSpec? spec)) continue;
                long length = spec.ByteLength / Unsafe.SizeOf<T>();
                _parameters.Add(new NamedParameter<T>(spec, _arena.View.SubView(taken, length)));
                taken += length;
            }

            return _arena.View.SubView(start, taken - start);
        }
    }

    /// <summary>The model that the weights belong to.</summary>
    public ModelConfig Config { get; }

    /// <summary><c>model.embed_tokens.weight</c>, [vocabulary, hidden].</summary>
    public ArrayView<T> Embedding { get; }

    /// <summary>The layers in order.</summary>
    public IReadOnlyList<LayerWeights<T>> Layers { get; }

    /// <summary><c>model.norm.weight</c>, [hidden].</summary>
    public ArrayView<T> FinalNorm { get; }

    /// <summary><c>lm_head.weight</c>, [vocabulary, hidden]; the embedding where they are tied.</summary>
    public ArrayView<T> LmHead { get; }

    /// <summary>Every parameter once, under its name in checkpoints.</summary>
    public IReadOnlyList<NamedParameter<T>> Parameters => _parameters;

    /// <summary>The whole allocation: every parameter, and the gaps that align them, whose contents have no meaning.</summary>
    internal ArrayView<T> Arena => _arena.View;

    /// <summary>Fills all weights as an untrained model has them: matrices with normal numbers, norms with ones, biases with zeros.</summary>
    /// <param name="stream">Where the work is queued.</param>
    /// <param name="seed">The same seed gives the same model.</param>
    /// <param name="deviation">Standard deviation (<c>initializer_range</c>).</param>
    public void Initialize(ComputeStream stream, ulong seed, float deviation = 0.02f)
    {
        for (int i = 0; i < _parameters.Count; i++)
        {
            NamedParameter<T> parameter = _parameters[i];
            if (parameter.Spec.Shape.Length == 2) Initialization.LaunchNormal(stream, parameter.View, deviation, seed, (uint)i);
            else Elements.LaunchFill(stream, parameter.View, Element.FromFloat<T>(parameter.Spec.Name.EndsWith(".bias", StringComparison.Ordinal) ? 0f : 1f));
        }
    }

    /// <summary>What the constructor allocates.</summary>
    /// <param name="config">A valid config.</param>
    public static MemoryPlan Plan(ModelConfig config) => new MemoryPlan().Add("weights", ElementCount(config), Unsafe.SizeOf<T>());

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _arena.Dispose();

    // Room for every tensor to be moved up to its alignment.
    private static long ElementCount(ModelConfig config) => CheckpointTensors.Expected(config, ElementTypes.Of<T>()).Sum(spec => Aligned(spec.ByteLength / Unsafe.SizeOf<T>()));

    private static long Aligned(long elements)
    {
        int step = Alignment / Unsafe.SizeOf<T>();
        return (elements + step - 1) / step * step;
    }
}
