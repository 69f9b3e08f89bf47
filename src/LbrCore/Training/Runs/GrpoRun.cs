using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats.Configuration;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Tasks;
using LbrCore.Training.Grpo;

namespace LbrCore.Training.Runs;

/// <summary>Training by rewards.</summary>
/// <typeparam name="T">Element type of the model.</typeparam>
internal static class GrpoRun<T>
    where T : unmanaged
{
    public static void Run(GrpoRunConfig config, Device device, RunProgress? progress, CancellationToken cancellation)
    {
        string from = config.From!;
        TaskLanguage? language = TaskLanguage.Load(from);
        ReasoningTask task = Task(config, language);
        TaskFit.Check(task, ModelConfig.Load(from), language, task.MaxPromptLength + 1);
        MemoryPlan plan = Plan(config, task, device.Info);
        var memory = new RunMemory(plan, device);
        memory.Begin(GrpoTrainer<T>.Advice(plan, config.Grpo, config.MaxRows), progress);
        using var model = (Transformer<T>)Transformer.Load(from, device, ElementTypes.Of<T>());
        using RouterWeights? router = HasRouter(config) ? Router(config, model) : null;
        using Transformer<T>? reference = config.Grpo.ReferenceDivergence > 0 ? (Transformer<T>)Transformer.Load(from, device, ElementTypes.Of<T>()) : null;
        using var trainer = new GrpoTrainer<T>(model, router, task, config.Grpo, config.Optimizer, config.RouterOptimizer, config.MaxRows, config.Seed, reference, config.Recompute);
        using var log = new RunLog<T>(config, trainer.Optimizer, device.DefaultStream, memory, progress);
        LbrOptions lbr = config.Grpo.Tree(router is null ? new UniformRouter() : new SetAttentionRouter(router));
        ThinkingOptions? thinking = config.Grpo.Thinking(task);
        if (log.Step == 0 && config.EvaluateEvery > 0 && log.Evaluated != 0) log.Evaluate(0, model, task, lbr, thinking);
        for (long step = log.Step + 1; step <= config.Steps; step++)
        {
            IReadOnlyList<(string Name, double Value)> metrics;
            try
            {
                metrics = trainer.Step(step, config.Steps, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested && step > log.Step + 1)
            {
                // It was stopped while it drew answers, so the weights are those of the step before.
                log.Checkpoint(step - 1);
                throw;
            }

            if (step % config.LogEvery == 0 || step == config.Steps) log.Write("train", step, metrics);
            if (config.EvaluateEvery > 0 && step % config.EvaluateEvery == 0 && step < config.Steps) log.Evaluate(step, model, task, lbr, thinking);
            if (step < config.Steps) log.AfterStep(step, "", cancellation);
        }

        if (log.Evaluated != config.Steps) log.Evaluate(config.Steps, model, task, lbr, thinking);
        log.Checkpoint(config.Steps);
        if (trainer.Times.Steps > 0) log.Write("time", config.Steps, [("steps", trainer.Times.Steps), ("seconds", trainer.Times.Seconds), .. trainer.Times.Metrics()]);
        log.Finish(config.Steps, model, router, task);
    }

    /// <summary>All that a run allocates at the same time.</summary>
    public static MemoryPlan Plan(GrpoRunConfig config, DeviceInfo device) => Plan(config, Task(config, TaskLanguage.Load(config.From!)), device);

    private static MemoryPlan Plan(GrpoRunConfig config, ReasoningTask task, DeviceInfo device)
    {
        ModelConfig model = ModelConfig.Load(config.From!);
        RouterConfig? router = HasRouter(config) ? RouterConfigOf(config, model) : null;
        LbrOptions lbr = config.Grpo.Tree(router is null ? new UniformRouter() : SetAttentionRouter.OfSizes(router));
        MemoryPlan plan = TransformerWeights<T>.Plan(model);
        if (config.Grpo.ReferenceDivergence > 0) plan.Add("reference", TransformerWeights<T>.Plan(model));
        if (router is not null) plan.Add("weights of the", RouterWeights.Plan(router));
        return plan
            .Add(GrpoTrainer<T>.Plan(model, router, task, config.Grpo, config.MaxRows, config.Recompute, device))
            .Add("evaluation", RunMemory.OfEvaluation(config, model, ElementTypes.Of<T>(), task, lbr, config.Grpo.Thinking(task), device));
    }

    private static ReasoningTask Task(GrpoRunConfig config, TaskLanguage? language) => config.Task is { } element ? TaskCatalog.Read(element, language)
        : TaskCatalog.Load(config.From!, language) ?? throw new ArgumentException($"{config.From} names no task; give \"task\" in the configuration.", nameof(config));

    private static bool HasRouter(GrpoRunConfig config) => config.Grpo.Width > 1 && config.Grpo.Method == RolloutMethod.Tree;

    private static bool IsTrained(GrpoRunConfig config) => config.Router is null && SetAttentionRouter.IsIn(config.From!);

    private static RouterWeights Router(GrpoRunConfig config, Transformer<T> model)
    {
        if (IsTrained(config)) return SetAttentionRouter.Load(config.From!).LoadWeights(model.Device);
        var weights = new RouterWeights(RouterConfigOf(config, model.Config), model.Device);
        weights.Initialize(model.Device.DefaultStream, config.Seed);
        return weights;
    }

    private static RouterConfig RouterConfigOf(GrpoRunConfig config, ModelConfig model)
    {
        if (IsTrained(config)) return RouterConfigFile.Load(config.From!);
        NewRouterConfig sizes = config.Router ?? new NewRouterConfig();
        RouterConfig usual = RouterConfig.For(model, config.Grpo.Depth);
        return usual with
        {
            RouterWidth = sizes.Width > 0 ? sizes.Width : usual.RouterWidth,
            Heads = sizes.Heads,
            Blocks = sizes.Blocks,
            CrossSubtree = sizes.CrossSubtree,
            LogProbabilityFeature = sizes.LogProbabilityFeature,
            PreCandidate = sizes.PreCandidate,
        };
    }
}
