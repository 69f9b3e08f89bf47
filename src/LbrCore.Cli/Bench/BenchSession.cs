using System.Diagnostics;
using LbrCore.Cli.Kernels;
using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Model;

namespace LbrCore.Cli.Bench;

/// <summary>What all parts of the benchmark share: device, timer, data, what is wanted, and where results go.</summary>
internal sealed class BenchSession : IDisposable
{
    /// <summary>Bytes that pass before a matrix comes round again: several times the largest L2 cache.</summary>
    public const long RotateBytes = 256L << 20;

    /// <summary>Why a case was not begun.</summary>
    public const string OutOfTime = "time budget spent";

    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly string[] _wanted;
    private readonly double _seconds;
    private readonly Action<BenchRow> _report;

    /// <summary>A session on an open device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="filter">Only parts and cases with one of these, separated by commas, in their names; null for all.</param>
    /// <param name="seconds">After this time no new case is begun.</param>
    /// <param name="report">Receives each result.</param>
    public BenchSession(Device device, string? filter, double seconds, Action<BenchRow> report)
    {
        Device = device;
        Timer = new DeviceTimer(device);
        _wanted = filter is null ? [] : KernelNames.Parts(filter);
        _seconds = seconds;
        _report = report;
        // The memory of a GPU holds a copy of 4 GiB; a CPU would need seconds for it and shows nothing new.
        long wanted = IsLarge ? 4L << 30 : 128L << 20;
        long affordable = device.GetMemoryInfo().Free / 3 & -4096L;
        Pool = new RandomPool(device, Math.Min(wanted, affordable));
        Roofline = new Roofline(this);
    }

    /// <summary>The device.</summary>
    public Device Device { get; }

    /// <summary>Its timer.</summary>
    public DeviceTimer Timer { get; }

    /// <summary>The inputs of all cases.</summary>
    public RandomPool Pool { get; }

    /// <summary>Whether the sizes are those of real models; the CPU gets small ones.</summary>
    public bool IsLarge => Device.Info.Kind == DeviceKind.Cuda;

    /// <summary>Whether every shape of a kernel that can run is timed, and not only the one that would be chosen.</summary>
    public bool Sweep { get; init; }

    /// <summary>What the device can do at best.</summary>
    public Roofline Roofline { get; }

    /// <summary>Shapes that were asked for.</summary>
    public BenchShapes Shapes { get; init; } = new();

    /// <summary>Element type of attention, linear layers and models.</summary>
    public TensorDtype ElementType => Shapes.ElementType ?? ElementTypes.DefaultFor(Device);

    /// <summary>Whether a case is wanted.</summary>
    public bool Wants(string part, string @case) => _wanted.Length == 0 || _wanted.Any(word => $"{part}.{@case}".Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Takes in a result.</summary>
    public void Report(BenchRow row) => _report(row);

    /// <summary>Measures device work in a graph and reports it.</summary>
    /// <param name="part">Group of cases.</param>
    /// <param name="case">The operation.</param>
    /// <param name="shape">Its sizes.</param>
    /// <param name="work">Bytes that must be moved and operations that must be done by one call.</param>
    /// <param name="calls">Calls in the graph.</param>
    /// <param name="call">Queues the call of a number.</param>
    public void Measure(string part, string @case, string shape, Work work, int calls, Action<ComputeStream, int> call) =>
        Measure(part, @case, shape, work, () => Timer.Graph(calls, call));

    /// <summary>Measures something and reports it; an error becomes a row of its own and the rest goes on.</summary>
    public void Measure(string part, string @case, string shape, Work work, Func<Timing> measure, string note = "")
    {
        if (!Wants(part, @case)) return;
        if (Stopwatch.GetElapsedTime(_start).TotalSeconds > _seconds)
        {
            Report(new BenchRow(part, @case, shape, 0) { Skipped = OutOfTime });
            return;
        }

        try
        {
            Timing timing = measure();
            Report(new BenchRow(part, @case, shape, timing.Median)
            {
                OfRoofline = Roofline.Share(work, work.Elements, timing.Median),
                GigabytesPerSecond = work.Bytes / timing.Median / 1e6,
                Teraflops = work.Operations / timing.Median / 1e9,
                Spread = timing.Spread,
                Samples = timing.Samples,
                Note = note,
            });
        }
        catch (ComputeException exception) when (exception is not DeviceUnavailableException)
        {
            Report(new BenchRow(part, @case, shape, 0) { Skipped = exception.Message });
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Pool.Dispose();
        Timer.Stream.Dispose();
    }
}
