using System.Runtime.CompilerServices;
using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

/// <summary>
/// A stretch of elements in global, shared or local memory: an address and a length. It owns nothing; the buffer it was taken from must outlive it.
/// </summary>
/// <remarks>
/// In a kernel an element is read and written by <c>ld</c>/<c>st</c> of the state space the view came from (PTX ISA, Data Movement and Conversion
/// Instructions). On the CPU every access is checked: an index outside the view ends the kernel with an exception that names kernel, group, lane and index;
/// CUDA does not check. Indices count elements. Past 2^31 elements use the <see cref="long"/> overloads; below, <see cref="int"/> is cheaper.
/// </remarks>
/// <typeparam name="T">Element type: a primitive, <see cref="Half"/>, <see cref="BFloat16"/>, an enum, a vector such as <see cref="Float4"/>, or a struct of these.</typeparam>
public readonly unsafe partial struct ArrayView<T>
    where T : unmanaged
{
    private readonly nint _pointer;
    private readonly long _length;
    private readonly bool _onDeviceOnly;

    /// <summary>A view of memory that the caller keeps alive and at its place.</summary>
    /// <param name="pointer">Address of the first element; 0 only for an empty view.</param>
    /// <param name="length">Number of elements, not negative.</param>
    /// <param name="onDeviceOnly">True when the CPU cannot address the memory: the indexer then throws on the host instead of crashing the process.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is negative.</exception>
    /// <exception cref="ArgumentException">A null address with a length above 0.</exception>
    public ArrayView(nint pointer, long length, bool onDeviceOnly = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (pointer == 0 && length != 0)
        {
            throw new ArgumentException($"A view of {length} elements needs an address; only an empty view may have none.", nameof(pointer));
        }

        _pointer = pointer;
        _length = length;
        _onDeviceOnly = onDeviceOnly;
    }

    /// <summary>A view of no elements.</summary>
    public static ArrayView<T> Empty => default;

    /// <summary>Number of elements.</summary>
    public long Length => _length;

    /// <summary>Number of elements as an <see cref="int"/>.</summary>
    /// <exception cref="OverflowException">More than 2^31 - 1 elements (CPU only; CUDA truncates).</exception>
    public int IntLength => checked((int)_length);

    /// <summary>Whether there is anything to access: a length above 0.</summary>
    public bool IsValid => _length > 0;

    /// <summary>Address of the first element, for host code; kernels have no use for it.</summary>
    public nint Pointer => _pointer;

    /// <summary>Whether only the device can address the memory, so that the host must copy instead of indexing.</summary>
    public bool OnDeviceOnly => _onDeviceOnly;

    /// <summary>The element at <paramref name="index"/>, by reference.</summary>
    /// <remarks><c>ld</c> when read, <c>st</c> when written; atomics take the reference itself.</remarks>
    /// <param name="index">0..<see cref="Length"/>-1.</param>
    public ref T this[int index] => ref *Address(index, 1, NaturalAlignment);

    /// <inheritdoc cref="this[int]"/>
    public ref T this[long index] => ref *Address(index, 1, NaturalAlignment);

    /// <summary>The part of the view that starts at <paramref name="offset"/> and goes to its end.</summary>
    /// <param name="offset">First element, 0..<see cref="Length"/>.</param>
    /// <returns>The part.</returns>
    public ArrayView<T> SubView(int offset) => SubView((long)offset, _length - offset);

    /// <inheritdoc cref="SubView(int)"/>
    public ArrayView<T> SubView(long offset) => SubView(offset, _length - offset);

    /// <summary>The part of the view that starts at <paramref name="offset"/> and has <paramref name="length"/> elements.</summary>
    /// <remarks>Checked on the CPU, free on CUDA: an addition to the address.</remarks>
    /// <param name="offset">First element.</param>
    /// <param name="length">Number of elements; <c>offset + length</c> is at most <see cref="Length"/>.</param>
    /// <returns>The part.</returns>
    public ArrayView<T> SubView(int offset, int length) => SubView((long)offset, length);

    /// <inheritdoc cref="SubView(int, int)"/>
    public ArrayView<T> SubView(long offset, long length)
    {
        if ((ulong)offset > (ulong)_length || (ulong)length > (ulong)(_length - offset))
        {
            throw ViewAccessException.SubView(offset, length, _length, typeof(T));
        }

        return new ArrayView<T>(_pointer + (nint)(offset * sizeof(T)), length, _onDeviceOnly);
    }

    /// <summary>The same bytes as elements of another type; a rest too short for one element is left out.</summary>
    /// <remarks>Accesses of the new view need its alignment: the size of <typeparamref name="TOther"/> for primitives and vectors.</remarks>
    /// <typeparam name="TOther">The new element type.</typeparam>
    /// <returns>A view of <c>Length * sizeof(T) / sizeof(TOther)</c> elements.</returns>
    public ArrayView<TOther> Cast<TOther>()
        where TOther : unmanaged => new(_pointer, _length * sizeof(T) / sizeof(TOther), _onDeviceOnly);

    /// <summary>Type and length, for messages and the debugger.</summary>
    public override string ToString() => $"ArrayView<{typeof(T).Name}>[{_length}]";

    /// <summary>The checked address of <paramref name="count"/> elements from <paramref name="index"/>.</summary>
    internal T* Address(long index, int count, int alignment)
    {
        if ((ulong)index >= (ulong)_length || count > _length - index)
        {
            throw ViewAccessException.Index(index, count, _length, typeof(T));
        }

        if (_onDeviceOnly)
        {
            throw new InvalidOperationException("This view is in device memory, which the host cannot address; copy it first (DeviceBuffer.CopyTo or ComputeStream.CopyToHost).");
        }

        T* address = (T*)_pointer + index;
        return ((nuint)address & (nuint)(alignment - 1)) == 0
            ? address
            : throw ViewAccessException.Misaligned(index, (nint)address, alignment, typeof(T));
    }

    /// <summary>Bytes that an address must be a multiple of: what the GPU would fault on is a fault here too.</summary>
    private static int NaturalAlignment
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => typeof(T).IsPrimitive || typeof(T) == typeof(Half) || typeof(T) == typeof(BFloat16)
            || typeof(T) == typeof(Float2) || typeof(T) == typeof(Int2) || typeof(T) == typeof(UInt2)
            || typeof(T) == typeof(Float4) || typeof(T) == typeof(Int4) || typeof(T) == typeof(UInt4)
                ? sizeof(T)
                : 1;
    }
}
