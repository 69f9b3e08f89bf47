using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Model;
using LbrCore.Tasks;
using LbrCore.Training.Grpo;

namespace LbrCore.Training.Runs;

/// <summary>A run's memory: what it will take, told and checked before it takes any, and in the end what it took.</summary>
/// <param name="plan">All that the run will allocate on the device at the same time.</param>
/// <param name="device">The device.</param>
internal sealed class RunMemory(MemoryPlan plan, Device device)
{
    /// <summary>The kind under which memory is told and logged.</summary>
    public const string Kind = "memory";

    /// <summary>Bytes of the unit of all reports.</summary>
    public const double Mebibyte = 1 << 20;

    // Buffers of others on the device.
    private readonly long _before = device.GetMemoryInfo().Allocated;

    // Problems of an evaluation that are answered at the same time.
    private const int MostEvaluated = 512;

    /// <summary>Tells the parts of the plan and their sum, in MiB, and what the device has free; refuses what does not fit. Peaks count from here on.</summary>
    /// <param name="advice">What to make smaller.</param>
    /// <param name="progress">Who is told.</param>
    /// <exception cref="OutOfDeviceMemoryException">Less is free than the run needs; the message names every part.</exception>
    public void Begin(string advice, RunProgress? progress)
    {
        if (progress is not null)
        {
            var values = new List<(string, double)>();
            foreach (IGrouping<string, MemoryPlan.Part> part in plan.Parts.GroupBy(part => part.Name)) values.Add(($"{part.Key.Replace(' ', '_')}_mib", part.Sum(one => one.Bytes) / Mebibyte));
            progress(Kind, 0, [.. values, ("planned_mib", plan.TotalBytes / Mebibyte), ("free_mib", device.GetMemoryInfo().Free / Mebibyte)]);
        }

        plan.Require(device, advice);
        device.ResetMemoryPeaks();
    }

    /// <summary>What was planned and the most that live buffers took at a time, in MiB; on a GPU also the most that the driver's pool took for them, and what is taken of the whole GPU.</summary>
    public IReadOnlyList<(string Name, double Value)> Measured()
    {
        long peak = device.GetMemoryInfo().Peak - _before;
        List<(string, double)> values = [("planned_mib", plan.TotalBytes / Mebibyte), ("peak_mib", peak / Mebibyte), ("peak_share", (double)peak / plan.TotalBytes)];
        if (device.GetDriverMemoryInfo() is { } driver) values.AddRange([("reserved_mib", driver.ReservedPeak / Mebibyte), ("device_used_mib", driver.Used / Mebibyte)]);
        return values;
    }

    /// <summary>Problems that an evaluation asks.</summary>
    public static int EvaluationProblems(RunConfig config, ReasoningTask task) => (int)Math.Min(config.EvaluationProblems, task.Count(ProblemSplit.HeldOut) ?? long.MaxValue);

    /// <summary>Answers of an evaluation that are drawn at the same time.</summary>
    public static int EvaluatedAtATime(RunConfig config, ReasoningTask task) => Math.Min(EvaluationProblems(config, task), MostEvaluated);

    /// <summary>What the larger of an evaluation's decoders allocates.</summary>
    public static MemoryPlan OfEvaluation(RunConfig config, ModelConfig model, TensorDtype type, ReasoningTask task, LbrOptions lbr, ThinkingOptions? thinking, DeviceInfo device)
    {
        int sequences = EvaluatedAtATime(config, task);
        if (sequences == 0) return new MemoryPlan();
        MemoryPlan drawn = RolloutEngine.Plan(model, type, task, lbr, sequences, thinking, device), best = RolloutEngine.Plan(model, type, task, Best(lbr, thinking), sequences, null, device);
        return drawn.TotalBytes >= best.TotalBytes ? drawn : best;
    }

    /// <summary>How the best of what could be drawn is decoded: the best branch of each tree, or without trees one token at a time.</summary>
    public static LbrOptions Best(LbrOptions lbr, ThinkingOptions? thinking) => lbr.Shape.Width > 1 && thinking is null ? lbr with { Route = RouteRule.Best } : lbr with { Width = 1 };
}
