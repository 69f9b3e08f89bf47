using LbrCore.Decoding;
using LbrCore.Routing;
using LbrCore.Tasks;

namespace LbrCore.Training.Grpo;

/// <summary>Whether the base model learns from routes: the router reads its states.</summary>
public enum RouterGradient
{
    /// <summary>The exact gradient: states learn from routes.</summary>
    Full,

    /// <summary>Only the router learns from routes.</summary>
    Detach,

    /// <summary>States learn from routes by a part, <see cref="GrpoOptions.RouterGradientScale"/>.</summary>
    Scaled,
}

/// <summary>What answers are drawn with.</summary>
public enum RolloutMethod
{
    /// <summary>Local Branch Routing; with one candidate discrete decoding.</summary>
    Tree,

    /// <summary>Multiplex Thinking: each step draws <see cref="GrpoOptions.Width"/> tokens and feeds the mixture of their embeddings; the first is the token of the answer.</summary>
    Multiplex,
}

/// <summary>The likelihood of siblings that are drawn without replacement.</summary>
public enum SiblingOrder
{
    /// <summary>In the order in which they were drawn: a term, and a ratio, for each.</summary>
    Ordered,

    /// <summary>Whatever the order: one term for all siblings. It varies less.</summary>
    Unordered,
}

/// <summary>What the mean of the objective is taken over.</summary>
public enum Aggregation
{
    /// <summary>Committed steps of the batch.</summary>
    Steps,

    /// <summary>Steps of each rollout first, then rollouts.</summary>
    Sequences,

    /// <summary>Nothing: the sum is divided by the most steps that the batch could have.</summary>
    Constant,
}

/// <summary>What probability ratios are formed of.</summary>
public enum RatioLevel
{
    /// <summary>Each node and each route by itself.</summary>
    Token,

    /// <summary>The mean log-ratio of a rollout's nodes, and that of its routes (GSPO).</summary>
    Sequence,
}

/// <summary>What is done where rollout and trainer disagree about log-probabilities.</summary>
public enum GapCorrection
{
    /// <summary>Nothing: the ratio to the rollout's log-probabilities is all.</summary>
    None,

    /// <summary>Ratios start from the trainer's log-probabilities, and each term has the weight exp(trainer - rollout), at most <see cref="GrpoOptions.ImportanceCap"/>.</summary>
    TruncatedImportance,

    /// <summary>
    /// Ratios start from what the trainer's own forward pass gave before the first update, as other stacks do: none is clipped for a difference of rounding. What is left is a bias: answers
    /// were drawn by the rollout's probabilities and count as if the trainer's had drawn them.
    /// </summary>
    Recompute,

    /// <summary>Rollouts of which a log-probability is off by more than <see cref="GrpoOptions.GapLimit"/> are left out.</summary>
    MaskSequences,
}

/// <summary>Group-relative policy optimisation on trees: section 6 of the Local Branch Routing specification.</summary>
/// <remarks>Properties can be set, so that absent members of a configuration keep their usual values.</remarks>
public sealed record GrpoOptions
{
    /// <summary>Problems of a batch.</summary>
    public int Prompts { get; set; } = 64;

    /// <summary>Rollouts of each.</summary>
    public int Rollouts { get; set; } = 8;

    /// <summary>Most answers that are drawn at the same time; 0 for all of a step. Fewer take less memory, one after the other.</summary>
    public int AnswersAtATime { get; set; }

    /// <summary>What answers are drawn with.</summary>
    public RolloutMethod Method { get; set; }

    /// <summary>Candidates at every place, K; 1 is plain RLVR. Draws of a mixture.</summary>
    public int Width { get; set; } = 3;

    /// <summary>Tokens that the tree looks ahead, L.</summary>
    public int Depth { get; set; } = 1;

    /// <summary>Divides logits, in rollouts and in log-probabilities.</summary>
    public double Temperature { get; set; } = 1;

    /// <summary>Keeps the most probable tokens of each draw; 0 keeps all. Log-probabilities are those among what was kept, in rollouts and in the trainer.</summary>
    public int TopK { get; set; }

    /// <summary>Keeps the most probable tokens that reach this probability together; 1 keeps all.</summary>
    public double TopP { get; set; } = 1;

    /// <summary>Keeps tokens with at least this part of the largest probability; 0 keeps all.</summary>
    public double MinP { get; set; }

    /// <summary>Most tokens that a filter may keep: the trainer looks at each of them. A larger support ends the run with an error.</summary>
    public int SupportCapacity { get; set; } = 64;

