using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Cli.Bench;

/// <summary>How long the driver takes to compile and load each kernel, before its cache of compiled code helps or after.</summary>
internal static class LoadBench
{
    private const string Part = "load";

    /// <summary>Loads every variant and reports the sum and the slowest. Must run first: a kernel is loaded once.</summary>
    public static void Run(BenchSession session)
    {
        if (!session.Wants(Part, "modules") || !session.IsLarge) return;
        var loaded = new List<LoadedKernel>();
        foreach (KernelVariant variant in KernelCatalog.All)
        {
            try
            {
                loaded.Add(session.Device.Load(variant));
            }
            catch (ComputeException exception) when (exception is KernelNotSupportedException or PtxCompilationException)
            {
                session.Report(new BenchRow(Part, variant.Name, "module", 0) { Skipped = exception.Message });
            }
        }

        if (loaded.Count == 0) return;
        double[] times = [.. loaded.Select(kernel => kernel.LoadTime.TotalMilliseconds)];
        Timing one = Timing.Of([.. times], 1);
        LoadedKernel slowest = loaded.MaxBy(kernel => kernel.LoadTime)!;
        session.Report(new BenchRow(Part, "modules, each", $"{loaded.Count} modules", one.Median) { Samples = one.Samples, Spread = one.Spread });
        session.Report(new BenchRow(Part, "modules, all", $"{loaded.Count} modules", times.Sum()));
        session.Report(new BenchRow(Part, "modules, slowest", slowest.Variant.Name, slowest.LoadTime.TotalMilliseconds));
    }
}
