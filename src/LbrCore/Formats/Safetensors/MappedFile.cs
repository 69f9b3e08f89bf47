using System.IO.MemoryMappedFiles;

namespace LbrCore.Formats.Safetensors;

/// <summary>A whole file mapped read-only into the address space. The only place here that handles raw addresses.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    private MappedFile(MemoryMappedFile map, MemoryMappedViewAccessor view, long length)
    {
        _map = map;
        _view = view;
        Length = length;
        // Holds a reference on the view's handle: without Dispose the mapping leaks rather than vanish under a reader.
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    /// <summary>Length of the file in bytes when it was opened.</summary>
    public long Length { get; }

    /// <summary>Maps a file.</summary>
    /// <exception cref="SafetensorsException">The file cannot be opened or is empty.</exception>
    public static MappedFile Open(string path)
    {
        MemoryMappedFile? map = null;
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            long length;
            using (file)
            {
                length = file.Length;
                if (length == 0)
                    throw new SafetensorsException($"{path}: the file is empty; download it again.");
                map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
                return new MappedFile(map, map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read), length);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            map?.Dispose();
            throw new SafetensorsException($"{path}: cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Bytes of the file in place.</summary>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public MappedBytes Bytes(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_start == null, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new MappedBytes(_start + offset, length);
    }

    public void Dispose()
    {
        if (_start == null)
            return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}
