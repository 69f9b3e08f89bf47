using System.Runtime.CompilerServices;

namespace LbrCore.Compute;

public abstract unsafe partial class ComputeStream
{
    /// <summary>Copies from ordinary host memory up to this size are taken over by the driver before it returns; larger ones are waited for.</summary>
    private const long StagedBytes = 64 << 10;

    /// <summary>Copies a view into another on the device. Overlapping views give undefined contents.</summary>
    /// <param name="source">What is copied, all of it.</param>
    /// <param name="destination">Where it goes; at least as long.</param>
    public void Copy<T>(ArrayView<T> source, ArrayView<T> destination) where T : unmanaged
    {
        CheckPlace(source);
        CheckPlace(destination);
        Transfer<T>(source.Pointer, source.Length, destination.Pointer, destination.Length, CopyDirection.DeviceToDevice, "the destination view");
    }

    /// <summary>Copies ordinary host memory to the device. The memory may be reused when this returns; for more than 64 KiB that means waiting for the stream.</summary>
    /// <param name="source">What is copied, all of it.</param>
    /// <param name="destination">Where it goes; at least as long.</param>
    /// <exception cref="InvalidOperationException">The stream captures: a graph can only keep the address of a <see cref="PinnedBuffer{T}"/>.</exception>
    public void CopyFromHost<T>(ReadOnlySpan<T> source, ArrayView<T> destination) where T : unmanaged
    {
        RefuseSpan();
        CheckPlace(destination);
        fixed (T* start = source)
        {
            Transfer<T>((nint)start, source.Length, destination.Pointer, destination.Length, CopyDirection.HostToDevice, "the destination view");
            // The span's memory is only ours until we return, and only small copies are sure to be staged by then.
            if ((long)source.Length * Unsafe.SizeOf<T>() > StagedBytes) Synchronize();
        }
    }

    /// <summary>Copies pinned host memory to the device without waiting. The memory must stay as it is until the copy is done.</summary>
    /// <param name="source">What is copied, all of it.</param>
    /// <param name="destination">Where it goes; at least as long.</param>
    public void CopyFromHost<T>(PinnedBuffer<T> source, ArrayView<T> destination) where T : unmanaged
    {
        CheckPlace(destination);
        Transfer<T>(source.Pointer, source.Length, destination.Pointer, destination.Length, CopyDirection.HostToDevice, "the destination view");
    }

    /// <summary>Copies device memory to ordinary host memory and waits for it, and so for all work of the stream before it.</summary>
    /// <param name="source">What is copied, all of it.</param>
    /// <param name="destination">Where it goes; at least as long.</param>
    /// <exception cref="InvalidOperationException">The stream captures: copy to a <see cref="PinnedBuffer{T}"/>.</exception>
    public void CopyToHost<T>(ArrayView<T> source, Span<T> destination) where T : unmanaged
    {
        RefuseSpan();
        CheckPlace(source);
        fixed (T* start = destination)
            Transfer<T>(source.Pointer, source.Length, (nint)start, destination.Length, CopyDirection.DeviceToHost, "the destination span");
        Synchronize();
    }

    /// <summary>Copies device memory to pinned host memory without waiting. The data is there after <see cref="Synchronize"/> or an event recorded after it.</summary>
    /// <param name="source">What is copied, all of it.</param>
    /// <param name="destination">Where it goes; at least as long.</param>
    public void CopyToHost<T>(ArrayView<T> source, PinnedBuffer<T> destination) where T : unmanaged
    {
        CheckPlace(source);
        Transfer<T>(source.Pointer, source.Length, destination.Pointer, destination.Length, CopyDirection.DeviceToHost, "the pinned buffer");
    }

    /// <summary>Sets all elements to one value.</summary>
    /// <param name="destination">The elements.</param>
    /// <param name="value">The value: of 1, 2 or 4 bytes, or of any multiple of 4 bytes that repeat, such as zero.</param>
    /// <exception cref="ArgumentException">A larger value whose 4-byte parts differ: the device has no such fill, launch a kernel instead.</exception>
    public void Fill<T>(ArrayView<T> destination, T value) where T : unmanaged
    {
        CheckUsable();
        CheckPlace(destination);
        if (destination.Length == 0) return;
        FillPattern pattern = FillPattern.Of(value, destination.Length);
        FillCore(destination.Pointer, in pattern);
        Count(ref _fills);
    }

    private protected abstract void CopyCore(nint source, nint destination, long bytes, CopyDirection direction);

    private protected abstract void FillCore(nint destination, in FillPattern pattern);

    private void Transfer<T>(nint source, long count, nint destination, long room, CopyDirection direction, string target) where T : unmanaged
    {
        CheckUsable();
        if (count > room) throw new ArgumentException($"A copy of {count} elements does not fit: {target} has {room}. Take a sub-view of the source, or a larger destination.");
        if (count == 0) return;
        CopyCore(source, destination, count * Unsafe.SizeOf<T>(), direction);
        Count(ref _copies);
    }

    private void CheckPlace<T>(ArrayView<T> view) where T : unmanaged
    {
        if (view.Length > 0 && view.OnDeviceOnly != (Device.Info.Kind == DeviceKind.Cuda))
            throw new ArgumentException($"The view is not in memory of the stream's device ({Device.Info.Selection}): copy between devices through the host.");
    }

    private void RefuseSpan()
    {
        if (IsCapturing) throw new InvalidOperationException("A graph cannot keep the address of a span: while a stream captures, copy from and to a PinnedBuffer.");
    }
}
