using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace LbrCore.Formats.Safetensors;

/// <summary>The checked header of a safetensors file: what tensors it holds and where.</summary>
/// <remarks>
/// Format (https://github.com/huggingface/safetensors, "Format"): 8 bytes with the header length N as little-endian u64; N bytes
/// of JSON that begin with <c>{</c>, one entry per tensor <c>"name": {"dtype", "shape", "data_offsets": [begin, end]}</c>, and
/// optionally <c>__metadata__</c> with strings; then the data, without holes and without overlaps.
/// </remarks>
public sealed class SafetensorsHeader
{
    /// <summary>Longest header accepted, the same limit as in the reference implementation.</summary>
    public const int MaxHeaderBytes = 100_000_000;

    /// <summary>Most tensors accepted in one file; the largest published checkpoints hold fewer than 100,000 in all shards together.</summary>
    public const int MaxTensors = 1 << 18;

    internal const int LengthBytes = sizeof(ulong);

    private readonly Dictionary<string, TensorInfo> _byName;

    internal SafetensorsHeader(IReadOnlyList<TensorInfo> tensors, Dictionary<string, TensorInfo> byName, IReadOnlyDictionary<string, string> metadata)
    {
        Tensors = tensors;
        _byName = byName;
        Metadata = metadata;
    }

    /// <summary>All tensors, in the order of their data.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>The strings under <c>__metadata__</c>; empty where there are none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Looks a tensor up by name.</summary>
    /// <param name="name">Name of the tensor; case matters.</param>
    /// <param name="info">Its description, when the result is true.</param>
    public bool TryGet(string name, [NotNullWhen(true)] out TensorInfo? info) => _byName.TryGetValue(name, out info);

    /// <summary>Parses and checks a header: every byte of it and its agreement with the length of the file.</summary>
    /// <param name="start">
    /// The beginning of the file: at least the length field and the header, that is, the whole file or its first
    /// 8 + <see cref="MaxHeaderBytes"/> bytes.
    /// </param>
    /// <param name="fileLength">Length of the whole file in bytes.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <exception cref="SafetensorsException">The header breaks the format.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> start, long fileLength, string source)
    {
        if (fileLength < LengthBytes || start.Length < LengthBytes)
            throw new SafetensorsException($"{source}: the file has {fileLength} bytes, a safetensors file has at least 8; download it again.");

        // Compared as unsigned, so lengths beyond 2^63 are just large.
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(start);
        if (length > MaxHeaderBytes)
            throw new SafetensorsException($"{source}: the first 8 bytes give a header of {length} bytes, over the limit of {MaxHeaderBytes}; this is not a safetensors file.");
        if (length > (ulong)fileLength - LengthBytes)
            throw new SafetensorsException($"{source}: the header should have {length} bytes but the file has only {fileLength} in all; the download is not complete.");
        if (length > (ulong)(start.Length - LengthBytes))
            throw new ArgumentException($"The header has {length} bytes, {start.Length - LengthBytes} were given.", nameof(start));

        ReadOnlySpan<byte> json = start.Slice(LengthBytes, (int)length);
        if (json is not [(byte)'{', ..])
            throw new SafetensorsException($"{source}: the header does not begin with '{{'; this is not a safetensors file.");

        long dataStart = LengthBytes + (long)length;
        var reader = new SafetensorsHeaderReader(json, dataStart, source);
        return SafetensorsLayout.Check(reader.Read(), reader.Metadata, dataStart, fileLength, source);
    }
}
