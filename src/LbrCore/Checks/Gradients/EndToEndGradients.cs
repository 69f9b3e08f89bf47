using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Tasks;
using LbrCore.Training;
using LbrCore.Training.Grpo;
using LbrCore.Trees;

namespace LbrCore.Checks.Gradients;

/// <summary>
/// The gradient of the policy's objective by all weights of model and router, through the probabilities of nodes and of routes, held against central differences of the objective along it.
/// </summary>
/// <remarks>
/// What a mode keeps from learning is held fixed in the differences too: with <see cref="RouterGradient.Detach"/> routes are scored from the states of the unmoved model, and
/// with <see cref="RouterGradient.Scaled"/> the slope lies between that one and the full one. The model is float32; a difference of its losses keeps four digits.
/// </remarks>
internal sealed class EndToEndGradients : IDisposable
{
    private const int Width = 2, Depth = 2, Sequences = 6;
    private const double Step = 2e-3, Part = 0.25, Bound = 1e-3;
    private static readonly double[] s_advantages = [0.7, -1.1, 0.4, 1.3, -0.2, -0.9];

    private readonly Transformer<float> _model;
    private readonly RouterWeights _router;
    private readonly TrainingSession<float> _session;
    private readonly RouterLearner<float> _learner;
    private readonly Rollout[] _rollouts;
    private readonly DeviceBuffer<float> _unmovedStates;
    private readonly TrajectoryBatch _batch;
    private readonly TreeShape _shape;

    private EndToEndGradients(Device device)
    {
        ReasoningTask task = TaskCatalog.Create("reachability");
        ModelConfig config = RandomModel.Tiny(task.Vocabulary.VocabularySize);
        var weights = new TransformerWeights<float>(config, device);
        weights.Initialize(device.DefaultStream, 5, 0.3f);
        _model = new Transformer<float>(weights, device);
        _router = new RouterWeights(RouterConfig.For(config, Depth) with { RouterWidth = 16, Heads = 2 }, device);
        // A fresh router scores everything alike.
        Initialization.LaunchNormal(device.DefaultStream, _router.All, 0.3f, 11, 0);
        var lbr = new LbrOptions { Width = Width, Depth = Depth, Router = new SetAttentionRouter(_router) };
        _shape = lbr.Shape;
        using (var engine = new RolloutEngine(_model, task, lbr, Sequences))
        {
            Problem[] problems = [.. Enumerable.Range(0, Sequences).Select(i => new Problem { Hash = (ulong)(i / 3), Prompt = [i / 3, 3 - (i / 3), 1, 0, 2] })];
            _rollouts = engine.Answer(problems, new SamplingOptions { Seed = 9 }, 0, (_, _) => 0);
        }

        _batch = new TrajectoryBatch(_shape, _router.Config.PreCandidate);
        _batch.Add(_rollouts[..3], 0);
        _batch.Add(_rollouts[3..], 3);
        _session = new TrainingSession<float>(_model, new TrainingOptions { MaxRows = 2048, MaxTargetRows = 1024, MaxTargets = 16384 });
        _learner = new RouterLearner<float>(_router, _model.Weights, _shape, 256, 2048);
        _session.Forward(Stream, _batch.Rows);
        _unmovedStates = device.Allocate<float>(_session.FinalHidden.Length);
        Stream.Copy(_session.FinalHidden, _unmovedStates.View);
    }

    private ComputeStream Stream => _model.Device.DefaultStream;

