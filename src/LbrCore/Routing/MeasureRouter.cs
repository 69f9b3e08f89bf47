using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Trees;

namespace LbrCore.Routing;

/// <summary>A router without parameters, to compare a learned one with: it prefers what sampling has found likely, or what leaves the model sure.</summary>
public sealed class MeasureRouter : Router
{
    private readonly TreeMeasure _measure;

    private MeasureRouter(string name, TreeMeasure measure) => (Name, _measure) = (name, measure);

    /// <summary>Scores a candidate by its log-probability.</summary>
    public static MeasureRouter LogProbability { get; } = new("logprob", TreeMeasure.LogProbability);

    /// <summary>Scores a candidate by how sure the model is of the token after it: minus the entropy of the next-token distribution.</summary>
    public static MeasureRouter Confidence { get; } = new("confidence", TreeMeasure.Confidence);

    /// <summary>Scores a candidate by the mean log-probability of the nodes of its subtree.</summary>
    public static MeasureRouter Value { get; } = new("value", TreeMeasure.Value);

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool NeedsEntropies => _measure == TreeMeasure.Confidence;

    /// <inheritdoc/>
    public override RouterSession<T> CreateSession<T>(Device device, int sequences, TreeShape shape, int hiddenSize)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new Session<T>(_measure, device.Info.ComputeCapability.Major >= 9);
    }

    private sealed class Session<T>(TreeMeasure measure, bool dependent) : RouterSession<T>
        where T : unmanaged
    {
        public override void Score(ComputeStream stream, RouterInput<T> input, ArrayView<float> scores) => TreeScore.Launch(
            stream, input.NodeValid, measure == TreeMeasure.Confidence ? input.NodeEntropies : input.NodeLogProbabilities, scores,
            input.Sequences, input.Shape.Width, input.Shape.Nodes, measure, dependent);

        public override void Dispose()
        {
        }
    }
}
