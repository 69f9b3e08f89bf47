namespace LbrCore.Compute;

/// <summary>
/// Work captured from a stream, which is launched again and again in one call. It keeps the addresses it was captured with: what changes between
/// launches lives in device memory, and the buffers it uses must outlive it.
/// </summary>
public abstract class Graph : IDisposable
{
    private protected Graph(Device device)
    {
        Device = device;
    }

    /// <summary>The device it was captured on.</summary>
    public Device Device { get; }

    /// <summary>Kernels, copies, fills and other operations in the graph.</summary>
    public int NodeCount { get; private protected init; }

    /// <summary>Brings the graph to the device before its first launch, so that this one is as fast as the others.</summary>
    /// <param name="stream">A stream of the same device.</param>
    public void Upload(ComputeStream stream)
    {
        CheckStream(stream);
        UploadCore(stream);
    }

    /// <summary>Queues all of the graph on a stream. Launches of one graph never overlap.</summary>
    /// <param name="stream">A stream of the same device that is not capturing.</param>
    /// <exception cref="KernelFaultException">On the CPU: a kernel of the graph failed; those after it did not run.</exception>
    public void Launch(ComputeStream stream)
    {
        CheckStream(stream);
        if (stream.IsCapturing) throw new InvalidOperationException("A graph cannot be launched into a stream that captures: launch its parts instead.");
        stream.LaunchGraph(this);
    }

    /// <summary>Frees the graph. A second call does nothing.</summary>
    public abstract void Dispose();

    private protected abstract void UploadCore(ComputeStream stream);

    private protected abstract bool IsDisposed { get; }

    private void CheckStream(ComputeStream stream)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (!ReferenceEquals(stream.Device, Device)) throw new ArgumentException("The graph was captured on another device than the stream's.", nameof(stream));
    }
}
