using LbrCore.Compute;
using LbrCore.Decoding;
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
        ReasoningTask task = config.Task is { } element ? TaskCatalog.Read(element)
            : TaskCatalog.Load(from) ?? throw new ArgumentException($"{from} names no task; give \"task\" in the configuration.", nameof(config));
        using var model = (Transformer<T>)Transformer.Load(from, device, ElementTypes.Of<T>());
        using RouterWeights? router = config.Grpo.Width > 1 && config.Grpo.Method == RolloutMethod.Tree ? Router(config, from, model) : null;
        using Transformer<T>? reference = config.Grpo.ReferenceDivergence > 0 ? (Transformer<T>)Transformer.Load(from, device, ElementTypes.Of<T>()) : null;
        using var trainer = new GrpoTrainer<T>(model, router, task, config.Grpo, config.Optimizer, config.RouterOptimizer, config.MaxRows, config.Seed, reference);
        using var log = new RunLog<T>(config, trainer.Optimizer, device.DefaultStream, progress);
        LbrOptions lbr = config.Grpo.Tree(router is null ? new UniformRouter() : new SetAttentionRouter(router));
        ThinkingOptions? thinking = config.Grpo.Thinking(task);
        if (log.Step == 0 && config.EvaluateEvery > 0) log.Evaluate(0, model, task, lbr, thinking);
        for (long step = log.Step + 1; step <= config.Steps; step++)
        {
            IReadOnlyList<(string Name, double Value)> metrics = trainer.Step(step, config.Steps, cancellation);
            if (step % config.LogEvery == 0 || step == config.Steps) log.Write("train", step, metrics);
            if (config.EvaluateEvery > 0 && step % config.EvaluateEvery == 0 && step < config.Steps) log.Evaluate(step, model, task, lbr, thinking);
            if (step < config.Steps) log.AfterStep(step, "", cancellation);
        }

        log.Evaluate(config.Steps, model, task, lbr, thinking);
        log.Checkpoint(config.Steps);
        log.Finish(model, router, task);
    }

    private static RouterWeights Router(GrpoRunConfig config, string from, Transformer<T> model)
    {
        if (config.Router is null && SetAttentionRouter.IsIn(from)) return SetAttentionRouter.Load(from).LoadWeights(model.Device);
        NewRouterConfig sizes = config.Router ?? new NewRouterConfig();
        RouterConfig usual = RouterConfig.For(model.Config, config.Grpo.Depth);
        var weights = new RouterWeights(
            usual with
            {
                RouterWidth = sizes.Width > 0 ? sizes.Width : usual.RouterWidth,
                Heads = sizes.Heads,
                Blocks = sizes.Blocks,
                CrossSubtree = sizes.CrossSubtree,
                LogProbabilityFeature = sizes.LogProbabilityFeature,
                PreCandidate = sizes.PreCandidate,
            },
            model.Device);
        weights.Initialize(model.Device.DefaultStream, config.Seed);
        return weights;
    }
}
