using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Formats.Safetensors;
using LbrCore.Kernels;

namespace LbrCore.Model;

/// <summary>
/// A Qwen2, Qwen3 or Llama model on a device: config and weights, which do not change and can serve several sessions. Computing is done by a <see cref="InferenceSession{T}"/>.
/// </summary>
/// <remarks>Every instance is a <see cref="Transformer{T}"/> of the element type that was chosen when it was loaded.</remarks>
public abstract class Transformer : IDisposable
{
    private protected Transformer(ModelConfig config, Device device)
    {
        Config = config;
        Device = device;
    }

    /// <summary>Sizes and constants.</summary>
    public ModelConfig Config { get; }

    /// <summary>Where the weights are and the work is done.</summary>
    public Device Device { get; }

    /// <summary>Type of weights, activations and cache.</summary>
    public abstract TensorDtype ElementType { get; }

    /// <summary>Names of tensors in the checkpoint that the config does not call for; they are ignored, as transformers does.</summary>
    public IReadOnlyList<string> UnusedTensors { get; internal init; } = [];

    /// <summary>Loads a Hugging Face folder.</summary>
    /// <param name="folder">Folder with config.json and model.safetensors or its shards.</param>
    /// <param name="device">Where the model lives; it must outlive the model.</param>
    /// <param name="elementType">F32, BF16 or F16; null for <see cref="ElementTypes.DefaultFor"/>.</param>
    /// <param name="progress">Told after each tensor.</param>
    /// <param name="cancellation">Ends the loading between tensors.</param>
    /// <exception cref="CheckpointException">Config or weights are missing, invalid or unsupported.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory free; the message says how much is needed.</exception>
    /// <exception cref="OperationCanceledException">The loading was cancelled.</exception>
    public static Transformer Load(
        string folder, Device device, TensorDtype? elementType = null, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        ModelConfig config = ModelConfig.Load(folder);
        using SafetensorsModel source = SafetensorsModel.Open(folder);
        return Load(source, config, device, elementType, progress, cancellation);
    }

    /// <summary>Loads weights from any source of tensors.</summary>
    /// <param name="source">Tensors under the names of transformers; not kept.</param>
    /// <param name="config">A valid config.</param>
    /// <param name="device">Where the model lives; it must outlive the model.</param>
    /// <param name="elementType">F32, BF16 or F16; null for <see cref="ElementTypes.DefaultFor"/>.</param>
    /// <param name="progress">Told after each tensor.</param>
    /// <param name="cancellation">Ends the loading between tensors.</param>
    /// <exception cref="CheckpointException">A tensor is missing or has another shape or type than the config says, or the config has a size that no kernel takes.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory free; the message says how much is needed.</exception>
    /// <exception cref="OperationCanceledException">The loading was cancelled.</exception>
    public static Transformer Load(
        ITensorSource source, ModelConfig config, Device device, TensorDtype? elementType = null, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(device);
        config.Validate();
        if (config.HeadDim > Attention.MaximumHeadDim)
            throw new ModelConfigException($"{source.Description}: head_dim is {config.HeadDim}; attention is compiled for head sizes up to {Attention.MaximumHeadDim}.");
        return (elementType ?? ElementTypes.DefaultFor(device)) switch
        {
            TensorDtype.F32 => Transformer<float>.Load(source, config, device, progress, cancellation),
            TensorDtype.BF16 => Transformer<BFloat16>.Load(source, config, device, progress, cancellation),
            TensorDtype.F16 => Transformer<Half>.Load(source, config, device, progress, cancellation),
            TensorDtype other => throw NoElementType(other),
        };
    }

    /// <summary>What a model of this config and a session with it allocate.</summary>
    /// <param name="config">A valid config.</param>
    /// <param name="elementType">F32, BF16 or F16.</param>
    /// <param name="session">Sizes of the session.</param>
    /// <exception cref="ArgumentException">Another element type, or sizes out of range.</exception>
    public static MemoryPlan Plan(ModelConfig config, TensorDtype elementType, SessionOptions session) => PlanWeights(config, elementType).Add(PlanSession(config, elementType, session, null));

    /// <summary>What a model of this config allocates.</summary>
    internal static MemoryPlan PlanWeights(ModelConfig config, TensorDtype elementType) => elementType switch
    {
        TensorDtype.F32 => TransformerWeights<float>.Plan(config),
        TensorDtype.BF16 => TransformerWeights<BFloat16>.Plan(config),
        TensorDtype.F16 => TransformerWeights<Half>.Plan(config),
        _ => throw NoElementType(elementType),
    };

    /// <summary>What a session with a model of this config allocates; the workspaces too where the device is known.</summary>
    internal static MemoryPlan PlanSession(ModelConfig config, TensorDtype elementType, SessionOptions session, DeviceInfo? device) => elementType switch
    {
        TensorDtype.F32 => InferenceSession<float>.Plan(config, session, device),
        TensorDtype.BF16 => InferenceSession<BFloat16>.Plan(config, session, device),
        TensorDtype.F16 => InferenceSession<Half>.Plan(config, session, device),
        _ => throw NoElementType(elementType),
    };

    private static ArgumentException NoElementType(TensorDtype type) => new($"A model cannot compute in {type.Name()}; choose F32, BF16 or F16.", "elementType");

    /// <summary>Frees the weights.</summary>
    public abstract void Dispose();
}

/// <summary>A transformer whose weights and activations have elements of one type.</summary>
/// <typeparam name="T"><see cref="float"/>, <see cref="BFloat16"/> or <see cref="Half"/>.</typeparam>
public sealed class Transformer<T> : Transformer
    where T : unmanaged
{
    private readonly DeviceBuffer<float> _frequencies;

    /// <summary>Puts a model together from weights, which it owns from now on.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="device">Where they lie.</param>
    public Transformer(TransformerWeights<T> weights, Device device)
        : base(weights.Config, device)
    {
        Weights = weights;
        _frequencies = device.Allocate<float>([.. weights.Config.RopeInverseFrequencies().Select(frequency => (float)frequency)]);
    }

    /// <summary>The weights.</summary>
    public TransformerWeights<T> Weights { get; }

    /// <inheritdoc/>
    public override TensorDtype ElementType => ElementTypes.Of<T>();

    /// <summary>Radians per position of each rotated pair, [head_dim / 2].</summary>
    internal ArrayView<float> RopeFrequencies => _frequencies.View;

    /// <summary>Frees the weights.</summary>
    public override void Dispose()
    {
        Weights.Dispose();
        _frequencies.Dispose();
    }

    internal static Transformer<T> Load(ITensorSource source, ModelConfig config, Device device, IProgress<LoadProgress>? progress, CancellationToken cancellation)
    {
        IReadOnlyList<string> unused = CheckpointTensors.Verify(source, config);
        var weights = new TransformerWeights<T>(config, device);
        try
        {
            using var upload = new WeightUpload<T>(source, device.DefaultStream);
            long total = weights.Parameters.Sum(parameter => parameter.Spec.ByteLength), loaded = 0;
            foreach (NamedParameter<T> parameter in weights.Parameters)
            {
                cancellation.ThrowIfCancellationRequested();
                upload.Copy(parameter.Spec.Name, parameter.View);
                progress?.Report(new LoadProgress(loaded += parameter.Spec.ByteLength, total));
            }

            device.DefaultStream.Synchronize();
            return new Transformer<T>(weights, device) { UnusedTensors = unused };
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }
}