    /// <summary>How siblings are drawn. Without replacement the router has the bias that keeps marginals.</summary>
    public SiblingSampling Siblings { get; set; }

    /// <summary>The likelihood of siblings without replacement.</summary>
    public SiblingOrder SiblingOrder { get; set; }

    /// <summary>Divides the router's scores.</summary>
    public double RouteTemperature { get; set; } = 1;

    /// <summary>Node ratios are clipped below 1 minus this.</summary>
    public double NodeClipLow { get; set; } = 0.2;

    /// <summary>Node ratios are clipped above 1 plus this.</summary>
    public double NodeClipHigh { get; set; } = 0.2;

    /// <summary>Route ratios are clipped below 1 minus this.</summary>
    public double RouteClipLow { get; set; } = 0.2;

    /// <summary>Route ratios are clipped above 1 plus this.</summary>
    public double RouteClipHigh { get; set; } = 0.2;

    /// <summary>With a negative advantage A no term falls below this times A; 0 for no such limit.</summary>
    public double DualClip { get; set; } = 3;

    /// <summary>Weight of route terms beside node terms.</summary>
    public double RouteWeight { get; set; } = 1;

    /// <summary>
    /// Weight of draws that were never committed. 1 is the exact likelihood. Below a router that chooses alike they teach nothing on average and only add noise, the more of it the larger the
    /// tree; less weight trades that noise for a bias: what they owe to having been there to be chosen.
    /// </summary>
    public double UncommittedWeight { get; set; } = 1;

    /// <summary>Whether the node terms of a step are averaged instead of summed.</summary>
    public bool AverageNodes { get; set; }

    /// <summary>Whether advantages are divided by the standard deviation of their group.</summary>
    public bool NormalizeByDeviation { get; set; } = true;

    /// <summary>Whether groups whose rewards are all equal are left out of the mean; they teach nothing either way.</summary>
    public bool DropEqualGroups { get; set; }

    /// <summary>
    /// Most batches of rollouts that are drawn in place of groups whose rewards are all equal, so that a step learns from as many groups as it should; what is missing then is filled with
    /// equal groups. 0 draws none.
    /// </summary>
    public int ResampleRounds { get; set; }

    /// <summary>Weight of the divergence from the model that training starts from, estimated at every draw by exp(d) - 1 - d with d = its log-probability there minus here; 0 for none.</summary>
    public double ReferenceDivergence { get; set; }

    /// <summary>Whether rollouts that did not end are left out; otherwise they have the reward 0.</summary>
    public bool MaskTruncated { get; set; }

    /// <summary>What the mean is taken over.</summary>
    public Aggregation Aggregation { get; set; }

    /// <summary>What ratios are formed of.</summary>
    public RatioLevel Ratio { get; set; }

    /// <summary>What is done where rollout and trainer disagree.</summary>
    public GapCorrection Gap { get; set; }

    /// <summary>Largest difference of log-probabilities with <see cref="GapCorrection.MaskSequences"/>.</summary>
    public double GapLimit { get; set; } = 1;

    /// <summary>Largest weight of a term with <see cref="GapCorrection.TruncatedImportance"/>.</summary>
    public double ImportanceCap { get; set; } = 2;

    /// <summary>Weight of the router's entropy in the objective.</summary>
    public double RouterEntropyBonus { get; set; }

    /// <summary>Whether the base model learns from routes.</summary>
    public RouterGradient RouterGradToBase { get; set; }

    /// <summary>The part with <see cref="RouterGradient.Scaled"/>.</summary>
    public double RouterGradientScale { get; set; } = 0.1;

