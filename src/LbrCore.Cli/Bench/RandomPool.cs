using LbrCore.Compute;

namespace LbrCore.Cli.Bench;

/// <summary>
/// One large piece of device memory full of normally distributed bfloat16 values, from which all inputs are taken. Read as float32 it is normal too:
/// the upper half of each float is a value of its own. Zeros would be a lie: a GPU computes faster on them.
/// </summary>
internal sealed class RandomPool : IDisposable
{
    private const int SeedElements = 4 << 20;
    private readonly DeviceBuffer<BFloat16> _memory;

    /// <summary>Makes the pool: a few million values on the host, which the device then repeats.</summary>
    public RandomPool(Device device, long bytes)
    {
        _memory = device.Allocate<BFloat16>(bytes / sizeof(ushort));
        var seed = new BFloat16[Math.Min(SeedElements, _memory.Length)];
        var random = new Random(20260131);
        for (int i = 0; i < seed.Length; i += 2)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), angle = Math.Tau * random.NextDouble();
            seed[i] = (BFloat16)(float)(radius * Math.Cos(angle));
            if (i + 1 < seed.Length) seed[i + 1] = (BFloat16)(float)(radius * Math.Sin(angle));
        }

        ComputeStream stream = device.DefaultStream;
        stream.CopyFromHost<BFloat16>(seed, _memory.View);
        for (long filled = seed.Length; filled < _memory.Length;)
        {
            long count = Math.Min(filled, _memory.Length - filled);
            stream.Copy(_memory.View.SubView(0, count), _memory.View.SubView(filled, count));
            filled += count;
        }

        stream.Synchronize();
    }

    /// <summary>Bytes of the pool.</summary>
    public long Bytes => _memory.Bytes;

    /// <summary>How many different matrices of a size the pool holds, at most enough that <paramref name="wantedBytes"/> pass before one comes round again.</summary>
    public int Rotations(long matrixBytes, long wantedBytes, int most = 64) =>
        (int)Math.Clamp(Math.Min((wantedBytes + matrixBytes - 1) / matrixBytes, Bytes / matrixBytes), 1, most);

    /// <summary>Elements from the pool.</summary>
    /// <param name="index">Which of the pieces of this length, one after the other.</param>
    /// <param name="length">Elements of the piece.</param>
    public ArrayView<T> Take<T>(long index, long length) where T : unmanaged => _memory.View.Cast<T>().SubView(index * length, length);

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();
}
