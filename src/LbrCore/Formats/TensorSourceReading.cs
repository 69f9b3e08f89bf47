using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LbrCore.Formats;

/// <summary>Typed reads over any <see cref="ITensorSource"/>.</summary>
public static class TensorSourceReading
{
    /// <summary>Conversion goes through a buffer of this many bytes, small enough to stay in the second-level cache.</summary>
    private const int ChunkBytes = 256 * 1024;

    /// <summary>Description of a tensor that must be there.</summary>
    /// <param name="source">Where to look.</param>
    /// <param name="name">Name of the tensor.</param>
    /// <exception cref="CheckpointException">There is no such tensor; the message names it and the source.</exception>
    public static TensorInfo GetInfo(this ITensorSource source, string name) =>
        source.TryGetInfo(name, out TensorInfo? info)
            ? info
            : throw new CheckpointException($"{source.Description}: there is no tensor {Quoting.Quote(name)} among its {source.Names.Count} tensors.");

    /// <summary>Reads a whole tensor of F64, F32, F16 or BF16 as 32-bit floats. Only F64 is rounded.</summary>
    /// <param name="source">Where to read.</param>
    /// <param name="name">Name of the tensor.</param>
    /// <returns>All elements in row-major order.</returns>
    /// <exception cref="CheckpointException">There is no such tensor, or it does not hold floating-point numbers, or is too large for one array.</exception>
    public static float[] ReadAsFloat32(this ITensorSource source, string name)
    {
        var values = new float[ArrayLength(source, source.GetInfo(name))];
        source.ReadAsFloat32(name, 0, values);
        return values;
    }

    /// <summary>Reads part of a tensor of F64, F32, F16 or BF16 as 32-bit floats, in chunks and without further allocation.</summary>
    /// <param name="source">Where to read.</param>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="firstElement">First element to read, counted in row-major order.</param>
    /// <param name="destination">Receives exactly its length in elements.</param>
    /// <exception cref="CheckpointException">There is no such tensor, or it does not hold floating-point numbers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie inside the tensor.</exception>
    public static void ReadAsFloat32(this ITensorSource source, string name, long firstElement, Span<float> destination)
    {
        switch (Checked(source, name, firstElement, destination.Length).Dtype)
        {
            case TensorDtype.F32:
                source.ReadBytes(name, firstElement * sizeof(float), MemoryMarshal.AsBytes(destination));
                break;
            case TensorDtype.F64:
                Convert<double, float>(source, name, firstElement, destination, TensorPrimitives.ConvertTruncating);
                break;
            case TensorDtype.F16:
                Convert<Half, float>(source, name, firstElement, destination, TensorPrimitives.ConvertToSingle);
                break;
            case TensorDtype.BF16:
                Convert<ushort, float>(source, name, firstElement, destination, WidenBFloat16);
                break;
            case TensorDtype other:
                throw new CheckpointException(
                    $"{source.Description}: tensor {Quoting.Quote(name)} holds {other.Name()}, which is not read as floating point (F64, F32, F16, BF16 are).");
        }
    }

    /// <summary>Reads a whole tensor of I32 or I64 as 32-bit integers, for example token ids.</summary>
    /// <param name="source">Where to read.</param>
    /// <param name="name">Name of the tensor.</param>
    /// <returns>All elements in row-major order.</returns>
    /// <exception cref="CheckpointException">There is no such tensor, or it holds another type, is too large for one array, or a value does not fit 32 bits.</exception>
    public static int[] ReadAsInt32(this ITensorSource source, string name)
    {
        TensorInfo info = source.GetInfo(name);
        var values = new int[ArrayLength(source, info)];
        switch (info.Dtype)
        {
            case TensorDtype.I32:
                source.ReadBytes(name, 0, MemoryMarshal.AsBytes(values.AsSpan()));
                return values;
            case TensorDtype.I64:
                try
                {
                    Convert<long, int>(source, name, 0, values, TensorPrimitives.ConvertChecked);
                    return values;
                }
                catch (OverflowException e)
                {
                    throw new CheckpointException($"{source.Description}: tensor {Quoting.Quote(name)} (I64) holds a value that does not fit 32 bits.", e);
                }

            default:
                throw new CheckpointException(
                    $"{source.Description}: tensor {Quoting.Quote(name)} holds {info.Dtype.Name()}, which is not read as 32-bit integers (I32 and I64 are).");
        }
    }

    private delegate void Converter<TFrom, TTo>(ReadOnlySpan<TFrom> from, Span<TTo> to);

    private static void Convert<TFrom, TTo>(
        ITensorSource source, string name, long firstElement, Span<TTo> destination, Converter<TFrom, TTo> convert)
        where TFrom : unmanaged
    {
        int size = Unsafe.SizeOf<TFrom>();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            for (int done = 0; done < destination.Length;)
            {
                int count = Math.Min(destination.Length - done, ChunkBytes / size);
                Span<byte> chunk = buffer.AsSpan(0, count * size);
                source.ReadBytes(name, (firstElement + done) * size, chunk);
                convert(MemoryMarshal.Cast<byte, TFrom>(chunk), destination.Slice(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A bfloat16 is the upper half of the float with the same value.</summary>
    private static void WidenBFloat16(ReadOnlySpan<ushort> from, Span<float> to)
    {
        Span<uint> bits = MemoryMarshal.Cast<float, uint>(to);
        TensorPrimitives.ConvertTruncating(from, bits);
        TensorPrimitives.ShiftLeft(bits, 16, bits);
    }

    private static TensorInfo Checked(ITensorSource source, string name, long first, int count)
    {
        TensorInfo info = source.GetInfo(name);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        if (first > info.ElementCount - count)
            throw new ArgumentOutOfRangeException(nameof(first), $"Elements {first} to {first + count} of {info} were asked for; it has {info.ElementCount}.");
        return info;
    }

    private static int ArrayLength(ITensorSource source, TensorInfo info) =>
        info.ElementCount <= Array.MaxLength
            ? (int)info.ElementCount
            : throw new CheckpointException(
                $"{source.Description}: tensor {Quoting.Quote(info.Name)} has {info.ElementCount} elements, too many for one array; read it in parts.");
}
