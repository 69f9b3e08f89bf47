using System.Diagnostics;
using LbrCore.Compute;

namespace LbrCore.Cli.Bench;

/// <summary>Measures work on a device: by events around replays of a captured graph, or by the host's clock around single launches.</summary>
/// <param name="device">The device.</param>
internal sealed class DeviceTimer(Device device)
{
    private const int MinSamples = 7, MaxSamples = 60;

    /// <summary>The stream that is timed.</summary>
    public ComputeStream Stream { get; } = device.CreateStream();

    /// <summary>The median device time of one call: several calls are captured into a graph, which is replayed between events.</summary>
    /// <param name="calls">Calls in the graph. They should use different memory, so that caches do not serve it.</param>
    /// <param name="call">Queues the call of a number.</param>
    /// <param name="budgetMilliseconds">About how long all replays together may take; at least 7 are made.</param>
    public Timing Graph(int calls, Action<ComputeStream, int> call, double budgetMilliseconds = 30)
    {
        call(Stream, 0);
        Stream.Synchronize();
        using Graph graph = device.Capture(Stream, stream =>
        {
            for (int i = 0; i < calls; i++) call(stream, i);
        });
        graph.Upload(Stream);
        double once = Replay(graph, 2)[1];
        int samples = device.Info.Kind == DeviceKind.Cuda ? MinSamples : 3;
        samples = Math.Clamp((int)(budgetMilliseconds / Math.Max(once, 1e-4)), samples, MaxSamples);
        return Timing.Of(Replay(graph, samples), calls);
    }

    /// <summary>The host's time for one call, device work included only if the call waits for it.</summary>
    /// <param name="samples">Times measured.</param>
    /// <param name="calls">Calls in each.</param>
    /// <param name="call">The call.</param>
    public Timing Host(int samples, int calls, Action<ComputeStream> call)
    {
        for (int i = 0; i < calls; i++) call(Stream);
        Stream.Synchronize();
        var times = new double[samples];
        for (int sample = 0; sample < samples; sample++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < calls; i++) call(Stream);
            times[sample] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            Stream.Synchronize();
        }

        return Timing.Of(times, calls);
    }

    private double[] Replay(Graph graph, int count)
    {
        var marks = new ComputeEvent[count + 1];
        try
        {
            for (int i = 0; i <= count; i++) marks[i] = device.CreateEvent();
            Stream.Record(marks[0]);
            for (int i = 0; i < count; i++)
            {
                graph.Launch(Stream);
                Stream.Record(marks[i + 1]);
            }

            Stream.Synchronize();
            return [.. Enumerable.Range(0, count).Select(i => marks[i + 1].MillisecondsSince(marks[i]))];
        }
        finally
        {
            foreach (ComputeEvent? mark in marks) mark?.Dispose();
        }
    }
}
