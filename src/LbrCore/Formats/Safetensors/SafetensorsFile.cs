using System.Diagnostics.CodeAnalysis;

namespace LbrCore.Formats.Safetensors;

/// <summary>One safetensors file, memory-mapped: opening reads the header only, tensors are paged in as they are read.</summary>
/// <example>
/// <code>
/// using var file = SafetensorsFile.Open("model.safetensors");
/// float[] norm = file.ReadAsFloat32("model.norm.weight");
/// </code>
/// </example>
public sealed class SafetensorsFile : ITensorSource
{
    private readonly MappedFile _file;
    private readonly SafetensorsHeader _header;

    private SafetensorsFile(string path, MappedFile file, SafetensorsHeader header)
    {
        Description = path;
        _file = file;
        _header = header;
        Names = [.. header.Tensors.Select(tensor => tensor.Name)];
    }

    /// <summary>Path of the file, as it was given.</summary>
    public string Description { get; }

    /// <summary>Names of all tensors, in the order of their data in the file.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Descriptions of all tensors, in the order of their data in the file.</summary>
    public IReadOnlyList<TensorInfo> Tensors => _header.Tensors;

    /// <summary>The strings under <c>__metadata__</c>; empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <param name="path">Path of the file. It must not be truncated or rewritten in place while it is open.</param>
    /// <exception cref="SafetensorsException">The file cannot be opened or breaks the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Safetensors data is little-endian and is used in place; this machine is big-endian.");

        MappedFile file = MappedFile.Open(path);
        try
        {
            int prefix = (int)Math.Min(file.Length, SafetensorsHeader.LengthBytes + SafetensorsHeader.MaxHeaderBytes);
            return new SafetensorsFile(path, file, SafetensorsHeader.Parse(file.Bytes(0, prefix).Slice(0, prefix), file.Length, path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool TryGetInfo(string name, [NotNullWhen(true)] out TensorInfo? info) => _header.TryGet(name, out info);

    /// <summary>The tensor's bytes in the mapping, for upload without a copy.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <returns>Bytes that stay valid until this object is disposed.</returns>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public MappedBytes Map(string name)
    {
        TensorInfo info = this.GetInfo(name);
        return _file.Bytes(info.ByteOffset, info.ByteLength);
    }

    /// <inheritdoc/>
    public void ReadBytes(string name, long offset, Span<byte> destination) =>
        Map(name).Slice(offset, destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    public bool TryMap(string name, out MappedBytes bytes)
    {
        bytes = Map(name);
        return true;
    }

    /// <summary>Unmaps the file. Spans and addresses obtained from it must not be used afterwards.</summary>
    public void Dispose() => _file.Dispose();
}
