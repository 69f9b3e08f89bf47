using System.Text.Json;
using LbrCore.Training.Grpo;
using LbrCore.Training.Optimization;

namespace LbrCore.Training.Runs;

/// <summary>What all training runs share: the content of a configuration file.</summary>
public abstract class RunConfig
{
    /// <summary>Folder that receives log, checkpoints and, at the end, the model in <c>model/</c>.</summary>
    public string Output { get; set; } = "";

    /// <summary>The same seed gives the same run.</summary>
    public ulong Seed { get; set; } = 1;

    /// <summary>Element type, f32 or bf16; absent for bf16 on a GPU and f32 on the CPU.</summary>
    public string? Type { get; set; }

    /// <summary>Folder of the model to start from.</summary>
    public string? From { get; set; }

    /// <summary>Rows of a training batch in memory.</summary>
    public int MaxRows { get; set; } = 16384;

    /// <summary>Whether the backward pass computes each layer again: less memory, more work.</summary>
    public bool Recompute { get; set; }

    /// <summary>Steps from one line of the log to the next.</summary>
    public int LogEvery { get; set; } = 10;

    /// <summary>Steps from one checkpoint to the next; 0 for one at the end alone.</summary>
    public int CheckpointEvery { get; set; }

    /// <summary>Checkpoints to keep.</summary>
    public int KeepCheckpoints { get; set; } = 2;

    /// <summary>Steps from one evaluation to the next; 0 for one at the end alone.</summary>
    public int EvaluateEvery { get; set; }

    /// <summary>Held-out problems of an evaluation; 0 for none.</summary>
    public int EvaluationProblems { get; set; } = 256;

    /// <summary>How the model learns.</summary>
    public OptimizerOptions Optimizer { get; set; } = new();

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">Something is missing or out of range; the message names it.</exception>
    public virtual void Validate()
    {
        if (string.IsNullOrWhiteSpace(Output)) throw new ArgumentException("The configuration names no output folder; give \"output\".", nameof(Output));
        Require(MaxRows, 16, 1 << 21, "max_rows");
        Require(LogEvery, 1, int.MaxValue, "log_every");
        Require(CheckpointEvery, 0, int.MaxValue, "checkpoint_every");
        Require(KeepCheckpoints, 1, 1000, "keep_checkpoints");
        Require(EvaluateEvery, 0, int.MaxValue, "evaluate_every");
        Require(EvaluationProblems, 0, 1 << 16, "evaluation_problems");
        Optimizer.Validate();
    }

    private protected static void Require(long value, long least, long most, string name)
    {
        if (value < least || value > most) throw new ArgumentException($"{name} is {value}; it must be {least} to {most}.", name);
    }
}

/// <summary>Configuration of supervised training.</summary>
public sealed class SupervisedRunConfig : RunConfig
{
    /// <summary>Sizes of a new model; with <see cref="RunConfig.From"/> absent.</summary>
    public NewModelConfig? Model { get; set; }

    /// <summary>What is learned, one after the other.</summary>
    public List<StageConfig> Stages { get; set; } = [];

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (Stages.Count == 0) throw new ArgumentException("The configuration has no stages; give at least one with a task and a number of steps.", nameof(Stages));
        foreach (StageConfig stage in Stages)
        {
            Require(stage.Steps, 1, int.MaxValue, "steps of a stage");
            Require(stage.Batch, 1, 1 << 16, "batch of a stage");
            if (stage.UntilPass is < 0 or > 1 || double.IsNaN(stage.UntilPass)) throw new ArgumentException(FormattableString.Invariant($"until_pass of a stage is {stage.UntilPass}; it is a share, from 0 to 1."), nameof(Stages));
            if (stage.UntilPass > 0 && (EvaluateEvery == 0 || EvaluationProblems == 0)) throw new ArgumentException("until_pass looks at evaluations, and there are none; set evaluate_every and evaluation_problems.", nameof(Stages));
        }

        if (From is null == Model is null) throw new ArgumentException("The configuration must either start \"from\" a folder or give the sizes of a new \"model\".", nameof(From));
    }
}

/// <summary>A stage of supervised training.</summary>
public sealed class StageConfig
{
    /// <summary>The task, as <c>task.json</c> has it: its name under <c>task</c>, and its settings.</summary>
    public JsonElement Task { get; set; }

    /// <summary>Most steps.</summary>
    public int Steps { get; set; }

    /// <summary>Problems of a step.</summary>
    public int Batch { get; set; } = 256;

    /// <summary>Ends the stage once the loss of a logged step is below this; 0 to take all steps.</summary>
    public double UntilLoss { get; set; }

    /// <summary>Ends the stage once drawn answers of an evaluation solve this share of the problems: before a model has nothing left to learn from rewards. 0 to take all steps.</summary>
    public double UntilPass { get; set; }
}

/// <summary>Sizes of a model that begins with random weights. Vocabulary and end token are the task's.</summary>
public sealed class NewModelConfig
{
    /// <summary>llama, qwen2 or qwen3.</summary>
    public string Architecture { get; set; } = "llama";

    /// <summary>Width of the residual stream.</summary>
    public int Hidden { get; set; } = 256;

    /// <summary>Width of the feed-forward layers; 0 for 2.75 times the hidden size.</summary>
    public int Intermediate { get; set; }

    /// <summary>Layers.</summary>
    public int Layers { get; set; } = 4;

    /// <summary>Query heads.</summary>
    public int Heads { get; set; } = 8;

    /// <summary>Key-value heads; 0 for as many as query heads.</summary>
    public int KeyValueHeads { get; set; }

    /// <summary>Longest text.</summary>
    public int Positions { get; set; } = 1024;

    /// <summary>Standard deviation of initial matrices.</summary>
    public double Deviation { get; set; } = 0.02;

    /// <summary>Base of the rotary frequencies.</summary>
    public double RopeTheta { get; set; } = 10_000;
}

/// <summary>Configuration of training by rewards.</summary>
public sealed class GrpoRunConfig : RunConfig
{
    /// <summary>The task; absent for the one that the model's folder names.</summary>
    public JsonElement? Task { get; set; }

    /// <summary>Steps.</summary>
    public int Steps { get; set; } = 100;

    /// <summary>Trees, objective, clipping.</summary>
    public GrpoOptions Grpo { get; set; } = new();

    /// <summary>The router; absent for the one in the model's folder, else a new one of the usual size.</summary>
    public NewRouterConfig? Router { get; set; }

    /// <summary>How the router learns.</summary>
    public OptimizerOptions RouterOptimizer { get; set; } = new() { LearningRate = 1e-4 };

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(Steps, 1, int.MaxValue, "steps");
        Grpo.Validate();
        RouterOptimizer.Validate();
        if (From is null) throw new ArgumentException("The configuration names no model; give the folder to start \"from\".", nameof(From));
    }
}

/// <summary>Sizes of a router that begins with random weights.</summary>
public sealed class NewRouterConfig
{
    /// <summary>Width; 0 for half the hidden size, at most 512.</summary>
    public int Width { get; set; }

    /// <summary>Heads.</summary>
    public int Heads { get; set; } = 8;

    /// <summary>Set-attention blocks.</summary>
    public int Blocks { get; set; } = 2;

    /// <summary>Whether subtrees see each other.</summary>
    public bool CrossSubtree { get; set; } = true;

    /// <summary>Whether the log-probability of a node is a feature.</summary>
    public bool LogProbabilityFeature { get; set; }

    /// <summary>Whether the router reads the state before a candidate and the candidate's embedding, instead of the state after it. Depth 1 alone.</summary>
    public bool PreCandidate { get; set; }
}
