using LbrCore.Compute;
using LbrCore.KernelVerification;

namespace LbrCore.Checks.Gradients;

/// <summary>Arrays on a device that live as long as one test of a kernel.</summary>
internal sealed class DeviceArrays(Device device) : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    /// <summary>Where kernels are queued.</summary>
    public ComputeStream Stream => device.DefaultStream;

    /// <summary>A copy of values, rounded.</summary>
    public DeviceBuffer<T> Of<T>(double[] values) where T : unmanaged => Of<T>(Numbers.Round<T>(values));

    /// <summary>A copy of elements.</summary>
    public DeviceBuffer<T> Of<T>(ReadOnlySpan<T> elements) where T : unmanaged => Own(device.Allocate(elements));

    /// <summary>Zeros.</summary>
    public DeviceBuffer<T> Zeros<T>(long length) where T : unmanaged => Own(device.Allocate<T>(new T[length]));

    /// <summary>What an array holds now.</summary>
    public static double[] Read<T>(DeviceBuffer<T> array) where T : unmanaged => Numbers.ToDouble(array.ToArray());

    /// <summary>Frees all of them.</summary>
    public void Dispose()
    {
        foreach (IDisposable array in _owned) array.Dispose();
    }

    private DeviceBuffer<T> Own<T>(DeviceBuffer<T> array) where T : unmanaged
    {
        _owned.Add(array);
        return array;
    }
}
