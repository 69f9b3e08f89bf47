using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Kernels;

namespace LbrCore.Model;

/// <summary>Brings tensors of a checkpoint to a device. What is stored in another element type is converted there, piece by piece.</summary>
/// <typeparam name="T">Element type on the device.</typeparam>
internal sealed class WeightUpload<T> : IDisposable
    where T : unmanaged
{
    private const int PieceBytes = 32 << 20;

    private readonly ITensorSource _source;
    private readonly ComputeStream _stream;
    private DeviceBuffer<byte>? _staging;
    private byte[]? _host;

    public WeightUpload(ITensorSource source, ComputeStream stream)
    {
        _source = source;
        _stream = stream;
    }

    /// <summary>Copies a whole tensor.</summary>
    /// <exception cref="CheckpointException">The tensor is missing or of a type that weights do not have.</exception>
    public void Copy(string name, ArrayView<T> target)
    {
        TensorInfo info = _source.GetInfo(name);
        if (info.Dtype == ElementTypes.Of<T>()) CopyAs<T>(name, target, static (_, from, to, stream) => stream.CopyFromHost(from, to));
        else if (info.Dtype == TensorDtype.F32) CopyAs<float>(name, target, Convert);
        else if (info.Dtype == TensorDtype.BF16) CopyAs<BFloat16>(name, target, Convert);
        else if (info.Dtype == TensorDtype.F16) CopyAs<Half>(name, target, Convert);
        else throw new CheckpointException($"{_source.Description}: tensor {info} should be F32, F16 or BF16; convert the weights.");
    }

    public void Dispose() => _staging?.Dispose();

    private delegate void Piece<TStored>(WeightUpload<T> upload, ReadOnlySpan<TStored> from, ArrayView<T> to, ComputeStream stream)
        where TStored : unmanaged;

    private void CopyAs<TStored>(string name, ArrayView<T> target, Piece<TStored> copy)
        where TStored : unmanaged
    {
        int size = Unsafe.SizeOf<TStored>(), pieceElements = PieceBytes / size;
        for (long done = 0; done < target.Length;)
        {
            int count = (int)Math.Min(target.Length - done, pieceElements);
            copy(this, MemoryMarshal.Cast<byte, TStored>(Read(name, done * size, count * size)), target.SubView(done, count), _stream);
            done += count;
        }
    }

    // In place where the source is mapped; tensors of hand-made files may be misaligned, which copies of bytes do not mind.
    private ReadOnlySpan<byte> Read(string name, long offset, int length)
    {
        if (_source.TryMap(name, out MappedBytes mapped)) return mapped.Slice(offset, length);
        _host ??= new byte[PieceBytes];
        Span<byte> bytes = _host.AsSpan(0, length);
        _source.ReadBytes(name, offset, bytes);
        return bytes;
    }

    // No larger than the largest tensor needs: what is loaded into a small model takes no more than training it.
    private ArrayView<byte> Staging(long bytes)
    {
        if (_staging is null || _staging.Length < bytes)
        {
            _staging?.Dispose();
            _staging = _stream.Device.Allocate<byte>(bytes);
        }

        return _staging.View;
    }

    private static void Convert<TStored>(WeightUpload<T> upload, ReadOnlySpan<TStored> from, ArrayView<T> to, ComputeStream stream)
        where TStored : unmanaged
    {
        ArrayView<TStored> staged = upload.Staging((long)from.Length * Unsafe.SizeOf<TStored>()).Cast<TStored>().SubView(0, from.Length);
        stream.CopyFromHost(from, staged);
        Elements.LaunchCast(stream, staged, to);
    }
}
