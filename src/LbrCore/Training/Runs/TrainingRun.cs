using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Model;
using LbrCore.Reporting;
using LbrCore.Routing;
using LbrCore.Tasks;
using LbrCore.Training.Checkpoints;
using LbrCore.Training.Grpo;
using LbrCore.Training.Optimization;

namespace LbrCore.Training.Runs;

/// <summary>Told what is written to the log.</summary>
/// <param name="kind">train or evaluation; memory: before the first step what the run will allocate, which is told but not logged, and in the end what it took; time: in the end where that of training by rewards went.</param>
/// <param name="step">The step.</param>
/// <param name="values">The numbers.</param>
public delegate void RunProgress(string kind, long step, IReadOnlyList<(string Name, double Value)> values);

/// <summary>A run from a configuration to a model's folder: log, evaluations, checkpoints, and going on after a stop.</summary>
public static class TrainingRun
{
    /// <summary>Trains on worked solutions.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="progress">Told what is logged.</param>
    /// <param name="cancellation">Ends the run after the step under way, with a checkpoint.</param>
    /// <exception cref="ArgumentException">Something in the configuration is out of range.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public static void Supervised(SupervisedRunConfig config, Device device, RunProgress? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        Check(config);
        if (ElementType(config, device) == TensorDtype.F32) SupervisedRun<float>.Run(config, device, progress, cancellation);
        else SupervisedRun<BFloat16>.Run(config, device, progress, cancellation);
    }

    /// <summary>Trains by rewards.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="device">Where to train.</param>
    /// <param name="progress">Told what is logged.</param>
    /// <param name="cancellation">Ends the run after the step under way, with a checkpoint.</param>
    /// <exception cref="ArgumentException">Something in the configuration is out of range.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public static void Grpo(GrpoRunConfig config, Device device, RunProgress? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(config);
        Check(config);
        if (ElementType(config, device) == TensorDtype.F32) GrpoRun<float>.Run(config, device, progress, cancellation);
        else GrpoRun<BFloat16>.Run(config, device, progress, cancellation);
    }

    private static void Check(RunConfig config)
    {
        config.Validate();
        if (config.From is { } from && !Directory.Exists(from)) throw new ArgumentException($"There is no folder '{from}' to start \"from\".", nameof(config));
    }

    /// <summary>What a run of supervised training will allocate at the same time; nothing is allocated or written.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="device">Where it would train.</param>
    /// <exception cref="ArgumentException">Something in the configuration is out of range.</exception>
    public static MemoryPlan Plan(SupervisedRunConfig config, Device device)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(device);
        config.Validate();
        return ElementType(config, device) == TensorDtype.F32 ? SupervisedRun<float>.Plan(config, device.Info) : SupervisedRun<BFloat16>.Plan(config, device.Info);
    }

    /// <summary>What a run of training by rewards will allocate at the same time; nothing is allocated or written.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="device">Where it would train.</param>
    /// <exception cref="ArgumentException">Something in the configuration is out of range.</exception>
    public static MemoryPlan Plan(GrpoRunConfig config, Device device)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(device);
        config.Validate();
        return ElementType(config, device) == TensorDtype.F32 ? GrpoRun<float>.Plan(config, device.Info) : GrpoRun<BFloat16>.Plan(config, device.Info);
    }

    private static TensorDtype ElementType(RunConfig config, Device device)
    {
        TensorDtype type = config.Type is null ? ElementTypes.DefaultFor(device) : ElementTypes.Parse(config.Type);
        return type is TensorDtype.F32 or TensorDtype.BF16 ? type : throw new ArgumentException($"type is {config.Type}; models are trained in f32 or bf16.", nameof(config));
    }
}

