using System.Runtime.CompilerServices;
using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Kernels;
using LbrCore.Model;

namespace LbrCore.Cli.Bench;

/// <summary>
/// What the device can do at best, measured in the same run: memory by the device's own copy, arithmetic by the largest Linear. A call is done no sooner than the slower of its bytes and its
/// operations; how near it comes is its share of the roofline (Williams, Waterman and Patterson, Roofline, 2009).
/// </summary>
/// <param name="session">Where to measure; results become rows of the part ceilings.</param>
internal sealed class Roofline(BenchSession session)
{
    private const string Part = "ceilings";

    private double? _bytesPerMillisecond;
    private readonly Dictionary<Type, double> _operationsPerMillisecond = [];

    /// <summary>The least milliseconds that a call can take, over those that it took; 0 where the work says nothing.</summary>
    /// <param name="work">Bytes and operations of the call.</param>
    /// <param name="elements">Type of its operands, which sets the arithmetic's ceiling; null where operations do not matter.</param>
    /// <param name="milliseconds">What was measured.</param>
    public double Share(Work work, Type? elements, double milliseconds)
    {
        double least = work.Bytes > 0 ? work.Bytes / BytesPerMillisecond() : 0;
        if (elements is not null && work.Operations > 0) least = Math.Max(least, work.Operations / OperationsPerMillisecond(elements));
        return milliseconds > 0 ? least / milliseconds : 0;
    }

    /// <summary>Measures the copy, once.</summary>
    public double BytesPerMillisecond()
    {
        if (_bytesPerMillisecond is { } known) return known;
        long bytes = session.Pool.Bytes;
        using DeviceBuffer<byte> target = session.Device.Allocate<byte>(bytes);
        ArrayView<byte> source = session.Pool.Take<byte>(0, bytes);
        Timing timing = session.Timer.Graph(1, (stream, _) => stream.Copy(source, target.View));
        var work = new Work(2.0 * bytes);
        session.Report(new BenchRow(Part, "copy", Terminal.Format.Bytes(bytes).Replace(" ", "", StringComparison.Ordinal), timing.Median)
        {
            GigabytesPerSecond = work.Bytes / timing.Median / 1e6,
            Spread = timing.Spread,
            Samples = timing.Samples,
            Note = "the device's own copy: memory's part of the roofline",
        });
        return (_bytesPerMillisecond = work.Bytes / timing.Median).Value;
    }

    private double OperationsPerMillisecond(Type elements)
    {
        if (_operationsPerMillisecond.TryGetValue(elements, out double known)) return known;
        double rate = elements == typeof(float) ? Matmul<float>() : elements == typeof(Half) ? Matmul<Half>() : Matmul<BFloat16>();
        return _operationsPerMillisecond[elements] = rate;
    }

    private double Matmul<T>() where T : unmanaged
    {
        int size = session.IsLarge ? Unsafe.SizeOf<T>() == sizeof(float) ? 1024 : 4096 : 256;
        long elements = (long)size * size;
        using DeviceBuffer<T> y = session.Device.Allocate<T>(elements);
        using var workspace = new LinearWorkspace(session.Device);
        Timing timing = session.Timer.Graph(1, (stream, _) => Linear.Forward(stream, session.Pool.Take<T>(0, elements), session.Pool.Take<T>(1, elements), y.View, size, size, size, workspace: workspace));
        double operations = 2.0 * size * elements;
        session.Report(new BenchRow(Part, $"linear {ElementTypes.Of<T>().Name().ToLowerInvariant()}", $"M{size} K{size} N{size}", timing.Median)
        {
            Teraflops = operations / timing.Median / 1e9,
            Spread = timing.Spread,
            Samples = timing.Samples,
            Note = "a large Linear: arithmetic's part of the roofline",
        });
        return operations / timing.Median;
    }
}
