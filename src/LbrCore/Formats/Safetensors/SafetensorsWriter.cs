using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LbrCore.Formats.Safetensors;

/// <summary>Fills part of a tensor while it is written, for example from a device buffer.</summary>
/// <param name="offset">First byte wanted, relative to the tensor.</param>
/// <param name="destination">To be filled completely with little-endian elements.</param>
public delegate void TensorFill(long offset, Span<byte> destination);

/// <summary>Writes one safetensors file, tensor by tensor, without holding more than a chunk in memory.</summary>
/// <remarks>
/// The path keeps its old content until <see cref="Commit"/> has everything on the disk and renames; whatever goes wrong
/// before that leaves no trace. The same tensors and metadata give the same bytes.
/// </remarks>
/// <example>
/// <code>
/// using var writer = SafetensorsWriter.Create("out.safetensors", [new TensorSpec("logits", TensorDtype.F32, rows, vocabulary)]);
/// writer.Append&lt;float&gt;("logits", values);
/// writer.Commit();
/// </code>
/// </example>
public sealed class SafetensorsWriter : IDisposable
{
    private const int ChunkBytes = 4 << 20;

    private readonly string _path;
    private readonly AtomicFile _file;
    private readonly Dictionary<string, TensorInfo> _tensors;
    private readonly Dictionary<string, long> _written;

    private SafetensorsWriter(string path, AtomicFile file, TensorInfo[] tensors)
    {
        _path = path;
        _file = file;
        Tensors = tensors;
        _tensors = tensors.ToDictionary(tensor => tensor.Name);
        _written = tensors.ToDictionary(tensor => tensor.Name, _ => 0L);
    }

    /// <summary>What transformers writes and expects as metadata of model weights: <c>format = pt</c>.</summary>
    public static IReadOnlyDictionary<string, string> ModelMetadata { get; } = new Dictionary<string, string> { ["format"] = "pt" }.AsReadOnly();

    /// <summary>The declared tensors in the order of their data; writing in this order is sequential on the disk.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Begins a file: reserves its space and writes the header.</summary>
    /// <param name="path">Path of the file; its folder must exist. An existing file is replaced on <see cref="Commit"/>.</param>
    /// <param name="tensors">Everything the file will hold.</param>
    /// <param name="metadata">Strings for <c>__metadata__</c>, or none.</param>
    /// <exception cref="SafetensorsException">Names clash, or the file cannot be created (no such folder, disk full, not allowed).</exception>
    public static SafetensorsWriter Create(string path, IEnumerable<TensorSpec> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        (byte[] start, TensorInfo[] infos) = SafetensorsHeaderWriter.Write(tensors, metadata, path);
        long length = infos.Length == 0 ? start.Length : infos[^1].ByteOffset + infos[^1].ByteLength;
        return Guarded(path, () =>
        {
            AtomicFile file = AtomicFile.Create(path, length);
            try
            {
                file.Write(0, start);
                return new SafetensorsWriter(path, file, infos);
            }
            catch
            {
                file.Dispose();
                throw;
            }
        });
    }

    /// <summary>Writes the next elements of a tensor. A tensor may come in several parts, and tensors in any order.</summary>
    /// <typeparam name="T">The tensor's element type, or <see cref="byte"/> for raw little-endian bytes of any type.</typeparam>
    /// <param name="name">Name of a declared tensor.</param>
    /// <param name="values">The elements that follow those already written.</param>
    /// <exception cref="SafetensorsException">No such tensor was declared, the element size differs, there are more elements than declared, or the disk fails.</exception>
    public void Append<T>(string name, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        TensorInfo tensor = Declared(name);
        if (typeof(T) != typeof(byte) && Unsafe.SizeOf<T>() != tensor.Dtype.SizeInBytes())
            throw new SafetensorsException($"{_path}: tensor {Quoting.Quote(name)} has elements of type {tensor.Dtype.Name()}, not of {Unsafe.SizeOf<T>()} bytes.");

        // Counted before the product is formed: a span of 2^31 elements of 8 bytes does not fit a byte span.
        for (int chunk = ChunkBytes / Unsafe.SizeOf<T>(); !values.IsEmpty; values = values[Math.Min(chunk, values.Length)..])
            Write(tensor, MemoryMarshal.AsBytes(values[..Math.Min(chunk, values.Length)]));
    }

    /// <summary>Writes the rest of a tensor in chunks that a callback fills.</summary>
    /// <param name="name">Name of a declared tensor.</param>
    /// <param name="fill">Called with rising offsets until the tensor is complete. What it throws passes through.</param>
    /// <exception cref="SafetensorsException">No such tensor was declared, or the disk fails.</exception>
    public void Append(string name, TensorFill fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        TensorInfo tensor = Declared(name);
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(ChunkBytes, tensor.ByteLength));
        try
        {
            while (_written[name] < tensor.ByteLength)
            {
                Span<byte> chunk = buffer.AsSpan(0, (int)Math.Min(ChunkBytes, tensor.ByteLength - _written[name]));
                fill(_written[name], chunk);
                Write(tensor, chunk);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Checks that every tensor is complete, flushes to the disk and gives the file its name.</summary>
    /// <exception cref="SafetensorsException">A tensor is incomplete, or the disk fails; the path keeps its old content.</exception>
    public void Commit()
    {
        foreach (TensorInfo tensor in Tensors)
        {
            if (_written[tensor.Name] < tensor.ByteLength)
                throw new SafetensorsException($"{_path}: tensor {Quoting.Quote(tensor.Name)} has {_written[tensor.Name]} of its {tensor.ByteLength} bytes; write the rest before Commit.");
        }

        Guarded(_path, () =>
        {
            _file.Commit();
            return true;
        });
    }

    /// <summary>Closes the file; without <see cref="Commit"/> removes everything that was written.</summary>
    public void Dispose() => _file.Dispose();

    private void Write(TensorInfo tensor, ReadOnlySpan<byte> bytes)
    {
        long written = _written[tensor.Name];
        if (bytes.Length > tensor.ByteLength - written)
            throw new SafetensorsException($"{_path}: tensor {Quoting.Quote(tensor.Name)} was declared with {tensor.ByteLength} bytes and gets {written + bytes.Length}.");
        try
        {
            _file.Write(tensor.ByteOffset + written, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(_path, e);
        }

        _written[tensor.Name] = written + bytes.Length;
    }

    private TensorInfo Declared(string name) =>
        _tensors.TryGetValue(name, out TensorInfo? tensor)
            ? tensor
            : throw new SafetensorsException($"{_path}: tensor {Quoting.Quote(name)} was not declared when the file was begun.");

    private static T Guarded<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw NotWritten(path, e);
        }
    }

    private static SafetensorsException NotWritten(string path, Exception e) => new($"{path}: cannot be written: {e.Message}", e);
}
