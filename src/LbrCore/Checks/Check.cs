using System.Diagnostics;
using LbrCore.Checks.Gradients;
using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Kernels;
using LbrCore.Training.Grpo;

namespace LbrCore.Checks;

/// <summary>
/// A property that Local Branch Routing must have on every device, measured on random models that are made in memory: the tests of the specification's section 11 that need no training, and
/// those of gradients.
/// </summary>
/// <remarks>
/// What a figure is compared with shares no code with what it checks: causal passes over separate texts, softmax, likelihoods and lists of all trajectories in float64 on the host; the
/// causal passes themselves are held against a transformer in float64.
/// </remarks>
public sealed class Check
{
    private readonly Func<CheckModels, CheckFigure> _measure;

    private Check(string name, string statement, Func<CheckModels, CheckFigure> measure) => (Name, Statement, _measure) = (name, statement, measure);

    /// <summary>All of them, in an order in which the later rely on the earlier.</summary>
    public static IReadOnlyList<Check> All { get; } =
    [
        new("causal-forward", "log-probabilities of a text are those of a transformer in float64 on the host", TreeChecks.CausalForward),
        new("tree-attention", "one pass over a tree gives every node the distribution that its path has as a text of its own", TreeChecks.TreeAttention),
        new("width-one", "with one candidate, tokens and log-probabilities are those of plain decoding, bit for bit", DecodingChecks.WidthOne),
        new("sum-to-one", "the recorded likelihoods of all trajectories of a toy vocabulary sum to one", LikelihoodChecks.SumToOne),
        new("likelihood", "recorded likelihoods of drawn trajectories are those of their causal texts", LikelihoodChecks.Recorded),
        new("marginals", "under a uniform router every text keeps the probability that plain sampling gives it", LikelihoodChecks.Marginals),
        new("frequencies", "trajectories are drawn as often as their likelihood says (deviations of chi-square)", LikelihoodChecks.Frequencies),
        new("router-permutation", "scores follow their subtrees when the slots are permuted", RouterChecks.Permutation),
        new("router-fresh", "an untrained router scores all subtrees exactly alike", RouterChecks.Fresh),
        new("reuse-depth-2", "after shifts, L=2, kept nodes and what grows below them are as if computed from nothing", models => TreeChecks.Reuse(models, 3, 2)),
        new("reuse-depth-3", "after shifts, L=3, kept nodes and what grows below them are as if computed from nothing", models => TreeChecks.Reuse(models, 2, 3)),
        new("replay", "replaying traces reproduces every recorded log-probability of nodes, draws and routes", TreeChecks.Replay),
        new("duplicates", "equal siblings stay separate candidates and change nothing (things that are wrong)", DecodingChecks.Duplicates),
        new("all-stop", "siblings that all stop end the text with them and have no children (things that are wrong)", DecodingChecks.AllStop),
        new("few-tokens", "fewer tokens than siblings give fewer candidates, whose probabilities sum to one", DecodingChecks.FewTokens),
        new("budget", "nothing grows beyond the last token that may be committed (things that are wrong)", DecodingChecks.Budget),
        new("batch-layout", "a text has the same trees alone and among seven", DecodingChecks.BatchLayout),
        new("gradient-layers", "backward kernels of layers are the transposes of their functions' Jacobians (dot products, differences in float64)", models => GradientChecks.Transposes(
            models,
            [LayerGradients.Linear<float>, LayerGradients.RmsNorm<float>, LayerGradients.SwiGlu<float>, device => LayerGradients.Rope<float>(device, false), device => LayerGradients.Rope<float>(device, true)],
            [LayerGradients.Linear<BFloat16>, LayerGradients.RmsNorm<BFloat16>, LayerGradients.SwiGlu<BFloat16>, device => LayerGradients.Rope<BFloat16>(device, false), device => LayerGradients.Rope<BFloat16>(device, true)])),
        new("gradient-attention", "so are those of attention, of texts and of trees", models => GradientChecks.Transposes(
            models, [AttentionGradients.Text<float>, AttentionGradients.Tree<float>], [AttentionGradients.Text<BFloat16>, AttentionGradients.Tree<BFloat16>])),
        new("gradient-tokens", "so are those of embeddings and of log-probabilities", models => GradientChecks.Transposes(
            models, [LayerGradients.Embedding<float>, LayerGradients.LogProbabilities<float>], [LayerGradients.Embedding<BFloat16>, LayerGradients.LogProbabilities<BFloat16>])),
        new("gradient-router-norm", "so is that of the router's norms", models => GradientChecks.Transposes(models, [RouterGradients.Norm<float>], [RouterGradients.Norm<BFloat16>])),
        new("gradient-router", "so are those of the router's products and attentions, which are float32 in every model", models => GradientChecks.Transposes(
            models, RouterGradients.GeluLinear, device => RouterGradients.Attention(device, AttentionScope.Subtree), device => RouterGradients.Attention(device, AttentionScope.Slots))),
        new("gradient-full", "the objective rises along its gradient, through nodes and routes, by the gradient's norm", models => GradientChecks.EndToEnd(models, RouterGradient.Full)),
        new("gradient-detach", "so it does where states do not learn from routes", models => GradientChecks.EndToEnd(models, RouterGradient.Detach)),
        new("gradient-scaled", "so it does where states learn a part", models => GradientChecks.EndToEnd(models, RouterGradient.Scaled)),
        new("graph-launches", "a committed token costs one graph launch and no other launch (launches per token)", DriverChecks.GraphLaunches),
    ];

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>What must hold.</summary>
    public string Statement { get; }

    /// <summary>Runs checks, one after the other.</summary>
    /// <param name="device">Where.</param>
    /// <param name="elementType">F32, BF16 or F16: what the models compute in. It sets the bounds.</param>
    /// <param name="checks">Which.</param>
    /// <param name="done">Told of each result.</param>
    /// <param name="cancellation">Ends the run between checks.</param>
    /// <returns>A result for each. A check that throws has failed; only the end of the device ends the run.</returns>
    /// <exception cref="ArgumentException">Another element type.</exception>
    /// <exception cref="DeviceUnavailableException">An error ended the device.</exception>
    public static IReadOnlyList<CheckResult> Run(
        Device device, TensorDtype elementType, IEnumerable<Check> checks, IProgress<CheckResult>? done = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(checks);
        using var models = new CheckModels(device, elementType);
        var results = new List<CheckResult>();
        foreach (Check check in checks)
        {
            cancellation.ThrowIfCancellationRequested();
            results.Add(check.Run(models));
            done?.Report(results[^1]);
        }

        return results;
    }

    private CheckResult Run(CheckModels models)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            CheckFigure figure = _measure(models);
            return new CheckResult(Name, Statement, figure, Stopwatch.GetElapsedTime(start));
        }
        catch (Exception exception) when (exception is not DeviceUnavailableException and not OperationCanceledException)
        {
            return new CheckResult(Name, Statement, new CheckFigure(double.NaN, 0, ""), Stopwatch.GetElapsedTime(start), $"{exception.GetType().Name}: {exception.Message}");
        }
    }
}
