using LbrCore.Checks;
using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats.Configuration;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Tasks;
using LbrCore.Tests.Model;
using LbrCore.Training;
using LbrCore.Training.Grpo;

namespace LbrCore.Tests.Training;

/// <summary>The trainer's view of rollouts: the same log-probabilities, and exact gradients through nodes and routes.</summary>
public sealed class TrajectoryTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu");

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(2, 2)]
    [InlineData(2, 3)]
    public void Replayed_log_probabilities_are_those_of_the_rollout(int width, int depth)
    {
        using var setup = new Setup(_device, width, depth);
        (BatchObjective objective, _, _) = setup.Evaluate(new GrpoOptions { Width = width, Depth = depth });
        Assert.True(objective.Nodes.Terms > 20);
        Assert.InRange(objective.Nodes.LargestGap, 0, 2e-5);
        Assert.InRange(objective.Routes.LargestGap, 0, 2e-5);
        Assert.Equal(width > 1, objective.Routes.Terms > 5);
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(2, 2)]
    public void Gradients_through_nodes_and_routes_are_the_slope_of_the_loss(int width, int depth)
    {
        using var setup = new Setup(_device, width, depth);
        var options = new GrpoOptions { Width = width, Depth = depth, RouterEntropyBonus = 0.3, DualClip = 0, NodeClipHigh = 10, NodeClipLow = 1, RouteClipHigh = 10, RouteClipLow = 1 };
        (_, float[] ofBase, float[] ofRouter) = setup.Evaluate(options);
        AssertSlope(setup, options, ofBase, ofRouter);
    }

    // Along the gradient the loss rises by its norm.
    private static void AssertSlope(Setup setup, GrpoOptions options, float[] ofBase, float[] ofRouter)
    {
        double norm = Math.Sqrt(ofBase.Concat(ofRouter).Sum(g => (double)g * g)), step = 2e-3;
        setup.Move(ofBase, ofRouter, step / norm);
        double above = setup.Evaluate(options).Objective.Loss;
        setup.Move(ofBase, ofRouter, -2 * step / norm);
        double below = setup.Evaluate(options).Objective.Loss;
        Assert.Equal(norm, (above - below) / (2 * step), 0.01 * norm);
    }

    [Fact]
    public void A_router_that_sees_no_candidate_is_trained_on_committed_rows_alone()
    {
        using var setup = new Setup(_device, 3, 1, preCandidate: true);
        var options = new GrpoOptions { RouterEntropyBonus = 0.3, DualClip = 0, NodeClipHigh = 10, NodeClipLow = 1, RouteClipHigh = 10, RouteClipLow = 1 };
        (BatchObjective objective, float[] ofBase, float[] ofRouter) = setup.Evaluate(options);
        Assert.InRange(objective.Nodes.LargestGap, 0, 2e-5);
        Assert.InRange(objective.Routes.LargestGap, 0, 2e-5);
        Assert.True(objective.Routes.Terms > 5);
        // Two prompts of five tokens, and every committed token but the last of each answer.
        Assert.Equal(10 + setup.CommittedTokens - 6, setup.Rows);
        AssertSlope(setup, options, ofBase, ofRouter);
    }

    [Fact]
    public void Embeddings_of_candidates_learn_from_routes_only_where_states_do()
    {
        using var setup = new Setup(_device, 3, 1, preCandidate: true);
        var full = new GrpoOptions();
        (_, float[] all, _) = setup.Evaluate(full);
        (_, float[] detached, _) = setup.Evaluate(full with { RouterGradToBase = RouterGradient.Detach });
        (_, float[] scaled, _) = setup.Evaluate(full with { RouterGradToBase = RouterGradient.Scaled, RouterGradientScale = 0.25 });
        (_, float[] nodesOnly, _) = setup.Evaluate(full with { RouteWeight = 0 });
        Closeness.AssertSingle(nodesOnly, detached, "detached");
        Closeness.AssertSingle([.. detached.Zip(all, (d, a) => d + (0.25f * (a - d)))], scaled, "scaled");
        Assert.Contains(all.Zip(detached), pair => Math.Abs(pair.First - pair.Second) > 1e-6);
    }

    /// <summary>Filters, siblings and their order, and whether the vocabulary is small enough to be listed.</summary>
    public static TheoryData<int, int, double, SiblingSampling, SiblingOrder, bool> Draws => new()
    {
        { 3, 1, 0.8, SiblingSampling.Independent, SiblingOrder.Ordered, true },
        { 2, 2, 0.8, SiblingSampling.Independent, SiblingOrder.Ordered, true },
        { 3, 1, 1, SiblingSampling.Distinct, SiblingOrder.Ordered, true },
        { 3, 1, 1, SiblingSampling.Distinct, SiblingOrder.Unordered, true },
        { 2, 2, 1, SiblingSampling.Distinct, SiblingOrder.Unordered, false },
        { 3, 1, 1, SiblingSampling.Distinct, SiblingOrder.Ordered, false },
        { 2, 2, 0.9, SiblingSampling.Distinct, SiblingOrder.Ordered, true },
        { 1, 1, 0.7, SiblingSampling.Independent, SiblingOrder.Ordered, true },
    };

    [Theory]
    [MemberData(nameof(Draws))]
    public void Filters_and_siblings_without_replacement_have_the_rollouts_log_probabilities_and_exact_gradients(
        int width, int depth, double topP, SiblingSampling siblings, SiblingOrder order, bool listed)
    {
        // The reward of a wrong ratio would be hidden by clipping.
        var options = new GrpoOptions
        {
            Width = width,
            Depth = depth,
            TopP = topP,
            Siblings = siblings,
            SiblingOrder = order,
            RouteTemperature = 0.8,
            DualClip = 0,
            NodeClipHigh = 10,
            NodeClipLow = 1,
            RouteClipHigh = 10,
            RouteClipLow = 1,
        };
        using var setup = new Setup(_device, width, depth, options: options, listed: listed);
        (BatchObjective objective, float[] ofBase, float[] ofRouter) = setup.Evaluate(options);
        Assert.True(objective.Nodes.Terms > 10);
        Assert.InRange(objective.Nodes.LargestGap, 0, 3e-5);
        Assert.InRange(objective.Routes.LargestGap, 0, 3e-5);
        AssertSlope(setup, options, ofBase, ofRouter);
    }

    [Fact]
    public void The_divergence_from_a_reference_is_learned_with_its_slope()
    {
        var options = new GrpoOptions { ReferenceDivergence = 0.7, DualClip = 0, NodeClipHigh = 10, NodeClipLow = 1, RouteClipHigh = 10, RouteClipLow = 1 };
        using var setup = new Setup(_device, 3, 1) { ReferenceShift = 0.4f };
        (BatchObjective objective, float[] ofBase, float[] ofRouter) = setup.Evaluate(options);
        // The reference says exp(+-0.4) times what the model says: half of (e^x - 1 - x) of each.
        Assert.Equal((Math.Cosh(0.4) - 1), objective.ReferenceDivergence, 0.03);
        AssertSlope(setup, options, ofBase, ofRouter);
        setup.ReferenceShift = 0;
        Assert.Equal(0, setup.Evaluate(options).Objective.ReferenceDivergence, 1e-12);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(2)]
    public void Mixtures_have_the_log_probabilities_of_their_rollout_and_exact_gradients(int width)
    {
        using var setup = new Setup(_device, width, 1, mixed: true);
        var options = new GrpoOptions { Method = RolloutMethod.Multiplex, Width = width, DualClip = 0, NodeClipHigh = 10, NodeClipLow = 1 };
        (BatchObjective objective, float[] ofBase, float[] ofRouter) = setup.Evaluate(options);
        Assert.True(objective.Nodes.Terms > 20);
        Assert.InRange(objective.Nodes.LargestGap, 0, 2e-5);
        Assert.Equal(0, objective.Routes.Terms);
        Assert.Equal(10 + setup.CommittedTokens - 6, setup.Rows);
        // Weights of mixtures are what was fed, not functions of the model: they stay as it moves.
        AssertSlope(setup, options, ofBase, ofRouter);
    }

    [Fact]
    public void Detached_and_scaled_states_learn_their_part_from_routes()
    {
        using var setup = new Setup(_device, 3, 1);
        var full = new GrpoOptions { Width = 3 };
        (_, float[] all, float[] router) = setup.Evaluate(full);
        (_, float[] detached, float[] routerDetached) = setup.Evaluate(full with { RouterGradToBase = RouterGradient.Detach });
        (_, float[] scaled, _) = setup.Evaluate(full with { RouterGradToBase = RouterGradient.Scaled, RouterGradientScale = 0.25 });
        (_, float[] nodesOnly, _) = setup.Evaluate(full with { RouteWeight = 0 });
        Assert.Equal(router, routerDetached);
        Closeness.AssertSingle(nodesOnly, detached, "detached");
        Closeness.AssertSingle([.. detached.Zip(all, (d, a) => d + (0.25f * (a - d)))], scaled, "scaled");
        Assert.Contains(all.Zip(detached), pair => Math.Abs(pair.First - pair.Second) > 1e-6);
    }

    [Fact]
    public void Draws_that_were_not_committed_weigh_as_much_as_they_should()
    {
        using var setup = new Setup(_device, 2, 2);
        var options = new GrpoOptions { Width = 2, Depth = 2, RouteWeight = 0 };
        (_, float[] all, _) = setup.Evaluate(options);
        (_, float[] path, _) = setup.Evaluate(options with { UncommittedWeight = 0 });
        (_, float[] half, _) = setup.Evaluate(options with { UncommittedWeight = 0.5 });
        Closeness.AssertSingle([.. path.Zip(all, (p, a) => (p + a) / 2)], half, "half");
        // Of one candidate every draw is committed.
        using var plain = new Setup(_device, 1, 1);
        var discrete = new GrpoOptions { Width = 1 };
        Assert.Equal(plain.Evaluate(discrete).OfBase, plain.Evaluate(discrete with { UncommittedWeight = 0 }).OfBase);
        Assert.Contains(all.Zip(path), pair => Math.Abs(pair.First - pair.Second) > 1e-4);
    }

    [Fact]
    public void Where_trainer_and_rollout_agree_all_corrections_of_the_gap_give_one_gradient()
    {
        using var setup = new Setup(_device, 3, 1);
        (_, float[] plain, _) = setup.Evaluate(new GrpoOptions { Width = 3 });
        (_, float[] weighted, _) = setup.Evaluate(new GrpoOptions { Width = 3, Gap = GapCorrection.TruncatedImportance });
        (BatchObjective masked, float[] unmasked, _) = setup.Evaluate(new GrpoOptions { Width = 3, Gap = GapCorrection.MaskSequences });
        Closeness.AssertSingle(plain, weighted, "truncated importance");
        Assert.Equal(plain, unmasked);
        Assert.Equal(0, masked.Masked);
    }

    [Fact]
    public void Ratios_may_start_from_the_trainers_log_probabilities_before_the_first_update()
    {
        using var setup = new Setup(_device, 2, 2);
        var options = new GrpoOptions { Width = 2, Depth = 2, Gap = GapCorrection.Recompute };
        var before = new LogProbsBefore();
        (BatchObjective first, float[] ofBase, float[] ofRouter) = setup.Evaluate(options, before);
        Assert.Equal(0, first.Nodes.Divergence);
        Assert.Equal(0, first.Routes.Divergence);
        Assert.True(first.Nodes.LargestGap > 0);
        setup.Move(ofBase, ofRouter, 0.05);
        // Now rollouts are of an older model, and so are the log-probabilities that were kept.
        BatchObjective later = setup.Evaluate(options, before).Objective, fromRollout = setup.Evaluate(options with { Gap = GapCorrection.None }).Objective;
        Assert.True(later.Nodes.Divergence > 1e-6);
        Assert.Equal(fromRollout.Nodes.Divergence, later.Nodes.Divergence, 0.01 * fromRollout.Nodes.Divergence);
        Assert.Equal(fromRollout.Routes.Divergence, later.Routes.Divergence, 0.01 * fromRollout.Routes.Divergence);
        Assert.Equal(0, setup.Evaluate(options, new LogProbsBefore()).Objective.Nodes.Divergence);
    }

    [Fact]
    public void Ratios_of_whole_answers_leave_entropy_and_divergence_means_over_routes_and_draws()
    {
        using var setup = new Setup(_device, 3, 1) { ReferenceShift = 0.4f };
        var options = new GrpoOptions { Width = 3, ReferenceDivergence = 0.1 };
        BatchObjective tokens = setup.Evaluate(options).Objective, answers = setup.Evaluate(options with { Ratio = RatioLevel.Sequence }).Objective;
        Assert.True(answers.Routes.Terms < tokens.Routes.Terms);
        Assert.Equal(tokens.RouterEntropy, answers.RouterEntropy, 1e-9);
        Assert.InRange(answers.RouterEntropyShare, 0.01, 1);
        Assert.Equal(tokens.ReferenceDivergence, answers.ReferenceDivergence, 1e-9);
    }

    // A small random model with a router that has opinions, and rollouts of two prompts.
    private sealed class Setup : IDisposable
    {
        private readonly Transformer<float> _model;
        private readonly RouterWeights _router;
        private readonly TrainingSession<float> _session;
        private readonly RouterLearner<float> _learner;
        private readonly Rollout[] _rollouts;
        private readonly double[] _advantages = [0.7, -1.1, 0.4, 1.3, -0.2, -0.9];
        private readonly Trees.TreeShape _shape;
        private readonly int _vocabulary;
        private float[]? _reference;

        public Setup(Device device, int width, int depth, bool preCandidate = false, bool mixed = false, GrpoOptions? options = null, bool listed = true)
        {
            ReasoningTask task = TaskCatalog.Create("reachability");
            ModelConfig config = RandomModel.Tiny(task.Vocabulary.VocabularySize);
            var weights = new TransformerWeights<float>(config, device);
            weights.Initialize(device.DefaultStream, 5, 0.3f);
            _model = new Transformer<float>(weights, device);
            _router = new RouterWeights(RouterConfig.For(config, depth) with { RouterWidth = 16, Heads = 2, PreCandidate = preCandidate }, device);
            _router.Initialize(device.DefaultStream, 7);
            Kernels.Initialization.LaunchNormal(device.DefaultStream, _router.All, 0.3f, 11, 0);
            _vocabulary = listed ? config.VocabSize : int.MaxValue;
            LbrOptions lbr = (options ?? new GrpoOptions { Width = width, Depth = depth }).Tree(new SetAttentionRouter(_router));
            _shape = lbr.Shape;
            using var engine = new RolloutEngine(_model, task, lbr, 6, mixed ? ThinkingOptions.MultiplexThinking(task.EndOfThinking) with { Slots = width } : null);
            Problem[] problems = [.. Enumerable.Range(0, 2).Select(i => new Problem { Hash = (ulong)i, Prompt = [i, 3 - i, 1, 0, 2] })];
            _rollouts = Answers(engine, problems, (options ?? new GrpoOptions()).Sampling(9));
            _session = new TrainingSession<float>(_model, new TrainingOptions { MaxRows = 2048, MaxTargetRows = 1024, MaxTargets = 16384, MixtureSlots = mixed ? width : 1 });
            _learner = new RouterLearner<float>(_router, _model.Weights, _shape, 256, 2048);
        }

        /// <summary>How far the reference is from the model as it was at first, up and down in turn.</summary>
        public float ReferenceShift
        {
            get;
            set
            {
                field = value;
                _reference = null;
            }
        }

        public int CommittedTokens => _rollouts.Sum(rollout => rollout.Steps.Count);

        public int Rows { get; private set; }

        public (BatchObjective Objective, float[] OfBase, float[] OfRouter) Evaluate(GrpoOptions options, LogProbsBefore? before = null)
        {
            ComputeStream stream = _model.Device.DefaultStream;
            _session.Gradients.Clear(stream);
            stream.Fill(_learner.Gradients.All, 0f);
            var batch = new TrajectoryBatch(_shape, _router.Config.PreCandidate, options, _vocabulary);
            batch.Add(_rollouts[..3], 0);
            batch.Add(_rollouts[3..], 3);
            Rows = batch.Rows.Count;
            _session.Forward(stream, batch.Rows);
            float[] scores = _learner.Forward(stream, batch, _session.FinalHidden);
            int steps = _rollouts.Sum(rollout => rollout.Steps.Count);
            var objective = new BatchObjective(options, _advantages, [.. _rollouts.Select(_ => 1.0 / steps)], [.. _rollouts.Select(_ => true)], before);
            float[] logProbs = _session.ReadLogProbs(stream).LogProbs;
            _reference ??= [.. logProbs.Select((logProb, i) => logProb + (i % 2 == 0 ? ReferenceShift : -ReferenceShift))];
            (float[] byNode, float[] byScore) = objective.Gradients(batch, logProbs, scores, _shape.Width, options.ReferenceDivergence > 0 ? _reference : null);
            float scale = options.RouterGradToBase switch { RouterGradient.Full => 1, RouterGradient.Detach => 0, _ => (float)options.RouterGradientScale };
            _learner.Backward(stream, byScore, _session.HiddenGradient, _session.Gradients.Of(_model.Weights.Embedding), scale);
            _session.Backward(stream, byNode);
            return (objective, _session.Gradients.All.ToHost(stream), _learner.Gradients.All.ToHost(stream));
        }

        public void Move(float[] ofBase, float[] ofRouter, double by)
        {
            Add(_model.Weights.Arena, ofBase, by);
            Add(_router.All, ofRouter, by);
        }

        public void Dispose()
        {
            _learner.Dispose();
            _session.Dispose();
            _router.Dispose();
            _model.Dispose();
        }

        // Verified by nobody: these problems are no graphs.
        private static Rollout[] Answers(RolloutEngine engine, Problem[] problems, SamplingOptions sampling) =>
            engine.Answer([.. problems.SelectMany(problem => Enumerable.Repeat(problem, 3))], sampling, 0, (_, _) => 0);

        private void Add(ArrayView<float> view, float[] direction, double by)
        {
            ComputeStream stream = _model.Device.DefaultStream;
            float[] values = view.ToHost(stream);
            for (int i = 0; i < values.Length; i++) values[i] += (float)(by * direction[i]);
            stream.CopyFromHost<float>(values, view);
        }
    }
}
