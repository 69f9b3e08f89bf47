using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Tasks;
using LbrCore.Training.Optimization;
using LbrCore.Trees;

namespace LbrCore.Training.Grpo;

/// <summary>Group-relative policy optimisation of base model and router on the likelihood of whole trees. With one candidate (K = 1) it is plain RLVR.</summary>
/// <remarks>
/// A step draws rollouts, judges them, packs prompts and every grown node into one batch (or several, where memory asks for it), and takes one update. Everything random is a function of
/// seed and step, so a run is continued by its step number.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="BFloat16"/>.</typeparam>
public sealed partial class GrpoTrainer<T> : IDisposable
    where T : unmanaged
{
    private readonly ReasoningTask _task;
    private readonly GrpoOptions _options;
    private readonly TreeShape _shape;
    private readonly RolloutEngine _rollouts;
    private readonly TrainingSession<T> _session;
    private readonly TrainingSession<T>? _reference;
    private readonly RouterLearner<T>? _router;
    private readonly ComputeStream _stream;
    private readonly PhaseTimer _phases;
    private readonly ulong _seed;

    /// <summary>A trainer at the weights as they are.</summary>
    /// <param name="model">The model; its weights change.</param>
    /// <param name="router">The router; its weights change. Null with one candidate, with mixtures, or to route uniformly.</param>
    /// <param name="task">Where problems come from.</param>
    /// <param name="options">The objective.</param>
    /// <param name="baseOptimizer">How the model learns; with a learning rate of 0 it stays as it is.</param>
    /// <param name="routerOptimizer">How the router learns.</param>
    /// <param name="maxRows">Rows of a training batch.</param>
    /// <param name="seed">The same seed draws the same problems and answers.</param>
    /// <param name="reference">The model that training starts from, where the divergence from it counts; it must outlive the trainer.</param>
    /// <param name="recompute">Whether the backward pass computes each layer again.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the router does not fit.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory free; nothing was allocated.</exception>
    public GrpoTrainer(
        Transformer<T> model, RouterWeights? router, ReasoningTask task, GrpoOptions options, OptimizerOptions baseOptimizer, OptimizerOptions routerOptimizer, int maxRows, ulong seed,
        Transformer<T>? reference = null, bool recompute = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        (Model, Router, _task, _options, _seed, _stream) = (model, router, task, options, seed, model.Device.DefaultStream);
        LbrOptions lbr = options.Tree(router is null ? new UniformRouter() : new SetAttentionRouter(router));
        _shape = lbr.Shape;
        MemoryPlan plan = Plan(model.Config, router?.Config, task, options, maxRows, recompute, model.Device.Info);
        plan.Require(model.Device, Advice(plan, options, maxRows));
        _phases = new PhaseTimer(model.Device);
        _rollouts = new RolloutEngine(model, task, lbr, options.MostAtATime, options.Thinking(task)) { Phases = _phases };
        TrainingOptions sizes = Sizes(options, model.Config, maxRows, recompute);
        _session = new TrainingSession<T>(model, sizes);
        if (options.ReferenceDivergence > 0)
        {
            // It only goes forward, so no layer's activations are kept.
            _reference = new TrainingSession<T>(
                reference ?? throw new ArgumentException($"{nameof(GrpoOptions.ReferenceDivergence)} is {options.ReferenceDivergence}; give the reference model.", nameof(reference)),
                sizes with { Recompute = true });
        }

        _router = router is null || _shape.Width == 1 ? null : new RouterLearner<T>(router, model.Weights, _shape, MostRoutes(options, router.Config, task, maxRows), maxRows);
        var groups = new List<ParameterGroup> { new ParameterGroup<T>("base", _stream, model.Weights.Arena, _session.Gradients.All, baseOptimizer) };
        if (_router is not null) groups.Add(new ParameterGroup<float>("router", _stream, router!.All, _router.Gradients.All, routerOptimizer));
        Optimizer = new AdamW(model.Device, groups.ToArray());
    }

    /// <summary>The model.</summary>
    public Transformer<T> Model { get; }

    /// <summary>The router, or null.</summary>
    public RouterWeights? Router { get; }

    /// <summary>The optimizer.</summary>
    public AdamW Optimizer { get; }

    /// <summary>Where the time of all steps went.</summary>
    public LoopTimes Times { get; } = new();

    /// <summary>One batch of rollouts and the updates with it.</summary>
    /// <param name="step">The step, from 1.</param>
    /// <param name="steps">Steps in all, for the learning rates.</param>
    /// <param name="cancellation">Ends the rollouts between tokens.</param>
    /// <returns>What is logged of it.</returns>
    public IReadOnlyList<(string Name, double Value)> Step(long step, long steps, CancellationToken cancellation = default)
    {
        _phases.Start(_stream);
        Rollout[] first = Draw(step, 0, cancellation), rollouts = Resample(first, step, cancellation, out int rounds);
        var metrics = new List<(string, double)>();
        Describe(first, metrics);
        if (_options.ResampleRounds > 0) metrics.AddRange([("resample_rounds", rounds), ("equal_groups_left", ShareOfEqual(rollouts))]);
        (double[] advantages, double[] weights, bool[] included) = Weigh(rollouts);
        BatchObjective objective = null!;
        var before = new LogProbsBefore();
        double gap = 0, routeGap = 0, entropy = 0;
        int rows = 0;
        _phases.Mark(_stream, LoopTimes.Other);
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            objective = new BatchObjective(_options, advantages, weights, included, before);
            (rows, double entropySum, long entropyRows) = Accumulate(rollouts, advantages, objective);
            if (epoch == 0) (gap, routeGap, entropy) = (objective.Nodes.LargestGap, objective.Routes.LargestGap, entropyRows == 0 ? 0 : entropySum / entropyRows);
            Optimizer.Step(_stream, ((step - 1) * _options.Epochs) + epoch + 1, steps * _options.Epochs);
            _phases.Mark(_stream, LoopTimes.Optimizer);
        }

        OptimizerState[] states = Optimizer.Read(_stream);
        metrics.AddRange(
        [
            ("loss", objective.Loss), ("node_entropy", entropy), ("node_clip_fraction", objective.Nodes.ClipFraction), ("node_kl", objective.Nodes.Divergence), ("node_gap", gap),
            ("gradient_norm", states[0].Norm), ("skipped", states[0].Skipped), ("rows", rows), ("masked", objective.Masked),
        ]);
        if (states.Length > 1)
        {
            metrics.AddRange(
            [
                ("router_entropy", objective.RouterEntropy), ("router_entropy_share", objective.RouterEntropyShare), ("route_clip_fraction", objective.Routes.ClipFraction),
                ("route_kl", objective.Routes.Divergence), ("route_gap", routeGap), ("router_gradient_norm", states[1].Norm),
            ]);
        }

        if (_reference is not null) metrics.Add(("reference_kl", objective.ReferenceDivergence));
        _phases.Mark(_stream, LoopTimes.Other);
        var times = new LoopTimes();
        times.Add(_phases.Read(), rollouts.Sum(rollout => rollout.Steps.Count), rollouts.Sum(ForwardedRows), (double)rows * _options.Epochs);
        Times.Add(times);
        metrics.AddRange(times.Metrics());
        return metrics;
    }

    /// <summary>Frees sessions and optimizer; model and router stay.</summary>
    public void Dispose()
    {
        _phases.Dispose();
        Optimizer.Dispose();
        _router?.Dispose();
        _reference?.Dispose();
        _session.Dispose();
        _rollouts.Dispose();
    }

    // Answers of a step. What is drawn in place of equal groups comes of other seeds, so a run is continued by its step number all the same.
    private Rollout[] Draw(long step, int round, CancellationToken cancellation)
    {
        ulong seed = _seed + ((ulong)round * 0x9E3779B97F4A7C15);
        Problem[] problems = _task.GetProblems(ProblemSplit.Train, seed, (step - 1) * _options.Prompts, _options.Prompts);
        _phases.Mark(_stream, LoopTimes.Problems);
        return _rollouts.Answer(
            [.. problems.SelectMany(problem => Enumerable.Repeat(problem, _options.Rollouts))], _options.Sampling(seed), (uint)((step - 1) * _options.Prompts * _options.Rollouts), cancellation);
    }

    private Rollout[] Resample(Rollout[] first, long step, CancellationToken cancellation, out int rounds)
    {
        rounds = 0;
        if (_options.ResampleRounds == 0) return first;
        List<Rollout[]> groups = [.. first.Chunk(_options.Rollouts)];
        List<Rollout[]> unequal = groups.FindAll(group => !AreEqual(group)), equal = groups.FindAll(AreEqual);
        while (unequal.Count < _options.Prompts && rounds < _options.ResampleRounds) unequal.AddRange(Draw(step, ++rounds, cancellation).Chunk(_options.Rollouts).Where(group => !AreEqual(group)));
        return [.. unequal.Concat(equal).Take(_options.Prompts).SelectMany(group => group)];
    }

    private static bool AreEqual(Rollout[] group) => Array.TrueForAll(group, rollout => rollout.Reward == group[0].Reward);

    private double ShareOfEqual(Rollout[] rollouts) => rollouts.Chunk(_options.Rollouts).Average(group => AreEqual(group) ? 1.0 : 0);

    // Forward and backward over all groups that teach something.
    private (int Rows, double EntropySum, long EntropyRows) Accumulate(Rollout[] rollouts, double[] advantages, BatchObjective objective)
    {
        int rows = 0;
        double entropySum = 0;
        long entropyRows = 0;
        TrajectoryBatch batch = Empty();
        for (int first = 0; first < rollouts.Length; first += _options.Rollouts)
        {
            var group = new ArraySegment<Rollout>(rollouts, first, _options.Rollouts);
            if (_options.RouterEntropyBonus == 0 && _options.ReferenceDivergence == 0 && !advantages.AsSpan(first, _options.Rollouts).ContainsAnyExcept(0.0)) continue;
            foreach (ArraySegment<Rollout> piece in Pieces(group))
            {
                if (batch.Rows.Count > 0 && !Fits(piece, batch.Rows.Count, batch.Routes.Count))
                {
                    Learn(batch);
                    batch = Empty();
                }

                batch.Add(piece, piece.Offset);
            }
        }

        if (batch.Rows.Count > 0) Learn(batch);
        return (rows, entropySum, entropyRows);

        // A group whose answers are too long for one batch is cut; its prompt is then forwarded with each piece.
        IEnumerable<ArraySegment<Rollout>> Pieces(ArraySegment<Rollout> group)
        {
            if (Fits(group, 0, 0)) return [group];
            if (group.Count == 1)
                throw new ArgumentException($"An answer and its trees take {batch.RowsOf(group)} rows with the prompt; batches have room for {_session.Options.MaxRows}. Raise max_rows, or allow shorter answers.");
            return Pieces(group[..(group.Count / 2)]).Concat(Pieces(group[(group.Count / 2)..]));
        }

        bool Fits(ArraySegment<Rollout> piece, int rowsBefore, int routesBefore) =>
            rowsBefore + batch.RowsOf(piece) <= _session.Options.MaxRows && routesBefore + TrajectoryBatch.RoutesOf(piece) <= (_router?.MaxRoutes ?? int.MaxValue);

        TrajectoryBatch Empty() => new(_shape, Router?.Config.PreCandidate ?? false, _options, Model.Config.VocabSize);

        void Learn(TrajectoryBatch part)
        {
            TargetLogProbs logProbs = LearnFrom(part, objective);
            rows += part.Rows.Count;
            entropySum += logProbs.Entropies.Sum(value => (double)value);
            entropyRows += logProbs.Entropies.Length;
        }
    }

    private TargetLogProbs LearnFrom(TrajectoryBatch batch, BatchObjective objective)
    {
        _phases.Mark(_stream, LoopTimes.Pack);
        _session.Forward(_stream, batch.Rows);
        _reference?.Forward(_stream, batch.Rows);
        _phases.Mark(_stream, LoopTimes.Forward);
        float[] scores = _router?.Forward(_stream, batch, _session.FinalHidden) ?? new float[batch.Routes.Count * _shape.Width];
        _phases.Mark(_stream, LoopTimes.Router);
        TargetLogProbs logProbs = _session.ReadLogProbs(_stream);
        (float[] byNode, float[] byScore) = objective.Gradients(batch, logProbs.LogProbs, scores, _shape.Width, _reference?.ReadLogProbs(_stream).LogProbs);
        bool baseLearns = Optimizer.Groups[0].Options.LearningRate > 0;
        double scale = !baseLearns ? 0 : _options.RouterGradToBase switch
        {
            RouterGradient.Full => 1,
            RouterGradient.Detach => 0,
            _ => _options.RouterGradientScale,
        };
        _phases.Mark(_stream, LoopTimes.Objective);
        _router?.Backward(_stream, byScore, _session.HiddenGradient, _session.Gradients.Of(Model.Weights.Embedding), (float)scale);
        _phases.Mark(_stream, LoopTimes.Router);
        if (baseLearns) _session.Backward(_stream, byNode);
        _phases.Mark(_stream, LoopTimes.Backward);
        return logProbs;
    }

    private (double[] Advantages, double[] Weights, bool[] Included) Weigh(Rollout[] rollouts)
    {
        const double LeastDeviation = 1e-6;
        double[] advantages = new double[rollouts.Length], weights = new double[rollouts.Length];
        var included = new bool[rollouts.Length];
        for (int first = 0; first < rollouts.Length; first += _options.Rollouts)
        {
            double[] rewards = [.. rollouts.Skip(first).Take(_options.Rollouts).Select(rollout => rollout.Reward)];
            double mean = rewards.Average(), deviation = Math.Sqrt(rewards.Sum(reward => (reward - mean) * (reward - mean)) / (rewards.Length - 1));
            for (int i = 0; i < rewards.Length; i++)
            {
                included[first + i] = !(_options.MaskTruncated && !rollouts[first + i].Ended) && !(_options.DropEqualGroups && deviation == 0);
                advantages[first + i] = deviation == 0 || !included[first + i] ? 0 : (rewards[i] - mean) / (_options.NormalizeByDeviation ? deviation + LeastDeviation : 1);
            }
        }

        int sequences = included.Count(one => one), steps = rollouts.Where((_, i) => included[i]).Sum(rollout => rollout.Steps.Count);
        for (int i = 0; i < weights.Length; i++)
        {
            if (!included[i]) continue;
            weights[i] = _options.Ratio == RatioLevel.Sequence ? 1.0 / sequences : _options.Aggregation switch
            {
                Aggregation.Steps => 1.0 / steps,
                Aggregation.Sequences => 1.0 / sequences / rollouts[i].Steps.Count,
                _ => 1.0 / rollouts.Length / _task.MaxAnswerLength,
            };
        }

        return (advantages, weights, included);
    }

    // Rows that an answer's decoding forwards after its prompt.
    private double ForwardedRows(Rollout rollout) =>
        Router?.Config.PreCandidate == true || _options.Method == RolloutMethod.Multiplex ? rollout.Steps.Count : rollout.Steps.Sum(step => step.Grown.Count);

    private void Describe(Rollout[] rollouts, List<(string, double)> metrics)
    {
        Rollout[][] groups = [.. rollouts.Chunk(_options.Rollouts)];
        metrics.AddRange(
        [
            ("reward", rollouts.Average(rollout => rollout.Reward)),
            ("pass_any", groups.Average(group => group.Any(rollout => rollout.Reward >= 1) ? 1.0 : 0)),
            ("equal_groups", ShareOfEqual(rollouts)),
            ("length", rollouts.Average(rollout => rollout.Steps.Count)),
            ("truncated", rollouts.Average(rollout => rollout.Ended ? 0.0 : 1)),
            ("nodes", rollouts.Average(rollout => rollout.Steps.Sum(step => step.Grown.Count))),
        ]);
    }
}
