using System.Runtime.CompilerServices;
using LbrCore.Compute;
using LbrCore.Model;

namespace LbrCore.Training;

/// <summary>Float32 numbers that belong to the weights of a model one by one, laid out as they are: gradients, master weights, moments.</summary>
/// <typeparam name="T">Element type of the weights.</typeparam>
public sealed class FloatTwin<T> : IDisposable
    where T : unmanaged
{
    private readonly TransformerWeights<T> _weights;
    private readonly DeviceBuffer<float> _memory;

    /// <summary>Allocates zeros.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="device">Where they lie.</param>
    public FloatTwin(TransformerWeights<T> weights, Device device)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(device);
        _weights = weights;
        _memory = device.Allocate<float>(weights.Arena.Length);
        _memory.Clear();
    }

    /// <summary>All of it.</summary>
    public ArrayView<float> All => _memory.View;

    /// <summary>What belongs to some of the weights.</summary>
    /// <param name="weights">A view of weights of the model.</param>
    public ArrayView<float> Of(ArrayView<T> weights)
    {
        if (!weights.IsValid || weights.Length == 0) return default;
        long start = (weights.Pointer - _weights.Arena.Pointer) / Unsafe.SizeOf<T>();
        return _memory.View.SubView(start, weights.Length);
    }

    /// <summary>Sets everything to zero.</summary>
    /// <param name="stream">Where the work is queued.</param>
    public void Clear(ComputeStream stream) => _memory.Clear(stream);

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _memory.Dispose();
}