    /// <summary>How far the slope along the gradient is from the gradient's norm, as a part of it.</summary>
    /// <param name="device">Where.</param>
    /// <param name="mode">What of the routes' gradient reaches the model.</param>
    public static CheckFigure Measure(Device device, RouterGradient mode)
    {
        using var setup = new EndToEndGradients(device);
        GrpoOptions options = new()
        {
            Width = Width,
            Depth = Depth,
            RouterGradToBase = mode,
            RouterGradientScale = Part,
            RouterEntropyBonus = 0.3,
            // Clipping has corners, and a difference must not step over one.
            DualClip = 0,
            NodeClipHigh = 10,
            NodeClipLow = 1,
            RouteClipHigh = 10,
            RouteClipLow = 1,
        };
        (float[] ofBase, float[] ofRouter) = setup.Gradients(options);
        double norm = Math.Sqrt(ofBase.Concat(ofRouter).Sum(value => (double)value * value));
        double through = mode == RouterGradient.Detach ? 0 : setup.Slope(options, ofBase, ofRouter, norm, statesMove: true);
        double around = mode == RouterGradient.Full ? 0 : setup.Slope(options, ofBase, ofRouter, norm, statesMove: false);
        double slope = mode switch { RouterGradient.Full => through, RouterGradient.Detach => around, _ => around + (Part * (through - around)) };
        return new CheckFigure(Math.Abs(slope - norm) / norm, Bound, $"{setup._batch.Rows.Count} rows, {setup._batch.Routes.Count} routes; norm {norm:0.0000}, slope {slope:0.0000}");
    }

    /// <summary>Frees all.</summary>
    public void Dispose()
    {
        _unmovedStates.Dispose();
        _learner.Dispose();
        _session.Dispose();
        _router.Dispose();
        _model.Dispose();
    }

    private (float[] OfBase, float[] OfRouter) Gradients(GrpoOptions options)
    {
        _session.Gradients.Clear(Stream);
        Stream.Fill(_learner.Gradients.All, 0f);
        BatchObjective objective = Objective(options);
        float[] scores = Forward(statesMove: true);
        (float[] byNode, float[] byScore) = objective.Gradients(_batch, _session.ReadLogProbs(Stream).LogProbs, scores, _shape.Width);
        float scale = options.RouterGradToBase switch { RouterGradient.Full => 1, RouterGradient.Detach => 0, _ => (float)options.RouterGradientScale };
        _learner.Backward(Stream, byScore, _session.HiddenGradient, _session.Gradients.Of(_model.Weights.Embedding), scale);
        _session.Backward(Stream, byNode);
        return (Read(_session.Gradients.All), Read(_learner.Gradients.All));
    }

    private double Slope(GrpoOptions options, float[] ofBase, float[] ofRouter, double norm, bool statesMove)
    {
        (float[] weights, float[] router) = (Read(_model.Weights.Arena), Read(_router.All));
        double above = LossAt(Step), below = LossAt(-Step);
        Stream.CopyFromHost<float>(weights, _model.Weights.Arena);
        Stream.CopyFromHost<float>(router, _router.All);
        return (above - below) / (2 * Step);

        double LossAt(double step)
        {
            Write(_model.Weights.Arena, weights, ofBase, step / norm);
            Write(_router.All, router, ofRouter, step / norm);
            BatchObjective objective = Objective(options);
            float[] scores = Forward(statesMove);
            objective.Gradients(_batch, _session.ReadLogProbs(Stream).LogProbs, scores, _shape.Width);
            return objective.Loss;
        }
    }

    private float[] Forward(bool statesMove)
    {
        _session.Forward(Stream, _batch.Rows);
        return _learner.Forward(Stream, _batch, statesMove ? _session.FinalHidden : _unmovedStates.View);
    }

    private BatchObjective Objective(GrpoOptions options)
    {
        int steps = _rollouts.Sum(rollout => rollout.Steps.Count);
        return new BatchObjective(options, s_advantages, [.. _rollouts.Select(_ => 1.0 / steps)], [.. _rollouts.Select(_ => true)]);
    }

    private float[] Read(ArrayView<float> view)
    {
        var values = new float[view.Length];
        Stream.CopyToHost(view, values);
        Stream.Synchronize();
        return values;
    }

    private void Write(ArrayView<float> view, float[] from, float[] direction, double by) =>
        Stream.CopyFromHost<float>(from.Select((value, i) => (float)(value + (by * direction[i]))).ToArray(), view);
}
