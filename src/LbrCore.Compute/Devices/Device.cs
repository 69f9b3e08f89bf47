namespace LbrCore.Compute;

/// <summary>
/// What runs kernels: a GPU, or the CPU. It owns its memory, streams and loaded kernels; disposing it frees all of them.
/// </summary>
/// <remarks>Thread-safe, but for its streams: each of those is used by one thread at a time.</remarks>
public abstract partial class Device : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<ComputeStream> _streams = [];
    private string? _fault;
    private int _captures;

    private protected Device(DeviceInfo info, string selectionReason)
    {
        Info = info;
        SelectionReason = selectionReason;
    }

    /// <summary>What the device is and what its limits are.</summary>
    public DeviceInfo Info { get; }

    /// <summary>Which device was chosen and why, in one line to be shown to the person who runs the program.</summary>
    public string SelectionReason { get; }

    /// <summary>What it has asked of the CUDA driver so far; all zero on the CPU, which has none.</summary>
    public virtual DriverCalls DriverCalls => default;

    /// <summary>The stream for work that needs no other; it lives as long as the device.</summary>
    public ComputeStream DefaultStream => DefaultStreamOrNull ?? throw new ObjectDisposedException(nameof(Device));

    /// <summary>Whether <see cref="Dispose"/> was called.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>The default stream, or null while the device comes up or after it ended.</summary>
    internal ComputeStream? DefaultStreamOrNull { get; private protected set; }

    /// <summary>Opens a device.</summary>
    /// <param name="selection">
    /// <c>cuda</c> or <c>cuda:N</c> for a GPU, <c>cpu</c> for the CPU with SIMD, <c>cpu:scalar</c> for the CPU with one thread a lane (slow, for a
    /// debugger). Null takes the environment variable <c>LBR_DEVICE</c>, and without it a GPU if one is usable, else the CPU. The CPU uses all cores,
    /// or as many threads as <c>LBR_CPU_THREADS</c> says.
    /// </param>
    /// <exception cref="ArgumentException">The selection is none of these.</exception>
    /// <exception cref="DeviceUnavailableException">The selected device cannot be used.</exception>
    public static Device Open(string? selection = null) => DeviceSelector.Current.Open(selection);

    /// <summary>All devices that can be opened: the GPUs that are usable, then the CPU in its two forms.</summary>
    public static IReadOnlyList<DeviceInfo> Enumerate() => DeviceSelector.Current.Enumerate();

    /// <summary>Why no GPU can be used, or null where one can.</summary>
    public static string? WhyNoGpu() => DeviceSelector.Current.WhyNoGpu();

    /// <summary>Creates a stream whose work may run beside that of the others.</summary>
    /// <exception cref="InvalidOperationException">A stream of the device is capturing.</exception>
    public ComputeStream CreateStream()
    {
        ThrowIfUnusable();
        lock (_lock)
        {
            RefuseCapture("Streams cannot be created");
            return Adopt(CreateStreamCore());
        }
    }

    /// <summary>Creates an event.</summary>
    /// <param name="timing">Whether it measures time.</param>
    public ComputeEvent CreateEvent(bool timing = true)
    {
        ThrowIfUnusable();
        return CreateEventCore(timing);
    }

    /// <summary>The kernel on this device, compiled at the first call and kept.</summary>
    /// <param name="variant">The kernel.</param>
    /// <exception cref="KernelNotSupportedException">The device cannot run it.</exception>
    /// <exception cref="PtxCompilationException">The driver refused its PTX.</exception>
    public LoadedKernel Load(KernelVariant variant)
    {
        ThrowIfUnusable();
        return LoadCore(variant);
    }

    /// <summary>Keeps a launch for repetition: checks it, loads the kernel, copies the arguments. Called by generated code after the kernel's contract was checked.</summary>
    /// <param name="variant">The kernel.</param>
    /// <param name="config">The launch.</param>
    /// <param name="slots">The argument block.</param>
    /// <exception cref="LaunchContractException">The launch is impossible on this device.</exception>
    public PreparedLaunch Prepare(KernelVariant variant, in LaunchConfig config, ReadOnlySpan<ulong> slots)
    {
        ThrowIfUnusable();
        LaunchConfig resolved = config;
        LaunchLimits.Check(variant, ref resolved, Info, slots.Length);
        return PrepareCore(variant, in resolved, slots);
    }

    /// <summary>Records what an action queues on a stream into a graph. If the action throws, the recording is dropped and the stream is as before.</summary>
    /// <param name="stream">A stream of this device.</param>
    /// <param name="record">Queues the work on the stream it is given. It may not allocate or wait.</param>
    public Graph Capture(ComputeStream stream, Action<ComputeStream> record)
    {
        if (!ReferenceEquals(stream.Device, this)) throw new ArgumentException("The stream belongs to another device.", nameof(stream));
        stream.BeginCapture();
        try
        {
            record(stream);
        }
        catch
        {
            stream.AbandonCapture();
            throw;
        }

        return stream.EndCapture();
    }

    /// <summary>Waits on the host for the work of all streams.</summary>
    public void Synchronize()
    {
        ThrowIfUnusable();
        foreach (ComputeStream stream in Streams()) stream.Synchronize();
    }

    /// <summary>Frees all that the device owns, after its work is done. A second call does nothing.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (IsDisposed) return;
            IsDisposed = true;
        }

        foreach (ComputeStream stream in Streams()) stream.AbandonCapture();
        ReleaseAll();
        foreach (ComputeStream stream in Streams()) stream.Close();
        DisposeCore();
        DefaultStreamOrNull = null;
        GC.SuppressFinalize(this);
    }

    /// <summary>A device that has suffered an error it cannot recover from, or was disposed, refuses all work.</summary>
    internal void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (_fault is not null) throw new DeviceUnavailableException(_fault);
    }

    /// <summary>Whether an error ended the device.</summary>
    internal bool IsFaulted => _fault is not null;

    /// <summary>Ends the device's usefulness; what is said first stays.</summary>
    private protected void Fault(string sentence) => Interlocked.CompareExchange(ref _fault, sentence, null);

    /// <summary>The streams that exist.</summary>
    private protected ComputeStream[] Streams()
    {
        lock (_lock) return [.. _streams];
    }

    private protected T Adopt<T>(T stream) where T : ComputeStream
    {
        lock (_lock) _streams.Add(stream);
        return stream;
    }

    internal void Forget(ComputeStream stream)
    {
        lock (_lock) _streams.Remove(stream);
    }

    /// <summary>Begins a capture. Under the lock, so that no allocation or return of memory slips into it.</summary>
    internal void StartCapture(Action begin)
    {
        lock (_lock)
        {
            begin();
            _captures++;
        }
    }

    /// <summary>Ends a capture, and does what had to wait for that.</summary>
    internal void CaptureEnded()
    {
        lock (_lock)
            if (--_captures == 0) ReleaseDeferred();
    }

    private void RefuseCapture(string what)
    {
        if (_captures > 0) throw new InvalidOperationException($"{what} while a stream captures: do it before BeginCapture.");
    }

    private protected abstract ComputeStream CreateStreamCore();

    private protected abstract ComputeEvent CreateEventCore(bool timing);

    private protected abstract LoadedKernel LoadCore(KernelVariant variant);

    private protected abstract PreparedLaunch PrepareCore(KernelVariant variant, in LaunchConfig config, ReadOnlySpan<ulong> slots);

    private protected abstract void DisposeCore();
}
