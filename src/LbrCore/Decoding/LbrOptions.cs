using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Routing;
using LbrCore.Trees;

namespace LbrCore.Decoding;

/// <summary>Local Branch Routing: the tree that is grown before each token, and how one of its branches is committed.</summary>
public sealed record LbrOptions
{
    /// <summary>Candidates at every place, K. 1 is plain decoding.</summary>
    public int Width { get; init; } = 3;

    /// <summary>Tokens that the tree looks ahead, L. With one candidate there is nothing to choose, and nothing is looked ahead.</summary>
    public int Depth { get; init; } = 1;

    /// <summary>
    /// The adaptive tree: after a parent whose next token has less entropy than this, in nats at the sampling temperature and before filters, one child grows instead of K. The
    /// likelihood of what was grown stays exact, for the rule looks at nothing that was drawn. 0 grows K children everywhere.
    /// </summary>
    public double AdaptiveEntropy { get; init; }

    /// <summary>What scores the branches.</summary>
    public Router Router { get; init; } = new UniformRouter();

    /// <summary>Whether a branch is drawn or the best is taken.</summary>
    public RouteRule Route { get; init; }

    /// <summary>Divides the router's scores; above 0.</summary>
    public double RouteTemperature { get; init; } = 1;

    /// <summary>How siblings are drawn.</summary>
    public SiblingSampling Siblings { get; init; }

    /// <summary>
    /// Adds log P(first draw = k | set) to the scores of siblings drawn without replacement, so that with equal scores every token keeps exactly its probability. Null switches it on
    /// for them; independent siblings need no bias and have none.
    /// </summary>
    public bool? SiblingBias { get; init; }

    /// <summary>Whether steps list the tokens that filters kept at each parent, so that a trainer can renormalise over the same ones.</summary>
    public bool RecordSupports { get; init; }

    /// <summary>Kept tokens that are listed at a parent; of a larger support only the size is recorded.</summary>
    public int SupportCapacity { get; init; } = 4096;

    /// <summary>The tree. With one candidate it has one node, whatever the depth.</summary>
    /// <exception cref="ArgumentException">There are too many nodes, or a size is below 1.</exception>
    public TreeShape Shape
    {
        get
        {
            var asked = new TreeShape(Width, Depth);
            return asked.Width == 1 ? new TreeShape(1, 1) : asked;
        }
    }

    /// <summary>Whether the bias is added.</summary>
    public bool AddsSiblingBias => Siblings == SiblingSampling.Distinct && Width > 1 && (SiblingBias ?? true);

    /// <summary>Checks the ranges, and the router against a model.</summary>
    /// <param name="config">The model.</param>
    /// <exception cref="ArgumentException">Something is out of range or does not fit; the message names it and its bounds.</exception>
    public void Validate(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        TreeShape shape = Shape;
        if (!(RouteTemperature > 0 && double.IsFinite(RouteTemperature)))
            throw new ArgumentException(FormattableString.Invariant($"{nameof(RouteTemperature)} is {RouteTemperature}; it must be above 0."), nameof(RouteTemperature));
        if (!(AdaptiveEntropy >= 0 && double.IsFinite(AdaptiveEntropy)))
            throw new ArgumentException(FormattableString.Invariant($"{nameof(AdaptiveEntropy)} is {AdaptiveEntropy}; it must be 0 or more."), nameof(AdaptiveEntropy));
        if (AddsSiblingBias && Width > TokenTree.MaximumBiasedWidth)
            throw new ArgumentException($"The bias of siblings without replacement is computed for widths up to {TokenTree.MaximumBiasedWidth}, not {Width}; choose a smaller width or set {nameof(SiblingBias)} to false.", nameof(Width));
        if (SupportCapacity is < 1 or > (1 << 20)) throw new ArgumentException($"{nameof(SupportCapacity)} is {SupportCapacity}; it must be 1 to {1 << 20}.", nameof(SupportCapacity));
        Router.Check(config, shape);
    }

    internal RoutingParameters ToParameters() => new()
    {
        Temperature = (float)RouteTemperature,
        TakesBest = Route == RouteRule.Best ? 1 : 0,
        AddsSiblingBias = AddsSiblingBias ? 1 : 0,
    };
}
