namespace LbrCore.Formats;

/// <summary>Bytes that already lie in this process's address space, for upload without a copy.</summary>
/// <remarks>
/// Nothing here is owned: the address and every span are valid until the <see cref="ITensorSource"/> they came from is
/// disposed, and only while nobody truncates the file under the mapping. Lengths are 64-bit because one tensor may exceed
/// what a span can cover; go through it with <see cref="Slice"/>.
/// </remarks>
public readonly unsafe struct MappedBytes
{
    private readonly byte* _start;

    internal MappedBytes(byte* start, long length)
    {
        _start = start;
        Length = length;
    }

    /// <summary>Address of the first byte.</summary>
    public nint Address => (nint)_start;

    /// <summary>Number of bytes.</summary>
    public long Length { get; }

    /// <summary>A view of <paramref name="length"/> bytes from <paramref name="offset"/>.</summary>
    /// <param name="offset">First byte of the view, relative to <see cref="Address"/>.</param>
    /// <param name="length">Bytes in the view.</param>
    /// <exception cref="ArgumentOutOfRangeException">The view does not lie inside these bytes.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new ReadOnlySpan<byte>(_start + offset, length);
    }
}
