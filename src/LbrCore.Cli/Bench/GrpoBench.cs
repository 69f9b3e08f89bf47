using System.Diagnostics;
using System.Globalization;
using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Tasks;
using LbrCore.Tasks.Reachability;
using LbrCore.Training.Grpo;
using LbrCore.Training.Optimization;

namespace LbrCore.Cli.Bench;

/// <summary>
/// The whole loop of training by rewards, rollouts and update: tokens a second, where the time goes, and what memory it took. Random weights, so answers end by chance or not at
/// all, and every group is learned from. One model is of a size that is trained whole, the other is that of the reachability experiments.
/// </summary>
internal static class GrpoBench
{
    private const string Part = "grpo";

    /// <summary>A model, its task, and how answers are drawn.</summary>
    private sealed record Loop(string Name, ModelConfig Config, ReasoningTask Task, int Prompts, int Rollouts, int Width, int Depth, int MaxRows)
    {
        public string Case => $"{Name}-k{Width}-l{Depth}";

        public GrpoOptions Options => new() { Prompts = Prompts, Rollouts = Rollouts, Width = Width, Depth = Depth, RouterEntropyBonus = 1e-6 };
    }

    /// <summary>Measures all of it.</summary>
    public static void Run(BenchSession session)
    {
        if (!session.IsLarge)
        {
            foreach (int width in (int[])[1, 3]) Measure<float>(session, new Loop("tiny", BenchModels.Tiny, new SyntheticTask(BenchModels.Tiny.VocabSize, 8, 6), 2, 2, width, 1, 128), 1, 2);
            return;
        }

        ModelConfig whole = BenchModels.Of150M, small = BenchModels.OfReachability;
        var synthetic = new SyntheticTask(whole.VocabSize, 256, 128);
        var reachability = new ReachabilityTask(new ReachabilityOptions { Radix = 4, Width = 2 });
        foreach ((int width, int depth) in new[] { (1, 1), (3, 1) }) Measure<BFloat16>(session, new Loop("150M", whole, synthetic, 16, 8, width, depth, 16384), 2, 5);
        foreach ((int width, int depth) in new[] { (1, 1), (3, 1), (3, 2) }) Measure<BFloat16>(session, new Loop("reachability", small, reachability, 64, 8, width, depth, 65536), 3, 10);
    }

    private static void Measure<T>(BenchSession session, Loop loop, int warmUp, int steps)
        where T : unmanaged
    {
        string shape = $"{loop.Prompts} x {loop.Rollouts} answers up to {loop.Task.MaxAnswerLength} tokens";
        LoopTimes? times = null;
        string memory = "";
        session.Measure(Part, loop.Case, shape, new Work(0, 0), () =>
        {
            (Timing timing, times, memory) = Train<T>(session.Device, loop, warmUp, steps);
            return timing;
        });
        if (times is null) return;
        Dictionary<string, double> metrics = times.Metrics().ToDictionary(metric => metric.Name, metric => metric.Value);
        session.Report(new BenchRow(Part, loop.Case, "rates", 0)
        {
            Note = string.Create(
                CultureInfo.InvariantCulture,
                $"{metrics["tokens_per_second"]:0} tokens/s; rollouts alone {metrics["rollout_tokens_per_second"]:0} tokens/s, {metrics["rollout_rows_per_second"]:0} rows/s; update {metrics["trained_rows_per_second"]:0} rows/s"),
        });
        foreach ((string name, double share) in metrics.Where(metric => metric.Key.StartsWith("share/", StringComparison.Ordinal)))
            session.Report(new BenchRow(Part, loop.Case, name["share/".Length..], 1e3 * share * times.Seconds / steps) { Note = share.ToString("0.0%", CultureInfo.InvariantCulture) });
        session.Report(new BenchRow(Part, loop.Case, "memory", 0) { Note = memory });
    }

    private static (Timing Timing, LoopTimes Times, string Memory) Train<T>(Device device, Loop loop, int warmUp, int steps)
        where T : unmanaged
    {
        long before = MemoryNote.Begin(device);
        GrpoOptions options = loop.Options;
        RouterConfig? sizes = loop.Width > 1 ? RouterConfig.For(loop.Config, loop.Depth) : null;
        long planned = TransformerWeights<T>.Plan(loop.Config).TotalBytes + GrpoTrainer<T>.Plan(loop.Config, sizes, loop.Task, options, loop.MaxRows, recompute: false, device.Info).TotalBytes;
        if (sizes is not null) planned += RouterWeights.Plan(sizes).TotalBytes;
        using Transformer<T> model = BenchModels.Create<T>(loop.Config, device);
        using RouterWeights? router = sizes is null ? null : new RouterWeights(sizes, device);
        router?.Initialize(device.DefaultStream, 1);
        var optimizer = new OptimizerOptions { LearningRate = 1e-6 };
        using var trainer = new GrpoTrainer<T>(model, router, loop.Task, options, optimizer, optimizer, loop.MaxRows, 1);
        var milliseconds = new double[steps];
        for (int step = 1; step <= warmUp; step++) trainer.Step(step, 1000);
        trainer.Times.Clear();
        for (int step = 0; step < steps; step++)
        {
            long begun = Stopwatch.GetTimestamp();
            trainer.Step(warmUp + step + 1, 1000);
            milliseconds[step] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        }

        return (Timing.Of(milliseconds, 1), trainer.Times, MemoryNote.Of(device, planned, before));
    }
}
