using LbrCore.Formats.Configuration;
using LbrCore.Kernels;

namespace LbrCore.Routing;

/// <summary>Sizes and switches of a <see cref="SetAttentionRouter"/>: the content of <c>router.json</c>.</summary>
public sealed record RouterConfig
{
    /// <summary>Name of the file beside the weights.</summary>
    public const string FileName = "router.json";

    /// <summary>Width of the states that it reads: <c>hidden_size</c> of the model, a multiple of 8.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Width of its own vectors, r: a multiple of 8 and of <see cref="Heads"/>.</summary>
    public required int RouterWidth { get; init; }

    /// <summary>Deepest tree, L: one learned embedding a depth.</summary>
    public required int MaxDepth { get; init; }

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 8;

    /// <summary>Set-attention blocks.</summary>
    public int Blocks { get; init; } = 2;

    /// <summary>Whether subtrees see each other. Off, each attends to itself alone: the same parameters, for the ablation.</summary>
    public bool CrossSubtree { get; init; } = true;

    /// <summary>Whether the log-probability of a node is a feature beside its state.</summary>
    public bool LogProbabilityFeature { get; init; }

    /// <summary>
    /// Whether it reads the state before a candidate and the embedding of the candidate's token, instead of the state after it: the ablation that tells what looking ahead is worth. Trees
    /// of depth 1 alone, for deeper ones are drawn from states of candidates.
    /// </summary>
    public bool PreCandidate { get; init; }

    /// <summary>Added to mean squares by the norms.</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>Elements of a head.</summary>
    public int HeadDim => RouterWidth / Heads;

    /// <summary>Width of the feed-forward layer.</summary>
    public int InnerWidth => 4 * RouterWidth;

    /// <summary>The recommended router of a model: width 512 from hidden size 1024 on, half the hidden size below.</summary>
    /// <param name="model">The model.</param>
    /// <param name="maxDepth">Deepest tree.</param>
    public static RouterConfig For(ModelConfig model, int maxDepth)
    {
        ArgumentNullException.ThrowIfNull(model);
        const int Large = 1024, WidthOfLarge = 512, Step = 8;
        int half = (model.HiddenSize / 2 + Step - 1) / Step * Step;
        return new RouterConfig { HiddenSize = model.HiddenSize, RouterWidth = model.HiddenSize >= Large ? WidthOfLarge : half, MaxDepth = maxDepth };
    }

    /// <summary>Checks every size.</summary>
    /// <exception cref="ArgumentException">A size is out of range; the message names it and its bounds.</exception>
    public void Validate()
    {
        const int Widest = 1 << 16, Deepest = 64;
        Require(HiddenSize is > 0 and <= Widest && HiddenSize % 8 == 0, nameof(HiddenSize), HiddenSize, "a multiple of 8 up to 65536");
        Require(RouterWidth is > 0 and <= Widest && RouterWidth % 8 == 0, nameof(RouterWidth), RouterWidth, "a multiple of 8 up to 65536");
        Require(Heads > 0 && RouterWidth % Heads == 0 && HeadDim <= RouterAttention.MaximumHeadDim, nameof(Heads), Heads,
            $"a divisor of the router's width {RouterWidth} that leaves heads of at most {RouterAttention.MaximumHeadDim}");
        Require(MaxDepth is > 0 and <= Deepest, nameof(MaxDepth), MaxDepth, "1 to 64");
        Require(!PreCandidate || MaxDepth == 1, nameof(MaxDepth), MaxDepth, "1 where states before candidates are read");
        Require(Blocks is >= 0 and <= 64, nameof(Blocks), Blocks, "0 to 64");
        Require(NormEpsilon is >= 0 and < 1, nameof(NormEpsilon), NormEpsilon, "from 0 to below 1");
    }

    private static void Require(bool holds, string name, double value, string range)
    {
        if (!holds) throw new ArgumentException(FormattableString.Invariant($"{name} of the router is {value}; it must be {range}."), name);
    }
}
