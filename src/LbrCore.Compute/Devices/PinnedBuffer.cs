using System.Runtime.CompilerServices;

namespace LbrCore.Compute;

/// <summary>Host memory that the device reads and writes directly: the source and target of copies that do not wait, and of copies in a graph.</summary>
/// <typeparam name="T">Element type.</typeparam>
/// <remarks>The contents start undefined. Wait for the copies from and to it before disposing it.</remarks>
public sealed unsafe class PinnedBuffer<T> : IDisposable where T : unmanaged
{
    private readonly nint _pointer;
    private readonly Device _device;
    private bool _disposed;

    internal PinnedBuffer(Device device, nint pointer, long length)
    {
        _device = device;
        _pointer = pointer;
        Length = length;
    }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>Number of bytes.</summary>
    public long Bytes => Length * Unsafe.SizeOf<T>();

    /// <summary>Address of the first element.</summary>
    /// <exception cref="ObjectDisposedException">The buffer or its device was disposed.</exception>
    public nint Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed || _device.IsDisposed, this);
            return _pointer;
        }
    }

    /// <summary>All elements. Not to be used after the buffer was disposed.</summary>
    /// <exception cref="InvalidOperationException">More elements than a span can have: use <see cref="Slice"/>.</exception>
    public Span<T> Span => Length <= int.MaxValue
        ? new Span<T>((void*)Pointer, (int)Length)
        : throw new InvalidOperationException($"A buffer of {Length} elements does not fit into one span: use Slice.");

    /// <summary>Some of the elements.</summary>
    /// <param name="start">First element.</param>
    /// <param name="length">Number of elements.</param>
    public Span<T> Slice(long start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
        return new Span<T>((T*)Pointer + start, length);
    }

    /// <summary>Frees the memory, after the copies that use it are done. A second call does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true)) return;
        _device.ReleasePinned(_pointer);
    }
}
