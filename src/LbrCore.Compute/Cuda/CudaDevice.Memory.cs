namespace LbrCore.Compute.Cuda;

/// <summary>
/// Memory in stream order: allocated and returned on the default stream, out of the device's own pool, so that neither waits. Other streams are tied in
/// on both sides: before they use memory allocated since their last work, and before memory goes back that they may still use.
/// </summary>
internal sealed unsafe partial class CudaDevice
{
    private const string MemoryAdvice = "Use a smaller model, batch or context, dispose buffers that are done with, or see who else uses the GPU (nvidia-smi).";

    // Recorded on the default stream after each allocation, once there are other streams.
    private readonly CudaEvent _allocated;

    // Recorded on another stream before memory goes back; used under the device's lock only.
    private readonly CudaEvent _queued;
    private nint _pool;
    private long _allocations;

    /// <summary>Number of the latest allocation that other streams must be ordered after.</summary>
    internal long Allocations => Volatile.Read(ref _allocations);

    private CudaStream Main => (CudaStream)DefaultStream;

    /// <summary>Makes a stream wait for the latest allocation, and so for all work that used the memory before.</summary>
    internal void OrderAfterAllocations(CudaStream stream)
    {
        if (!ReferenceEquals(stream, DefaultStreamOrNull)) Check(Driver.StreamWaitEvent(stream.Handle, _allocated.Handle, 0), "Ordering a stream after an allocation");
    }

    private protected override nint AllocateCore(long bytes)
    {
        Enter();
        int code = TryAllocate(bytes, out nint pointer);
        if (code == DriverCode.OutOfMemory)
        {
            // Memory on its way back counts as taken until the work before it is done: wait for that, give the pool's rest back, try once more.
            foreach (ComputeStream stream in Streams()) Check(Driver.StreamSynchronize(((CudaStream)stream).Handle), "Waiting for memory to come back");
            if (_pool != 0) Driver.MemPoolTrimTo(_pool, 0);
            code = TryAllocate(bytes, out pointer);
        }

        if (code == DriverCode.OutOfMemory) throw OutOfMemory((UInt128)bytes, "device memory", MemoryAdvice);
        Check(code, $"Allocating {bytes} bytes");
        NoteAllocation(force: false);
        return pointer;
    }

    private protected override void FreeCore(nint pointer)
    {
        Enter();
        if (_pool == 0)
        {
            Note(Driver.MemFree(pointer), "Freeing memory");
            return;
        }

        foreach (ComputeStream other in Streams())
            if (!ReferenceEquals(other, DefaultStreamOrNull)) OrderMainAfter((CudaStream)other);
        Note(Driver.MemFreeAsync(pointer, Main.Handle), "Freeing memory");
    }

    private protected override nint AllocatePinnedCore(long bytes)
    {
        Enter();
        int code = Driver.MemHostAlloc(out nint pointer, (nuint)bytes, DriverFlag.HostAllocPortable);
        if (code == DriverCode.OutOfMemory) throw OutOfMemory((UInt128)bytes, "pinned host memory", "The host has not so much memory to pin: use a smaller buffer.");
        Check(code, $"Allocating {bytes} bytes of pinned host memory");
        return pointer;
    }

    private protected override void FreePinnedCore(nint pointer)
    {
        Enter();
        // A copy that still runs would write into freed memory.
        foreach (ComputeStream stream in Streams())
            if (!stream.IsCapturing) Note(Driver.StreamSynchronize(((CudaStream)stream).Handle), "Waiting for copies of pinned memory");
        Note(Driver.MemFreeHost(pointer), "Freeing pinned host memory");
    }

    private protected override (long Total, long Free) MemoryCore()
    {
        Enter();
        if (Driver.MemGetInfo(out nuint free, out nuint total) != DriverCode.Success) return (Info.TotalMemory, 0);
        return ((long)total, (long)free + OfPool(MemPoolAttribute.ReservedMemCurrent) - OfPool(MemPoolAttribute.UsedMemCurrent));
    }

    private protected override DriverMemoryInfo? DriverMemoryCore()
    {
        Enter();
        Check(Driver.MemGetInfo(out nuint free, out nuint total), "Asking for the GPU's memory");
        return new DriverMemoryInfo((long)(total - free), OfPool(MemPoolAttribute.UsedMemHigh), OfPool(MemPoolAttribute.ReservedMemHigh));
    }

    private protected override void ResetDriverPeaks()
    {
        if (_pool == 0) return;
        Enter();
        // Zero is the only value that these take; it makes them begin at what is taken now.
        ulong zero = 0;
        Check(Driver.MemPoolSetAttribute(_pool, MemPoolAttribute.ReservedMemHigh, &zero), "Resetting the memory pool's peak");
        Check(Driver.MemPoolSetAttribute(_pool, MemPoolAttribute.UsedMemHigh, &zero), "Resetting the memory pool's peak");
    }

    // 0 without a pool, or where it does not say.
    private long OfPool(int attribute)
    {
        ulong value = 0;
        return _pool != 0 && Driver.MemPoolGetAttribute(_pool, attribute, &value) == DriverCode.Success ? (long)value : 0;
    }

    private int TryAllocate(long bytes, out nint pointer) =>
        _pool != 0 ? Driver.MemAllocAsync(out pointer, (nuint)bytes, Main.Handle) : Driver.MemAlloc(out pointer, (nuint)bytes);

    /// <summary>For calls that run in a Dispose: an error that ends the device is kept for the next call, others are of no use to the caller.</summary>
    private void Note(int code, string attempted)
    {
        if (code != DriverCode.Success) _ = Failure(code, attempted, null, null);
    }

    /// <summary>Keeps returned memory in the pool instead of giving it back to the system at every synchronisation. Without a pool, plain allocation serves.</summary>
    private void PreparePool()
    {
        Enter();
        if (!Info.HasMemoryPools || Driver.DeviceGetDefaultMemPool(out nint pool, Info.Handle) != DriverCode.Success) return;
        ulong threshold = ulong.MaxValue;
        Check(Driver.MemPoolSetAttribute(pool, MemPoolAttribute.ReleaseThreshold, &threshold), "Setting up the memory pool");
        _pool = pool;
    }

    private void NoteAllocation(bool force)
    {
        if (_pool == 0 || (!force && Streams().Length == 1)) return;
        Check(Driver.EventRecord(_allocated.Handle, Main.Handle), "Marking an allocation");
        Interlocked.Increment(ref _allocations);
    }

    private void OrderMainAfter(CudaStream other)
    {
        if (!other.IsDirty || other.IsCapturing) return;
        other.IsDirty = false;
        const string Attempted = "Ordering a free after a stream";
        Note(Driver.EventRecord(_queued.Handle, other.Handle), Attempted);
        Note(Driver.StreamWaitEvent(Main.Handle, _queued.Handle, 0), Attempted);
    }
}