/// <summary>What runs have in common.</summary>
/// <typeparam name="T">Element type of the model.</typeparam>
internal sealed class RunLog<T> : IDisposable
    where T : unmanaged
{
    private const string EvaluationKind = "evaluation";

    private readonly RunConfig _config;
    private readonly string _configuration;
    private readonly AdamW _optimizer;
    private readonly ComputeStream _stream;
    private readonly RunProgress? _progress;
    private readonly RunMemory _memory;
    private readonly MetricLog _log;

    public RunLog(RunConfig config, AdamW optimizer, ComputeStream stream, RunMemory memory, RunProgress? progress)
    {
        (_config, _optimizer, _stream, _memory, _progress) = (config, optimizer, stream, memory, progress);
        _configuration = RunConfigFile.ToJson(config);
        Directory.CreateDirectory(config.Output);
        (Step, Progress) = TrainingCheckpoint.Resume(config.Output, _configuration, optimizer, stream);
        string path = Path.Combine(config.Output, "log.jsonl");
        if (File.Exists(path))
            foreach (MetricRecord record in MetricLog.Read(path))
                if (record.Kind == EvaluationKind && record.Step <= Step) Evaluated = record.Step;
        _log = MetricLog.Resume(path, Step);
    }

    /// <summary>Steps done when the run began.</summary>
    public long Step { get; }

    /// <summary>The last step that was evaluated, in this run or before it was stopped; -1 for none. A step is not logged twice.</summary>
    public long Evaluated { get; private set; } = -1;

    /// <summary>What else the checkpoint held.</summary>
    public string Progress { get; }

    public void Write(string kind, long step, IReadOnlyList<(string Name, double Value)> values)
    {
        if (kind == "train") values = [.. values, ("memory_mib", _stream.Device.GetMemoryInfo().Allocated / RunMemory.Mebibyte)];
        _log.Write(kind, step, [.. values]);
        _progress?.Invoke(kind, step, values);
    }

    public void Checkpoint(long step, string progress = "") => TrainingCheckpoint.Save(_config.Output, step, _configuration, _optimizer, _stream, _config.KeepCheckpoints, progress);

    /// <summary>Saves where the interval says so, or the run is to end.</summary>
    public void AfterStep(long step, string progress, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested || (_config.CheckpointEvery > 0 && step % _config.CheckpointEvery == 0)) Checkpoint(step, progress);
        cancellation.ThrowIfCancellationRequested();
    }

    /// <summary>Answers held-out problems once each, drawn and as the best of what was drawn.</summary>
    /// <returns>The share that drawn answers solve; 0 without problems.</returns>
    public double Evaluate(long step, Transformer<T> model, ReasoningTask task, LbrOptions lbr, ThinkingOptions? thinking = null)
    {
        if (_config.EvaluationProblems == 0) return 0;
        int count = RunMemory.EvaluationProblems(_config, task);
        // Another seed than that of training, so that a set without a split of its own is not asked the same questions.
        Problem[] problems = task.GetProblems(ProblemSplit.HeldOut, _config.Seed ^ 0x9E3779B97F4A7C15, 0, count);
        bool routed = lbr.Shape.Width > 1 && thinking is null;
        var drawn = new SamplingOptions { Seed = _config.Seed };
        Rollout[] answers = Answer(lbr, drawn), best = Answer(RunMemory.Best(lbr, thinking), routed ? drawn : SamplingOptions.Greedy);
        double sampled = Reward(answers);
        IEnumerable<(string, double)> measured = answers.SelectMany(answer => task.Measure(answer.Problem, answer.Output)).GroupBy(one => one.Name).Select(one => (one.Key, one.Average(each => each.Value)));
        Write(EvaluationKind, step, [("pass_sampled", sampled), (routed ? "pass_best_route" : "pass_greedy", Reward(best)), .. measured, ("problems", count)]);
        Evaluated = step;
        return sampled;

        Rollout[] Answer(LbrOptions options, SamplingOptions sampling)
        {
            using var engine = new RolloutEngine(model, task, options, RunMemory.EvaluatedAtATime(_config, task), sampling.Temperature > 0 ? thinking : null);
            return engine.Answer(problems, sampling, 0);
        }

        static double Reward(Rollout[] rollouts) => rollouts.Average(rollout => rollout.Reward);
    }

    /// <summary>Writes what the run took, the model, and a page with the log.</summary>
    public void Finish(long step, Transformer<T> model, RouterWeights? router, ReasoningTask task)
    {
        Write(RunMemory.Kind, step, _memory.Measured());
        string folder = Path.Combine(_config.Output, "model");
        ModelFolder.Save(folder, model, router, task);
        if (_config.From is { } from) ModelFolder.CopyText(from, folder);
        _log.Dispose();
        MetricReport.Page("Training", MetricLog.Read(Path.Combine(_config.Output, "log.jsonl")), _configuration).Save(Path.Combine(_config.Output, "report.html"));
    }

    public void Dispose() => _log.Dispose();
}