    /// <summary>Updates with each batch of rollouts.</summary>
    public int Epochs { get; set; } = 1;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A number is out of range; the message names it.</exception>
    public void Validate()
    {
        Require(Prompts is > 0 and <= 1 << 14, nameof(Prompts), Prompts, "1 to 16384");
        Require(Rollouts is > 1 and <= 1 << 12, nameof(Rollouts), Rollouts, "2 to 4096: advantages compare rollouts of one problem");
        Require(AnswersAtATime is >= 0 and <= 1 << 16, nameof(AnswersAtATime), AnswersAtATime, "0 to 65536");
        Require(Epochs is > 0 and <= 64, nameof(Epochs), Epochs, "1 to 64");
        Require(Method == RolloutMethod.Tree || Depth == 1, nameof(Depth), Depth, "1 with mixtures, which look at nothing ahead");
        Require(Temperature is > 0 and < 100, nameof(Temperature), Temperature, "above 0");
        Require(TopK is >= 0, nameof(TopK), TopK, "0 or more");
        Require(TopP is > 0 and <= 1, nameof(TopP), TopP, "above 0 and at most 1");
        Require(MinP is >= 0 and <= 1, nameof(MinP), MinP, "from 0 to 1");
        Require(SupportCapacity is > 0 and <= 4096, nameof(SupportCapacity), SupportCapacity, "1 to 4096");
        Require(ResampleRounds is >= 0 and <= 64, nameof(ResampleRounds), ResampleRounds, "0 to 64");
        Require(ReferenceDivergence is >= 0 and < 1e6, nameof(ReferenceDivergence), ReferenceDivergence, "0 or more");
        if (Method == RolloutMethod.Multiplex && (IsFiltered || Siblings == SiblingSampling.Distinct))
            throw new ArgumentException("Mixtures are trained on independent draws from all tokens; leave out filters and distinct siblings.", nameof(Method));
        Require(RouteTemperature is > 0 and < 100, nameof(RouteTemperature), RouteTemperature, "above 0");
        foreach ((string name, double clip) in new[] { (nameof(NodeClipLow), NodeClipLow), (nameof(RouteClipLow), RouteClipLow) }) Require(clip is > 0 and <= 1, name, clip, "above 0 and at most 1");
        foreach ((string name, double clip) in new[] { (nameof(NodeClipHigh), NodeClipHigh), (nameof(RouteClipHigh), RouteClipHigh) }) Require(clip is > 0 and < 1e6, name, clip, "above 0");
        Require(DualClip == 0 || DualClip is > 1 and < 1e6, nameof(DualClip), DualClip, "0, or above 1");
        Require(RouteWeight is >= 0 and < 1e6, nameof(RouteWeight), RouteWeight, "0 or more");
        Require(UncommittedWeight is >= 0 and <= 1, nameof(UncommittedWeight), UncommittedWeight, "from 0 to 1");
        Require(RouterEntropyBonus is >= 0 and < 1e6, nameof(RouterEntropyBonus), RouterEntropyBonus, "0 or more");
        Require(RouterGradientScale is >= 0 and < 1e6, nameof(RouterGradientScale), RouterGradientScale, "0 or more");
        Require(GapLimit > 0, nameof(GapLimit), GapLimit, "above 0");
        Require(ImportanceCap is > 0 and < 1e6, nameof(ImportanceCap), ImportanceCap, "above 0");
        if (UncommittedWeight < 1 && (Ratio == RatioLevel.Sequence || (Siblings == SiblingSampling.Distinct && SiblingOrder == SiblingOrder.Unordered)))
            throw new ArgumentException($"{nameof(UncommittedWeight)} needs a ratio for each draw; leave it at 1 with ratios of sequences and siblings without order.", nameof(UncommittedWeight));
        if (Gap == GapCorrection.TruncatedImportance && (Epochs > 1 || Ratio == RatioLevel.Sequence))
            throw new ArgumentException($"{nameof(GapCorrection.TruncatedImportance)} goes with one epoch and ratios of single tokens; choose another gap correction.", nameof(Gap));
    }

    /// <summary>Answers that are drawn at the same time.</summary>
    internal int MostAtATime => AnswersAtATime > 0 ? Math.Min(AnswersAtATime, Prompts * Rollouts) : Prompts * Rollouts;

    /// <summary>Whether filters keep less than all.</summary>
    internal bool IsFiltered => Sampling(0).HasFilter;

    /// <summary>How tokens are drawn.</summary>
    internal SamplingOptions Sampling(ulong seed) => new() { Temperature = Temperature, TopK = TopK, TopP = TopP, MinP = MinP, Seed = seed };

    /// <summary>The trees that answers are drawn with.</summary>
    internal LbrOptions Tree(Router router) => new()
    {
        Width = Width,
        Depth = Depth,
        RouteTemperature = RouteTemperature,
        Router = router,
        Siblings = Siblings,
        RecordSupports = IsFiltered,
        SupportCapacity = SupportCapacity,
    };

    /// <summary>How mixtures are decoded on a task; null where trees are.</summary>
    internal ThinkingOptions? Thinking(ReasoningTask task) => Method == RolloutMethod.Tree ? null : ThinkingOptions.MultiplexThinking(task.EndOfThinking) with { Slots = Width };

    private static void Require(bool holds, string name, double value, string range)
    {
        if (!holds) throw new ArgumentException(FormattableString.Invariant($"{name} is {value}; it must be {range}."), name);
    }
}
