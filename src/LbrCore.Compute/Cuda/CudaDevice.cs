using System.Collections.Concurrent;
using System.Text;

namespace LbrCore.Compute.Cuda;

/// <summary>An NVIDIA GPU, through its primary context.</summary>
internal sealed unsafe partial class CudaDevice : Device
{
    private readonly CudaContext _context;
    private readonly CountingDriver _driver;
    private readonly ConcurrentDictionary<KernelVariant, CudaKernel> _kernels = new(ReferenceEqualityComparer.Instance);
    private readonly Lock _loading = new();

    internal CudaDevice(IDriverApi driver, DeviceInfo info, string selectionReason) : base(info, selectionReason)
    {
        _driver = new CountingDriver(driver);
        _context = new CudaContext(_driver, info);
        try
        {
            PreparePool();
            DefaultStreamOrNull = Adopt(new CudaStream(this));
            _allocated = new CudaEvent(this, timing: false);
            _queued = new CudaEvent(this, timing: false);
        }
        catch
        {
            _context.Release();
            throw;
        }
    }

    public override DriverCalls DriverCalls => _driver.Calls;

    internal IDriverApi Driver => _driver;

    /// <summary>Makes the context current on the calling thread.</summary>
    internal void Enter() => _context.MakeCurrent();

    /// <summary>The kernel, loaded on its first use. The context is current.</summary>
    internal CudaKernel Kernel(KernelVariant variant) => _kernels.TryGetValue(variant, out CudaKernel? kernel) ? kernel : LoadOnce(variant);

    /// <summary>Throws if a call failed.</summary>
    internal void Check(int code, string attempted, KernelVariant? variant = null)
    {
        if (code != DriverCode.Success) throw Failure(code, attempted, variant, null);
    }

    /// <summary>The exception for a failed call. An error that ends the context ends the device too, and names what may have caused it.</summary>
    /// <param name="code">The driver's code.</param>
    /// <param name="attempted">What was attempted, as the beginning of a sentence.</param>
    /// <param name="variant">The kernel that the call was about, or null.</param>
    /// <param name="config">How it was launched, or null.</param>
    internal ComputeException Failure(int code, string attempted, KernelVariant? variant, LaunchConfig? config)
    {
        string name = Driver.ErrorName(code), text = Driver.ErrorText(code);
        var message = new StringBuilder($"{attempted}");
        if (variant is not null) message.Append($" ({(config is { } sizes ? LaunchLog.Describe(variant, sizes) : variant.DisplayName)})");
        message.Append($" on {Info.Selection} failed: {name} ({code}): {text}.");
        if (code == DriverCode.OutOfMemory)
        {
            long free = MemoryCore().Free;
            return new OutOfDeviceMemoryException($"{message} {free} bytes ({free >> 20} MiB) are free.", 0, (ulong)free);
        }

        if (DriverCode.Advice(code) is { Length: > 0 } advice) message.Append(' ').Append(advice);
        if (DriverCode.IsSticky(code)) message.Append(' ').Append(End(name, code));
        return new DriverException(message.ToString(), code, name, text, variant?.DisplayName, config);
    }

    private protected override LoadedKernel LoadCore(KernelVariant variant)
    {
        Enter();
        return Kernel(variant);
    }

    private protected override PreparedLaunch PrepareCore(KernelVariant variant, in LaunchConfig config, ReadOnlySpan<ulong> slots)
    {
        Enter();
        CudaKernel kernel = Kernel(variant);
        kernel.Configure(in config);
        return new CudaPreparedLaunch(this, kernel, in config, slots);
    }

    private protected override ComputeStream CreateStreamCore()
    {
        var stream = new CudaStream(this);
        NoteAllocation(force: true);
        return stream;
    }

    private protected override ComputeEvent CreateEventCore(bool timing) => new CudaEvent(this, timing);

    private protected override void DisposeCore()
    {
        if (!IsFaulted)
        {
            Enter();
            Driver.EventDestroy(_allocated.Handle);
            Driver.EventDestroy(_queued.Handle);
            foreach (CudaKernel kernel in _kernels.Values) Driver.ModuleUnload(kernel.Module);
        }

        _context.Release();
    }

    private CudaKernel LoadOnce(KernelVariant variant)
    {
        // The driver compiles one module at a time anyway.
        lock (_loading)
        {
            if (_kernels.TryGetValue(variant, out CudaKernel? loaded)) return loaded;
            return _kernels[variant] = KernelLoader.Load(this, variant);
        }
    }

    private string End(string name, int code)
    {
        var suspects = new StringBuilder();
        foreach (ComputeStream stream in Streams())
        {
            LaunchLog log = ((CudaStream)stream).Log;
            if (log.Count > 0) suspects.Append(suspects.Length == 0 ? "" : " | ").Append(log.Describe());
        }

        string launched = suspects.Length == 0 ? "No kernel was launched since the last synchronisation." : $"Launched since the last synchronisation, latest first: {suspects}.";
        const string Advice = "The GPU refuses all further work of this process: start a new one. The CPU device (LBR_DEVICE=cpu) names the place of a bad index.";
        Fault($"{Info.Selection} was ended by {name} ({code}). {launched} {Advice}");
        return $"{launched} {Advice}";
    }
}
