using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Model;

namespace LbrCore.Training.Optimization;

/// <summary>Parameters that are clipped together and learn at one rate: float32 weights and moments beside the weights that the model computes with.</summary>
public abstract class ParameterGroup : IDisposable
{
    private readonly DeviceBuffer<float> _mean;
    private readonly DeviceBuffer<float> _square;
    private readonly DeviceBuffer<float> _parts;

    private protected ParameterGroup(string name, Device device, ArrayView<float> gradient, OptimizerOptions options)
    {
        options.Validate();
        (Name, Gradient, Options) = (name, gradient, options);
        _mean = device.Allocate<float>(gradient.Length);
        _square = device.Allocate<float>(gradient.Length);
        _parts = device.Allocate<float>(Optimizer.Parts(gradient.Length));
        _mean.Clear();
        _square.Clear();
    }

    /// <summary>What the group is called in checkpoints.</summary>
    public string Name { get; }

    /// <summary>How it learns.</summary>
    public OptimizerOptions Options { get; }

    /// <summary>The gradient, which is cleared after each step.</summary>
    public ArrayView<float> Gradient { get; }

    /// <summary>The weights in float32.</summary>
    public abstract ArrayView<float> Master { get; }

    /// <summary>Means of gradients.</summary>
    public ArrayView<float> Mean => _mean.View;

    /// <summary>Means of squares.</summary>
    public ArrayView<float> Square => _square.View;

    /// <summary>What a group allocates.</summary>
    /// <param name="parameters">Numbers that learn, with the gaps between them.</param>
    /// <param name="masters">Whether the weights of the model are of another type than float32.</param>
    public static MemoryPlan Plan(long parameters, bool masters) => new MemoryPlan()
        .Add("moments", 2 * parameters, sizeof(float))
        .Add("master weights", masters ? parameters : 0, sizeof(float))
        .Add("norms", Optimizer.Parts(parameters), sizeof(float));

    internal ArrayView<float> Parts => _parts.View;

    /// <summary>Brings the weights of the model to what <see cref="Master"/> says.</summary>
    /// <param name="stream">Where the work is queued.</param>
    public abstract void Publish(ComputeStream stream);

    /// <summary>Queues one update.</summary>
    internal abstract void Update(ComputeStream stream, ArrayView<OptimizerState> states, int index, AdamOptions options);

    /// <summary>Frees the memory.</summary>
    public virtual void Dispose()
    {
        _mean.Dispose();
        _square.Dispose();
        _parts.Dispose();
    }
}

/// <summary>A group whose model computes in float32 or bfloat16.</summary>
/// <typeparam name="T">Element type of the model's weights.</typeparam>
public sealed class ParameterGroup<T> : ParameterGroup
    where T : unmanaged
{
    private readonly ArrayView<T> _weights;
    private readonly DeviceBuffer<float>? _master;

    /// <summary>A group that begins at the weights as they are.</summary>
    /// <param name="name">What it is called in checkpoints.</param>
    /// <param name="stream">Where the work is queued.</param>
    /// <param name="weights">The weights that the model computes with.</param>
    /// <param name="gradient">Their gradient, laid out alike.</param>
    /// <param name="options">How it learns.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public ParameterGroup(string name, ComputeStream stream, ArrayView<T> weights, ArrayView<float> gradient, OptimizerOptions options)
        : base(name, stream.Device, gradient, options)
    {
        _weights = weights;
        // Weights of float32 are their own masters.
        if (typeof(T) == typeof(float)) return;
        _master = stream.Device.Allocate<float>(weights.Length);
        Elements.LaunchCast(stream, weights, _master.View);
    }

    /// <inheritdoc/>
    public override ArrayView<float> Master => _master is null ? _weights.Cast<float>() : _master.View;

    /// <inheritdoc/>
    public override void Publish(ComputeStream stream)
    {
        if (_master is not null) Elements.LaunchCast(stream, _master.View, _weights);
    }

    internal override void Update(ComputeStream stream, ArrayView<OptimizerState> states, int index, AdamOptions options) =>
        Optimizer.LaunchUpdate(stream, Gradient, Master, Mean, Square, _weights, states, index, options);

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _master?.Dispose();
    }
}
