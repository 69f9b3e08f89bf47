using System.Runtime.CompilerServices;
using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats.Configuration;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Tasks;
using LbrCore.Training.Optimization;
using LbrCore.Trees;

namespace LbrCore.Training.Grpo;

/// <content>What a trainer allocates, counted before it does.</content>
public sealed partial class GrpoTrainer<T>
{
    /// <summary>What a trainer allocates, beside the models and the router that it is given.</summary>
    /// <param name="config">The model.</param>
    /// <param name="router">The router; null for none.</param>
    /// <param name="task">Where problems come from.</param>
    /// <param name="options">The objective.</param>
    /// <param name="maxRows">Rows of a training batch.</param>
    /// <param name="recompute">Whether the backward pass computes each layer again.</param>
    /// <param name="device">The device.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public static MemoryPlan Plan(ModelConfig config, RouterConfig? router, ReasoningTask task, GrpoOptions options, int maxRows, bool recompute, DeviceInfo device)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        LbrOptions lbr = options.Tree(router is null ? new UniformRouter() : SetAttentionRouter.OfSizes(router));
        TrainingOptions sizes = Sizes(options, config, maxRows, recompute);
        bool masters = typeof(T) != typeof(float);
        MemoryPlan plan = new MemoryPlan()
            .Add("rollouts", RolloutEngine.Plan(config, ElementTypes.Of<T>(), task, lbr, options.MostAtATime, options.Thinking(task), device))
            .Add("trainer", TrainingSession<T>.Plan(config, sizes, device))
            .Add("optimizer", ParameterGroup.Plan(TransformerWeights<T>.Plan(config).TotalBytes / Unsafe.SizeOf<T>(), masters));
        if (options.ReferenceDivergence > 0) plan.Add("reference", TrainingSession<T>.Plan(config, sizes with { Recompute = true }, device));
        if (router is null || options.Width == 1) return plan;
        return plan
            .Add("router", RouterLearner<T>.Plan(router, config, lbr.Shape, MostRoutes(options, router, task, maxRows), maxRows))
            .Add("optimizer of the router", ParameterGroup.Plan(RouterWeights.Plan(router).TotalBytes / sizeof(float), masters: false));
    }

    /// <summary>Which setting makes the largest part of a plan smaller.</summary>
    internal static string Advice(MemoryPlan plan, GrpoOptions options, int maxRows)
    {
        (long Bytes, string Text)[] choices =
        [
            (plan.BytesOf("rollouts"), $"Rollouts take the most: answer fewer problems at a time (answers_at_a_time, now {options.MostAtATime}), or give the task shorter texts."),
            (plan.BytesOf("trainer") - plan.BytesOf("trainer gradients"), $"Training batches take the most: give them fewer rows (max_rows, now {maxRows}), or recompute activations (recompute)."),
            (plan.BytesOf("reference"), $"The reference model takes the most: give training batches fewer rows (max_rows, now {maxRows}), or set reference_divergence to 0."),
            (plan.BytesOf("router "), $"Routes of a training batch take the most: give it fewer rows (max_rows, now {maxRows}), or use a narrower router."),
            (plan.BytesOf("evaluation"), "Evaluations take the most: ask for fewer evaluation_problems."),
            (plan.BytesOf("weights", "trainer gradients", "optimizer"), "Weights, gradients and moments take the most: train a smaller model, or use a device with more memory."),
        ];
        return choices.MaxBy(choice => choice.Bytes).Text;
    }

    private static TrainingOptions Sizes(GrpoOptions options, ModelConfig config, int maxRows, bool recompute) => new()
    {
        MaxRows = maxRows,
        MaxTargetRows = maxRows,
        MaxTargets = TargetsOf(options, config.VocabSize, maxRows),
        Temperature = (float)options.Temperature,
        MixtureSlots = options.Method == RolloutMethod.Multiplex ? options.Width : 1,
        Recompute = recompute,
    };

    // A route chooses among siblings, each with a row of its own; before candidates only what was committed has one.
    private static int MostRoutes(GrpoOptions options, RouterConfig router, ReasoningTask task, int maxRows)
    {
        int rows = router.PreCandidate ? 1 : options.Siblings == SiblingSampling.Independent ? options.Width : 2;
        return (int)Math.Clamp((long)options.Prompts * options.Rollouts * task.MaxAnswerLength, 1, Math.Max(1, maxRows / rows));
    }

    // Places for targets: rows, times the most that one of them has. Filters and siblings without replacement look at more tokens than were drawn, but at each once.
    private static int TargetsOf(GrpoOptions options, int vocabulary, int maxRows)
    {
        long drawn = (long)options.Rollouts * options.Width, perRow = drawn;
        if (options.IsFiltered) perRow = Math.Min(vocabulary, drawn + options.SupportCapacity);
        else if (options.Siblings == SiblingSampling.Distinct) perRow = Math.Min(vocabulary, Math.Max(drawn, TrajectoryBatch.SmallVocabulary));
        return (int)Math.Max(maxRows, Math.Min(maxRows * perRow, TrainingOptions.MostTargets));
    }
}
