namespace LbrCore.Kernels;

/// <summary>
/// Memory in which groups that split the sum of a linear layer meet. Allocated once and handed to every launch of one stream, also in captured graphs;
/// launches that may run at the same time need one each.
/// </summary>
public sealed class LinearWorkspace : IDisposable
{
    // The largest split tile, on every multiprocessor twice.
    private const int LargestTile = 128 * 128;
    private const int GroupsOfMultiprocessor = 2;
    private const int Counters = 4096;

    /// <summary>Allocates what every split of <see cref="Linear"/> on the device fits in: 17 MB on a GPU of 132 multiprocessors.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not that much memory.</exception>
    public LinearWorkspace(Device device) : this(device, (long)LargestTile * GroupsOfMultiprocessor * device.Info.MultiprocessorCount, Counters)
    {
    }

    /// <summary>Allocates a workspace of given size.</summary>
    /// <param name="device">The device.</param>
    /// <param name="partialSums">Floats for partial sums.</param>
    /// <param name="arrivals">Counters of groups.</param>
    /// <exception cref="OutOfDeviceMemoryException">The device has not that much memory.</exception>
    public LinearWorkspace(Device device, long partialSums, int arrivals)
    {
        Partials = device.Allocate<float>(partialSums);
        Arrivals = device.Allocate<uint>(arrivals);
        Arrivals.Clear();
        // The counters are read by whatever stream launches next, and every kernel leaves them at zero.
        device.DefaultStream.Synchronize();
    }

    /// <summary>Bytes that <see cref="LinearWorkspace(Device)"/> allocates.</summary>
    /// <param name="device">The device.</param>
    public static long BytesOn(DeviceInfo device) => ((long)LargestTile * GroupsOfMultiprocessor * device.MultiprocessorCount * sizeof(float)) + (Counters * sizeof(uint));

    /// <summary>Partial sums; contents have no meaning between launches.</summary>
    public DeviceBuffer<float> Partials { get; }

    /// <summary>Groups that have arrived at a tile; zero between launches.</summary>
    public DeviceBuffer<uint> Arrivals { get; }

    /// <summary>Frees the memory after the work queued so far.</summary>
    public void Dispose()
    {
        Partials.Dispose();
        Arrivals.Dispose();
    }
}
