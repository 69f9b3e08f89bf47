using System.Runtime.CompilerServices;
using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Tasks;
using LbrCore.Training.Optimization;

namespace LbrCore.Training.Supervised;

/// <summary>Teaches worked solutions: the mean of minus the log-probability of their tokens.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="BFloat16"/>.</typeparam>
public sealed class SupervisedTrainer<T> : IDisposable
    where T : unmanaged
{
    private readonly TrainingSession<T> _session;
    private readonly ComputeStream _stream;

    /// <summary>A trainer at the weights as they are.</summary>
    /// <param name="model">The model; its weights change.</param>
    /// <param name="optimizer">How it learns.</param>
    /// <param name="maxRows">Rows of a batch; larger batches are cut and their gradients accumulated.</param>
    /// <param name="recompute">Whether the backward pass computes each layer again.</param>
    public SupervisedTrainer(Transformer<T> model, OptimizerOptions optimizer, int maxRows, bool recompute = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        (Model, _stream) = (model, model.Device.DefaultStream);
        TrainingOptions options = Options(maxRows, recompute);
        // Also what is allocated after the session must fit, and is better missed now than then.
        Plan(model.Config, maxRows, recompute, model.Device.Info)
            .Require(model.Device, "Give batches of fewer rows (max_rows), recompute activations (recompute), or use a device with more memory.");
        _session = new TrainingSession<T>(model, options);
        Optimizer = new AdamW(model.Device, new ParameterGroup<T>("base", _stream, model.Weights.Arena, _session.Gradients.All, optimizer));
    }

    /// <summary>What a trainer allocates, beside the model.</summary>
    /// <param name="config">The model.</param>
    /// <param name="maxRows">Rows of a batch.</param>
    /// <param name="recompute">Whether the backward pass computes each layer again.</param>
    /// <param name="device">The device.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public static MemoryPlan Plan(ModelConfig config, int maxRows, bool recompute, DeviceInfo device) =>
        TrainingSession<T>.Plan(config, Options(maxRows, recompute), device)
            .Add(ParameterGroup.Plan(TransformerWeights<T>.Plan(config).TotalBytes / Unsafe.SizeOf<T>(), typeof(T) != typeof(float)));

    /// <summary>The model.</summary>
    public Transformer<T> Model { get; }

    /// <summary>Told when which work ends, or null.</summary>
    public PhaseTimer? Phases
    {
        get => _session.Phases;
        set => _session.Phases = value;
    }

    /// <summary>The optimizer.</summary>
    public AdamW Optimizer { get; }

    /// <summary>Queues one update.</summary>
    /// <param name="problems">Problems with solutions.</param>
    /// <param name="step">The step, from 1.</param>
    /// <param name="steps">Steps in all, for the learning rate.</param>
    /// <param name="report">Whether to wait for the loss.</param>
    /// <returns>What is logged of it; nothing without <paramref name="report"/>.</returns>
    /// <exception cref="ArgumentException">A problem has no solution, or is longer than a batch.</exception>
    public IReadOnlyList<(string Name, double Value)> Step(IReadOnlyList<Problem> problems, long step, long steps, bool report)
    {
        ArgumentNullException.ThrowIfNull(problems);
        long targets = problems.Sum(problem => (long)Enumerable.Range(0, problem.Solution.Length).Count(problem.IsTarget) + problem.Further.Sum(question => question.Solution.Length));
        if (targets == 0) throw new ArgumentException("The problems have no solutions to learn from.", nameof(problems));
        double logProbs = 0, entropies = 0;
        long entropyRows = 0, rows = 0;
        var batch = new PackedBatch();
        foreach (Problem problem in problems)
        {
            if (RowsOf(problem) > _session.Options.MaxRows)
                throw new ArgumentException($"A problem takes {RowsOf(problem)} rows with its solution; batches have room for {_session.Options.MaxRows} (max_rows).", nameof(problems));
            if (batch.Count > 0 && batch.Count + RowsOf(problem) > _session.Options.MaxRows) Learn();
            Add(batch, problem);
        }

        Learn();
        Optimizer.Step(_stream, step, steps);
        Phases?.Mark(_stream, "update");
        if (!report) return [];
        OptimizerState[] states = Optimizer.Read(_stream);
        return
        [
            ("loss", -logProbs / targets), ("entropy", entropies / Math.Max(1, entropyRows)), ("gradient_norm", states[0].Norm), ("skipped", states[0].Skipped),
            ("learning_rate", Optimizer.Groups[0].Options.RateAt(step, steps)), ("rows", rows), ("targets", targets),
        ];

        void Learn()
        {
            _session.Forward(_stream, batch);
            var gradients = new float[batch.TargetCount];
            Array.Fill(gradients, -1f / targets);
            _session.Backward(_stream, gradients);
            rows += batch.Count;
            if (report)
            {
                TargetLogProbs read = _session.ReadLogProbs(_stream);
                logProbs += read.LogProbs.Sum(value => (double)value);
                entropies += read.Entropies.Sum(value => (double)value);
                entropyRows += read.Entropies.Length;
            }

            batch.Clear();
        }
    }

    /// <summary>Frees session and optimizer; the model stays.</summary>
    public void Dispose()
    {
        Optimizer.Dispose();
        _session.Dispose();
    }

    private static TrainingOptions Options(int maxRows, bool recompute) => new() { MaxRows = maxRows, MaxTargetRows = maxRows, MaxTargets = maxRows, Recompute = recompute };

    // Nothing follows the last token of a solution, so it needs no row.
    private static int RowsOf(Problem problem) =>
        problem.Prompt.Length + Math.Max(0, problem.Solution.Length - 1) + problem.Further.Sum(question => question.Prompt.Length + question.Solution.Length - 1);

    private static void Add(PackedBatch batch, Problem problem)
    {
        int first = batch.Count, end = batch.AddText(problem.Prompt);
        AddSolution(batch, end, problem.Solution, problem.IsTarget);
        // The rows of a text follow one another, so the last token that a question shares is found by counting. In preorder those that share more come first.
        foreach (FurtherQuestion question in problem.Further.OrderByDescending(question => question.Shared)) AddSolution(batch, batch.AddText(question.Prompt, first + question.Shared - 1), question.Solution, _ => true);
    }

    private static void AddSolution(PackedBatch batch, int row, int[] solution, Func<int, bool> isTarget)
    {
        for (int i = 0; i < solution.Length; i++)
        {
            if (isTarget(i)) batch.AddTarget(row, solution[i]);
            if (i + 1 < solution.Length) row = batch.AddRow(solution[i], row);
        }
    }
}
