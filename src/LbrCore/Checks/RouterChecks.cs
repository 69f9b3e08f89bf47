using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Routing;
using LbrCore.Trees;

namespace LbrCore.Checks;

/// <summary>The learned router on random trees.</summary>
internal static class RouterChecks
{
    private const int Trees = 5;

    private static readonly TreeShape s_shape = new(4, 2);

    // A permutation of the slots that leaves none in its place.
    private static readonly int[] s_order = [2, 0, 3, 1];

    /// <summary>Scores of trees and of the same trees with their slots in another order.</summary>
    public static CheckFigure Permutation(CheckModels models)
    {
        using RouterWeights weights = Trained(models, s_shape.Depth);
        int[] from = new int[s_shape.Nodes];
        for (int k = 0; k < s_shape.Width; k++)
            foreach ((int to, int source) in s_shape.Subtree(k).Zip(s_shape.Subtree(s_order[k]))) from[to] = source;
        float[] scores = Score(models, weights, [.. Enumerable.Range(0, s_shape.Nodes)]), permuted = Score(models, weights, from);
        double worst = 0, spread = 0;
        for (int tree = 0; tree < Trees; tree++)
            for (int k = 0; k < s_shape.Width; k++)
            {
                double score = scores[(tree * s_shape.Width) + s_order[k]];
                worst = LikelihoodChecks.Larger(worst, Math.Abs(score - permuted[(tree * s_shape.Width) + k]));
                spread = Math.Max(spread, Math.Abs(score - scores[tree * s_shape.Width]));
            }

        // The router computes in float32 whatever the model does. Equal scores everywhere would show nothing.
        return new CheckFigure(spread > 0.01 ? worst : double.NaN, 2e-5, FormattableString.Invariant($"{Trees} trees (4, 2), scores up to {spread:0.00} apart"));
    }

    /// <summary>Scores of a router as it is before training.</summary>
    public static CheckFigure Fresh(CheckModels models)
    {
        using var weights = new RouterWeights(RouterConfig.For(models.Small.Transformer.Config, s_shape.Depth), models.Device);
        weights.Initialize(models.Device.DefaultStream, 3);
        float[] scores = Score(models, weights, [.. Enumerable.Range(0, s_shape.Nodes)]);
        return new CheckFigure(scores.Aggregate(0.0, (worst, score) => LikelihoodChecks.Larger(worst, Math.Abs(score))), 0, $"{scores.Length} scores of {Trees} trees");
    }

    /// <summary>A router whose parameters are all random, as after training.</summary>
    public static RouterWeights Trained(CheckModels models, int depth)
    {
        var weights = new RouterWeights(RouterConfig.For(models.Small.Transformer.Config, depth), models.Device);
        var random = new Random(17);
        foreach (Model.NamedParameter<float> parameter in weights.Parameters)
        {
            double scale = parameter.Spec.Shape.Length == 2 ? Math.Sqrt(3.0 / parameter.Spec.Shape[1]) : 1;
            float[] values = [.. Enumerable.Range(0, (int)parameter.View.Length).Select(_ => (float)(scale * ((2 * random.NextDouble()) - 1)))];
            models.Device.DefaultStream.CopyFromHost<float>(values, parameter.View);
        }

        return weights;
    }

    private static float[] Score(CheckModels models, RouterWeights weights, int[] from) => models.ElementType switch
    {
        Formats.TensorDtype.F32 => Score<float>(models, weights, from),
        Formats.TensorDtype.BF16 => Score<BFloat16>(models, weights, from),
        _ => Score<Half>(models, weights, from),
    };

    // Node i of each tree is node from[i] of the same random tree; one leaf is absent.
    private static float[] Score<T>(CheckModels models, RouterWeights weights, int[] from)
        where T : unmanaged
    {
        const int Absent = 11;
        int hidden = weights.Config.HiddenSize;
        Device device = models.Device;
        var random = new Random(23);
        T[] states = [.. Enumerable.Range(0, Trees * s_shape.Nodes * hidden).Select(_ => Element.FromFloat<T>((float)((4 * random.NextDouble()) - 2)))];
        float[] logs = [.. Enumerable.Range(0, Trees * s_shape.Nodes).Select(_ => (float)(-3 * random.NextDouble()))];
        int[] places = [.. Enumerable.Range(0, Trees).SelectMany(tree => from.Select(node => (tree * s_shape.Nodes) + node))];
        using DeviceBuffer<T> nodeStates = device.Allocate<T>([.. places.SelectMany(place => states[(place * hidden)..((place + 1) * hidden)])]);
        using DeviceBuffer<int> valid = device.Allocate<int>([.. places.Select(place => place % s_shape.Nodes == Absent ? 0 : 1)]);
        using DeviceBuffer<float> nodeLogs = device.Allocate<float>([.. places.Select(place => logs[place])]), scores = device.Allocate<float>(Trees * s_shape.Width);
        using RouterSession<T> session = new SetAttentionRouter(weights).CreateSession<T>(device, Trees, s_shape, hidden);
        session.Score(device.DefaultStream, new RouterInput<T> { Sequences = Trees, Shape = s_shape, HiddenSize = hidden, NodeStates = nodeStates, NodeValid = valid, NodeLogProbabilities = nodeLogs }, scores);
        return scores.ToArray();
    }
}
