namespace LbrCore.Kernels;

/// <summary>
/// Memory in which groups that share the keys of a sequence meet. Allocated once and handed to every launch of one stream, also in captured graphs; launches that
/// may run at the same time need one each.
/// </summary>
public sealed class AttentionWorkspace : IDisposable
{
    // Columns and elements of the largest part: 64 columns of heads of 128.
    private const int LargestPart = 64 * (128 + 4);
    private const int GroupsOfMultiprocessor = 2;
    private const int Counters = 4096;

    /// <summary>Allocates what every plan of <see cref="Attention"/> on the device fits in: 18 MB on a GPU of 132 multiprocessors, nothing on a CPU.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not that much memory.</exception>
    public AttentionWorkspace(Device device) : this(device, PartialsOn(device.Info), Counters)
    {
    }

    /// <summary>Allocates a workspace of given size.</summary>
    /// <param name="device">The device.</param>
    /// <param name="partials">Floats for parts.</param>
    /// <param name="arrivals">Counters of groups.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not that much memory.</exception>
    public AttentionWorkspace(Device device, long partials, int arrivals)
    {
        Partials = device.Allocate<float>(partials);
        Arrivals = device.Allocate<uint>(arrivals);
        Arrivals.Clear();
        // The counters are read by whatever stream launches next, and every kernel leaves them at zero.
        device.DefaultStream.Synchronize();
    }

    /// <summary>Parts; contents have no meaning between launches.</summary>
    public DeviceBuffer<float> Partials { get; }

    /// <summary>Groups that have arrived at an item; zero between launches.</summary>
    public DeviceBuffer<uint> Arrivals { get; }

    /// <summary>Bytes that <see cref="AttentionWorkspace(Device)"/> allocates.</summary>
    /// <param name="device">The device.</param>
    public static long BytesOn(DeviceInfo device) => (PartialsOn(device) * sizeof(float)) + (Counters * sizeof(uint));

    /// <summary>Frees the memory after the work queued so far.</summary>
    public void Dispose()
    {
        Partials.Dispose();
        Arrivals.Dispose();
    }

    // Each group leaves at most two parts.
    private static long PartialsOn(DeviceInfo device) => device.Kind == DeviceKind.Cuda ? 2L * LargestPart * GroupsOfMultiprocessor * device.MultiprocessorCount : 1;
}
