using System.Numerics;
using System.Runtime.CompilerServices;

namespace LbrCore.Compute;

public abstract partial class Device
{
    private readonly Dictionary<nint, long> _live = [];
    private readonly HashSet<nint> _pinned = [];
    private readonly List<nint> _deferred = [];
    private long _allocatedBytes;
    private long _peakBytes;

    /// <summary>Allocates memory on the device, with undefined contents, aligned to at least 64 bytes.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="length">Number of elements, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative length.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has not that much memory free; it remains usable.</exception>
    /// <exception cref="InvalidOperationException">A stream of the device is capturing.</exception>
    public DeviceBuffer<T> Allocate<T>(long length) where T : unmanaged
    {
        ThrowIfUnusable();
        long bytes = CheckedBytes<T>(length);
        if (bytes == 0) return new DeviceBuffer<T>(this, 0, 0);
        nint pointer;
        lock (_lock)
        {
            RefuseCapture("Nothing can be allocated");
            pointer = AllocateCore(bytes);
            _live.Add(pointer, bytes);
            _allocatedBytes += bytes;
            _peakBytes = Math.Max(_peakBytes, _allocatedBytes);
        }

        return new DeviceBuffer<T>(this, pointer, length);
    }

    /// <summary>Allocates memory on the device and copies host memory into it, on the default stream.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="source">The contents.</param>
    public DeviceBuffer<T> Allocate<T>(ReadOnlySpan<T> source) where T : unmanaged
    {
        DeviceBuffer<T> buffer = Allocate<T>(source.Length);
        try
        {
            buffer.CopyFrom(source);
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>Allocates memory on the device and copies an array into it, on the default stream.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="source">The contents.</param>
    public DeviceBuffer<T> Allocate<T>(T[] source) where T : unmanaged => Allocate((ReadOnlySpan<T>)source);

    /// <summary>Allocates host memory that the device reads and writes directly, with undefined contents.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="length">Number of elements, 0 or more.</param>
    /// <exception cref="OutOfDeviceMemoryException">The host has not that much memory.</exception>
    public PinnedBuffer<T> AllocatePinned<T>(long length) where T : unmanaged
    {
        ThrowIfUnusable();
        long bytes = CheckedBytes<T>(length);
        if (bytes == 0) return new PinnedBuffer<T>(this, 0, 0);
        nint pointer = AllocatePinnedCore(bytes);
        lock (_lock) _pinned.Add(pointer);
        return new PinnedBuffer<T>(this, pointer, length);
    }

    /// <summary>How much memory there is, how much is free, and what the live buffers take.</summary>
    public MemoryInfo GetMemoryInfo()
    {
        ThrowIfUnusable();
        (long total, long free) = MemoryCore();
        lock (_lock) return new MemoryInfo(total, free, _allocatedBytes, _peakBytes);
    }

    /// <summary>What the driver says of the device's memory; null on the CPU, which has none.</summary>
    public DriverMemoryInfo? GetDriverMemoryInfo()
    {
        ThrowIfUnusable();
        return DriverMemoryCore();
    }

    /// <summary>Lets the peaks of <see cref="MemoryInfo"/> and <see cref="DriverMemoryInfo"/> begin anew, at what is taken now.</summary>
    public void ResetMemoryPeaks()
    {
        ThrowIfUnusable();
        lock (_lock) _peakBytes = _allocatedBytes;
        ResetDriverPeaks();
    }

    /// <summary>Returns a buffer's memory. While a stream captures, the return is put off: it would become part of the graph.</summary>
    internal void Release(nint pointer)
    {
        lock (_lock)
        {
            if (!_live.Remove(pointer, out long bytes)) return;
            _allocatedBytes -= bytes;
            if (_captures > 0) _deferred.Add(pointer);
            else if (!IsFaulted) FreeCore(pointer);
        }
    }

    /// <summary>Frees pinned memory.</summary>
    internal void ReleasePinned(nint pointer)
    {
        lock (_lock)
            if (_pinned.Remove(pointer) && !IsFaulted) FreePinnedCore(pointer);
    }

    private protected abstract nint AllocateCore(long bytes);

    private protected abstract void FreeCore(nint pointer);

    private protected abstract nint AllocatePinnedCore(long bytes);

    private protected abstract void FreePinnedCore(nint pointer);

    private protected abstract (long Total, long Free) MemoryCore();

    private protected virtual DriverMemoryInfo? DriverMemoryCore() => null;

    private protected virtual void ResetDriverPeaks()
    {
    }

    /// <summary>The exception for memory that is not there.</summary>
    private protected OutOfDeviceMemoryException OutOfMemory(UInt128 bytes, string what, string advice)
    {
        long free = MemoryCore().Free;
        string amount = $"{bytes} bytes" + (bytes >= 1 << 20 ? $" ({bytes >> 20} MiB)" : "");
        return new OutOfDeviceMemoryException(
            $"{Info.Selection}: {amount} of {what} asked for, {free} bytes ({free >> 20} MiB) free, {_allocatedBytes} bytes in live buffers. {advice}",
            bytes > ulong.MaxValue ? ulong.MaxValue : (ulong)bytes, (ulong)free);
    }

    private long CheckedBytes<T>(long length) where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        UInt128 bytes = (UInt128)(ulong)length * (uint)Unsafe.SizeOf<T>();
        return bytes <= long.MaxValue ? (long)bytes : throw OutOfMemory(bytes, "memory", "Check the sizes: no device has as much.");
    }

    private void ReleaseDeferred()
    {
        if (!IsFaulted) _deferred.ForEach(FreeCore);
        _deferred.Clear();
    }

    private void ReleaseAll()
    {
        lock (_lock)
        {
            if (!IsFaulted)
            {
                foreach (nint pointer in _live.Keys) FreeCore(pointer);
                foreach (nint pointer in _pinned) FreePinnedCore(pointer);
            }

            _live.Clear();
            _pinned.Clear();
            _allocatedBytes = 0;
        }
    }
}
