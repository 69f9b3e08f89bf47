namespace LbrCore.Compute;

/// <summary>
/// A queue of work on a device: what is put in runs in order. On a GPU all calls but the copies to ordinary host memory return at once; on the CPU
/// each call runs its work before it returns, which is an order that every correct program allows.
/// </summary>
/// <remarks>
/// One thread at a time may use a stream. An error of a kernel on the GPU shows at a later call, usually <see cref="Synchronize"/>, whose exception
/// names the kernels launched since the last time; on the CPU it shows at the launch.
/// </remarks>
public abstract partial class ComputeStream : IDisposable
{
    private long _launches, _graphLaunches, _copies, _fills, _synchronizations, _eventOperations, _captured;
    private bool _disposed;
    private int? _carveout;

    private protected ComputeStream(Device device)
    {
        Device = device;
    }

    /// <summary>The device it belongs to.</summary>
    public Device Device { get; }

    /// <summary>
    /// Percent of a multiprocessor's joint shared memory and L1 that the next launches prefer as shared memory, 0 to 100; null, the default, leaves it to the driver, kernel by kernel.
    /// </summary>
    /// <remarks>
    /// A multiprocessor must run empty before it can be split anew, so kernels that follow each other should agree. More shared memory lets more groups of kernels that stage tiles in it
    /// run at once; more L1 leaves room for loads under way. A captured graph keeps what held at its capture. Source: CUDA driver API,
    /// CU_LAUNCH_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT; without a meaning on the CPU and for drivers before CUDA 12.8.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">No percentage.</exception>
    public int? SharedMemoryCarveout
    {
        get => _carveout;
        set
        {
            if (value is < 0 or > 100) throw new ArgumentOutOfRangeException(nameof(value), value, "A carve-out is 0 to 100 percent of shared memory, or null for the driver's choice.");
            _carveout = value;
        }
    }

    /// <summary>What it has been asked to do so far.</summary>
    public StreamCounters Counters => new(_launches, _graphLaunches, _copies, _fills, _synchronizations, _eventOperations, _captured);

    /// <summary>Kernels launched so far one by one; those recorded by a capture do not count.</summary>
    public long LaunchCount => _launches;

    /// <summary>Waits on the host until all work of the stream is done.</summary>
    /// <exception cref="DriverException">A kernel failed; the message names the kernels launched since the last synchronisation.</exception>
    /// <exception cref="InvalidOperationException">The stream is capturing.</exception>
    public void Synchronize()
    {
        CheckUsable();
        RefuseCapture("The host cannot wait for a stream that captures");
        _synchronizations++;
        SynchronizeCore();
    }

    /// <summary>Puts a mark in the stream.</summary>
    /// <param name="mark">An event of the same device.</param>
    public void Record(ComputeEvent mark)
    {
        CheckUsable();
        CheckEvent(mark);
        RecordCore(mark);
        mark.CaptureOrigin = _captureOrigin;
        _eventOperations++;
    }

    /// <summary>What is queued here from now on starts after the mark; the host does not wait. A mark recorded in a capture draws this stream into that capture.</summary>
    /// <param name="mark">An event of the same device.</param>
    public void Wait(ComputeEvent mark)
    {
        CheckUsable();
        CheckEvent(mark);
        if (mark.CaptureOrigin is { IsCapturing: true } origin && !IsCapturing) JoinCapture(origin);
        WaitCore(mark);
        _eventOperations++;
    }

    /// <summary>Launches a kernel. Called by generated launchers after the kernel's contract was checked.</summary>
    /// <param name="variant">The kernel.</param>
    /// <param name="config">The launch.</param>
    /// <param name="slots">The argument block; copied before this returns.</param>
    /// <exception cref="LaunchContractException">The launch is impossible on this device.</exception>
    /// <exception cref="KernelNotSupportedException">The device cannot run this kernel.</exception>
    /// <exception cref="PtxCompilationException">First launch on a GPU: the driver refused the PTX.</exception>
    /// <exception cref="KernelFaultException">On the CPU: the kernel failed.</exception>
    /// <exception cref="DriverException">The driver refused the launch, or reports an earlier failure.</exception>
    public void Launch(KernelVariant variant, in LaunchConfig config, ReadOnlySpan<ulong> slots)
    {
        CheckUsable();
        LaunchConfig resolved = config;
        if (!LaunchLimits.Check(variant, ref resolved, Device.Info, slots.Length)) return;
        LaunchCore(variant, in resolved, slots);
        Count(ref _launches);
    }

    /// <summary>Launches what was checked when it was prepared.</summary>
    internal void LaunchPrepared(PreparedLaunch launch)
    {
        CheckUsable();
        if (launch.IsEmpty) return;
        LaunchPreparedCore(launch);
        Count(ref _launches);
    }

    /// <summary>Launches a graph of this device.</summary>
    internal void LaunchGraph(Graph graph)
    {
        CheckUsable();
        LaunchGraphCore(graph);
        _graphLaunches++;
    }

    /// <summary>Frees the stream after its work is done. A second call does nothing, nor does a call on the device's default stream.</summary>
    public void Dispose()
    {
        if (_disposed || ReferenceEquals(this, Device.DefaultStreamOrNull)) return;
        RefuseCapture("A stream that captures cannot be disposed");
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the stream, the default stream too. Called once more by the device that ends.</summary>
    internal void Close()
    {
        if (_disposed) return;
        _disposed = true;
        Device.Forget(this);
        DisposeCore();
    }

    private protected bool IsDisposed => _disposed;

    private protected abstract void SynchronizeCore();

    private protected abstract void RecordCore(ComputeEvent mark);

    private protected abstract void WaitCore(ComputeEvent mark);

    private protected abstract void LaunchCore(KernelVariant variant, in LaunchConfig config, ReadOnlySpan<ulong> slots);

    private protected abstract void LaunchPreparedCore(PreparedLaunch launch);

    private protected abstract void LaunchGraphCore(Graph graph);

    private protected abstract void DisposeCore();

    private void Count(ref long counter)
    {
        if (_captureOrigin is null) counter++;
        else _captured++;
    }

    private void CheckUsable()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Device.ThrowIfUnusable();
    }

    private void CheckEvent(ComputeEvent mark)
    {
        if (!ReferenceEquals(mark.Device, Device)) throw new ArgumentException("The event belongs to another device than the stream.", nameof(mark));
    }
}
