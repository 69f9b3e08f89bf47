namespace LbrCore.Compute.Cuda;

/// <summary>An event of the driver.</summary>
internal sealed class CudaEvent : ComputeEvent
{
    private readonly CudaDevice _device;
    private nint _handle;

    internal CudaEvent(CudaDevice device, bool timing) : base(device, timing)
    {
        _device = device;
        device.Enter();
        device.Check(device.Driver.EventCreate(out _handle, timing ? 0 : DriverFlag.EventDisableTiming), "Creating an event");
    }

    internal nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    public override bool IsComplete
    {
        get
        {
            Enter();
            int code = _device.Driver.EventQuery(Handle);
            if (code == DriverCode.NotReady) return false;
            _device.Check(code, "Asking whether an event is complete");
            return true;
        }
    }

    public override void Synchronize()
    {
        Enter();
        _device.Check(_device.Driver.EventSynchronize(Handle), "Waiting for an event");
    }

    public override double MillisecondsSince(ComputeEvent earlier)
    {
        CheckTiming(earlier);
        Enter();
        int code = _device.Driver.EventElapsedTime(out float milliseconds, ((CudaEvent)earlier).Handle, Handle);
        if (code == DriverCode.NotReady) throw new InvalidOperationException("An event is not complete: synchronize with the later one first.");
        if (code == DriverCode.InvalidHandle) throw new InvalidOperationException("An event was not recorded in a stream, or only in a capture.");
        _device.Check(code, "Measuring the time between two events");
        return milliseconds;
    }

    public override void Dispose()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle == 0 || _device.IsDisposed || _device.IsFaulted) return;
        _device.Enter();
        _device.Driver.EventDestroy(handle);
    }

    private void Enter()
    {
        _device.ThrowIfUnusable();
        _device.Enter();
    }
}
