using System.Runtime.CompilerServices;

namespace LbrCore.Compute;

/// <summary>Memory of a device that holds elements of one type. It owns the memory; views of it are cheap and do not.</summary>
/// <typeparam name="T">Element type.</typeparam>
/// <remarks>
/// The contents start undefined. Disposing returns the memory after the work queued so far, without waiting. A buffer never disposed lives as long as
/// its device: it has no finalizer, since views may outlive the last reference to it.
/// </remarks>
public sealed class DeviceBuffer<T> : IDisposable where T : unmanaged
{
    private readonly nint _pointer;
    private bool _disposed;

    internal DeviceBuffer(Device device, nint pointer, long length)
    {
        Device = device;
        _pointer = pointer;
        Length = length;
    }

    /// <summary>The device that has the memory.</summary>
    public Device Device { get; }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>Number of bytes.</summary>
    public long Bytes => Length * Unsafe.SizeOf<T>();

    /// <summary>All of it as a view.</summary>
    /// <exception cref="ObjectDisposedException">The buffer or its device was disposed.</exception>
    public ArrayView<T> View
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed || Device.IsDisposed, this);
            return new ArrayView<T>(_pointer, Length, onDeviceOnly: Device.Info.Kind == DeviceKind.Cuda);
        }
    }

    /// <summary>All of a buffer as a view.</summary>
    public static implicit operator ArrayView<T>(DeviceBuffer<T> buffer) => buffer.View;

    /// <summary>Copies host memory to the first elements.</summary>
    /// <param name="source">At most <see cref="Length"/> elements.</param>
    /// <param name="stream">Where the copy is queued; null for the device's default stream.</param>
    public void CopyFrom(ReadOnlySpan<T> source, ComputeStream? stream = null) => (stream ?? Device.DefaultStream).CopyFromHost(source, View);

    /// <summary>Copies all elements to host memory and waits for them.</summary>
    /// <param name="destination">At least <see cref="Length"/> elements.</param>
    /// <param name="stream">Where the copy is queued; null for the device's default stream.</param>
    public void CopyTo(Span<T> destination, ComputeStream? stream = null) => (stream ?? Device.DefaultStream).CopyToHost(View, destination);

    /// <summary>All elements, after the work of the stream before.</summary>
    /// <param name="stream">Where the copy is queued; null for the device's default stream.</param>
    /// <exception cref="InvalidOperationException">More elements than an array can have.</exception>
    public T[] ToArray(ComputeStream? stream = null)
    {
        if (Length > Array.MaxLength) throw new InvalidOperationException($"A buffer of {Length} elements does not fit into an array: copy parts of it.");
        var array = new T[Length];
        CopyTo(array, stream);
        return array;
    }

    /// <summary>Sets all bytes to zero.</summary>
    /// <param name="stream">Where the fill is queued; null for the device's default stream.</param>
    public void Clear(ComputeStream? stream = null) => (stream ?? Device.DefaultStream).Fill(View, default);

    /// <summary>Returns the memory after the work queued so far. A second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true)) return;
        Device.Release(_pointer);
    }
}
