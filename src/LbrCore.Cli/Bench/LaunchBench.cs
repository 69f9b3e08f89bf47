using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Cli.Bench;

/// <summary>What it costs to start work, whatever the work: graphs of small kernels, single launches, waiting.</summary>
internal static class LaunchBench
{
    private const string Part = "launch";
    private const int Kernels = 100;
    private const int Elements = 1024;

    /// <summary>Measures all of it. Times are for one kernel.</summary>
    public static void Run(BenchSession session)
    {
        using DeviceBuffer<float> memory = session.Device.Allocate<float>(Elements);
        ArrayView<float> view = memory.View;
        foreach (bool dependent in new[] { false, true })
        {
            string name = dependent ? "graph, dependent launch" : "graph";
            session.Measure(Part, name, $"{Kernels} x fill {Elements}", default, Kernels, (stream, i) => LbrCore.Kernels.Elements.LaunchFill(stream, view, i + 0.5f, dependent));
        }

        var config = new LaunchConfig(1);
        PreparedLaunch prepared = LbrCore.Kernels.Elements.PrepareFill(session.Device, config, view, 0.5f, 0, Elements * sizeof(float) / 16);
        string shape = $"fill {Elements}";
        session.Measure(Part, "submit, prepared", shape, default, () => session.Timer.Host(15, Kernels, prepared.Launch));
        session.Measure(Part, "submit, checked", shape, default, () => session.Timer.Host(15, Kernels, stream => LbrCore.Kernels.Elements.LaunchFill(stream, view, 0.5f)));
        session.Measure(Part, "submit and wait", shape, default, () => session.Timer.Host(15, Kernels, stream =>
        {
            prepared.Launch(stream);
            stream.Synchronize();
        }));
        session.Measure(Part, "submit graph", $"{Kernels} x fill {Elements}", default, () => SubmitGraph(session, prepared));
    }

    private static Timing SubmitGraph(BenchSession session, PreparedLaunch prepared)
    {
        using Graph graph = session.Device.Capture(session.Timer.Stream, stream =>
        {
            for (int i = 0; i < Kernels; i++) prepared.Launch(stream);
        });
        return session.Timer.Host(15, 10, graph.Launch);
    }
}
