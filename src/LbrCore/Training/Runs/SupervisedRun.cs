using System.Globalization;
using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Model;
using LbrCore.Tasks;
using LbrCore.Training.Supervised;

namespace LbrCore.Training.Runs;

/// <summary>Supervised training in stages.</summary>
/// <typeparam name="T">Element type of the model.</typeparam>
internal static class SupervisedRun<T>
    where T : unmanaged
{
    public static void Run(SupervisedRunConfig config, Device device, RunProgress? progress, CancellationToken cancellation)
    {
        TaskLanguage? language = LanguageOf(config);
        ReasoningTask[] tasks = Tasks(config, language);
        ModelConfig sizes = ModelOf(config, tasks[^1]);
        foreach (ReasoningTask task in tasks) TaskFit.Check(task, sizes, language, task.MaxPromptLength + task.MaxAnswerLength);
        var memory = new RunMemory(Plan(config, tasks, device.Info), device);
        memory.Begin("Give batches of fewer rows (max_rows), recompute activations (recompute), ask for fewer evaluation_problems, or use a device with more memory.", progress);
        using Transformer<T> model = config.From is { } folder ? (Transformer<T>)Transformer.Load(folder, device, ElementTypes.Of<T>()) : Create(config, sizes, device);
        using var trainer = new SupervisedTrainer<T>(model, config.Optimizer, config.MaxRows, config.Recompute);
        using var log = new RunLog<T>(config, trainer.Optimizer, device.DefaultStream, memory, progress);
        // Stages may end early, so where the run stands is saved with it.
        (int firstStage, int firstStep) = Position(log.Progress);
        long step = log.Step, steps = config.Stages.Sum(stage => (long)stage.Steps);
        for (int stage = firstStage; stage < tasks.Length; stage++)
        {
            step = RunStage(config, stage, stage == firstStage ? firstStep : 0, step, steps, tasks[stage], trainer, log, cancellation);
        }

        if (log.Evaluated != step) log.Evaluate(step, model, tasks[^1], Plain());
        log.Checkpoint(step, $"{tasks.Length} 0");
        log.Finish(step, model, null, tasks[^1]);
    }

    /// <summary>All that a run allocates at the same time.</summary>
    public static MemoryPlan Plan(SupervisedRunConfig config, DeviceInfo device) => Plan(config, Tasks(config, LanguageOf(config)), device);

    private static MemoryPlan Plan(SupervisedRunConfig config, ReasoningTask[] tasks, DeviceInfo device)
    {
        ModelConfig model = ModelOf(config, tasks[^1]);
        // Each stage is evaluated on its own task.
        MemoryPlan evaluation = tasks.Select(task => RunMemory.OfEvaluation(config, model, ElementTypes.Of<T>(), task, Plain(), null, device)).MaxBy(plan => plan.TotalBytes)!;
        return TransformerWeights<T>.Plan(model).Add(SupervisedTrainer<T>.Plan(model, config.MaxRows, config.Recompute, device)).Add("evaluation", evaluation);
    }

    private static TaskLanguage? LanguageOf(SupervisedRunConfig config) => config.From is { } folder ? TaskLanguage.Load(folder) : null;

    private static ReasoningTask[] Tasks(SupervisedRunConfig config, TaskLanguage? language) => [.. config.Stages.Select(stage => TaskCatalog.Read(stage.Task, language))];

    private static ModelConfig ModelOf(SupervisedRunConfig config, ReasoningTask task) => config.From is { } folder ? ModelConfig.Load(folder) : NewModel(config, task);

    private static long RunStage(
        SupervisedRunConfig config, int stage, int firstStep, long step, long steps, ReasoningTask task, SupervisedTrainer<T> trainer, RunLog<T> log, CancellationToken cancellation)
    {
        StageConfig settings = config.Stages[stage];
        Task<Problem[]> next = Draw(firstStep);
        long begun = TimeProvider.System.GetTimestamp(), stepsOfInterval = 0;
        for (int i = firstStep; i < settings.Steps; i++)
        {
            Problem[] problems = next.GetAwaiter().GetResult();
            next = Draw(i + 1);
            step++;
            stepsOfInterval++;
            bool report = step % config.LogEvery == 0 || i + 1 == settings.Steps;
            IReadOnlyList<(string Name, double Value)> metrics = trainer.Step(problems, step, steps, report);
            bool done = i + 1 == settings.Steps;
            if (report)
            {
                double seconds = TimeProvider.System.GetElapsedTime(begun).TotalSeconds / stepsOfInterval;
                double rows = metrics.First(metric => metric.Name == "rows").Value;
                log.Write("train", step, [.. metrics, ("stage", stage), ("step_seconds", seconds), ("tokens_per_second", rows / seconds)]);
                done |= metrics[0].Value < settings.UntilLoss;
                (begun, stepsOfInterval) = (TimeProvider.System.GetTimestamp(), 0);
            }

            if (config.EvaluateEvery > 0 && step % config.EvaluateEvery == 0) done |= log.Evaluate(step, trainer.Model, task, Plain()) >= settings.UntilPass && settings.UntilPass > 0;
            log.AfterStep(step, done ? $"{stage + 1} 0" : $"{stage} {i + 1}", cancellation);
            if (done) break;
        }

        return step;

        Task<Problem[]> Draw(int index) => Task.Run(() => task.GetProblems(ProblemSplit.Train, config.Seed + (ulong)stage, (long)index * settings.Batch, settings.Batch), CancellationToken.None);
    }

    private static LbrOptions Plain() => new() { Width = 1 };

    private static (int Stage, int Step) Position(string progress)
    {
        string[] parts = progress.Split(' ');
        return parts.Length == 2 && int.TryParse(parts[0], CultureInfo.InvariantCulture, out int stage) && int.TryParse(parts[1], CultureInfo.InvariantCulture, out int step) ? (stage, step) : (0, 0);
    }

    private static ModelConfig NewModel(SupervisedRunConfig config, ReasoningTask task)
    {
        NewModelConfig sizes = config.Model!;
        var model = new ModelConfig
        {
            Architecture = Enum.TryParse(sizes.Architecture, ignoreCase: true, out ModelArchitecture architecture) ? architecture
                : throw new ArgumentException($"architecture is {Quoting.Quote(sizes.Architecture)}; choose llama, qwen2 or qwen3."),
            HiddenSize = sizes.Hidden,
            IntermediateSize = sizes.Intermediate > 0 ? sizes.Intermediate : (int)(sizes.Hidden * 2.75) / 8 * 8,
            NumHiddenLayers = sizes.Layers,
            NumAttentionHeads = sizes.Heads,
            NumKeyValueHeads = sizes.KeyValueHeads > 0 ? sizes.KeyValueHeads : sizes.Heads,
            HeadDim = sizes.Heads > 0 ? sizes.Hidden / sizes.Heads : 0,
            VocabSize = task.Vocabulary.VocabularySize,
            MaxPositionEmbeddings = sizes.Positions,
            RopeTheta = sizes.RopeTheta,
            EosTokenIds = TokenIds.Create([task.EndOfSequence]),
            PadTokenId = task.Padding,
            Dtype = ElementTypes.Of<T>(),
        };
        model.Validate();
        return model;
    }

    private static Transformer<T> Create(SupervisedRunConfig config, ModelConfig model, Device device)
    {
        var weights = new TransformerWeights<T>(model, device);
        weights.Initialize(device.DefaultStream, config.Seed, (float)config.Model!.Deviation);
        return new Transformer<T>(weights, device);
    }
}
