using System.CommandLine;
using LbrCore.Decoding;
using LbrCore.Routing;
using LbrCore.Tuning;

namespace LbrCore.Cli.Models;

/// <summary>Local Branch Routing on the command line. Any of these options switches it on; without them decoding is plain.</summary>
internal sealed class TreeCommandOptions
{
    private readonly Option<int?> _width = new("--width", "-k") { Description = "Candidates at every place of the tree; 1 is plain decoding. 3 where another option of the tree is given.", HelpName = "candidates" };
    private readonly Option<int?> _depth = new("--depth", "-l") { Description = "Tokens that the tree looks ahead; 1 without it.", HelpName = "tokens" };
    private readonly Option<string?> _tree = new("--tree")
    {
        Description = "auto takes the tree from the profile that 'lbr tune' has left in the model's folder; a file takes it from that profile.",
        HelpName = "auto|file",
    };

    private readonly Option<double?> _adaptive = new("--adaptive") { Description = "Grows one child only where the entropy of the next token, in nats, is below this.", HelpName = "nats" };
    private readonly Option<string?> _router = new("--router")
    {
        Description = "What chooses among the candidates: a folder with router.json, or random, logprob, confidence, value. Without it the model's own router, or random where it has none.",
        HelpName = "folder|name",
    };

    private readonly Option<string?> _route = new("--route") { Description = "sample draws a candidate by the router's probabilities, argmax takes the best; sample without it.", HelpName = "rule" };
    private readonly Option<double?> _temperature = new("--route-temperature") { Description = "Divides the router's scores; 1 without it.", HelpName = "number" };
    private readonly Option<string?> _siblings = new("--siblings") { Description = "iid draws candidates independently, distinct without replacement; iid without it.", HelpName = "law" };
    private readonly Option<string?> _trace = new("--trace") { Description = "Gets every tree that was looked at, as JSON lines; 'lbr replay' checks it.", HelpName = "file" };
    private readonly Option<bool> _showTree = new("--show-tree") { Description = "Draws the candidates of every token and what was committed." };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_width, _depth, _tree, _adaptive, _router, _route, _temperature, _siblings, _trace, _showTree];

    /// <summary>Where the trace goes, or null.</summary>
    public string? Trace(ParseResult parsed) => parsed.GetValue(_trace);

    /// <summary>Whether trees are drawn.</summary>
    public bool ShowsTree(ParseResult parsed) => parsed.GetValue(_showTree);

    /// <summary>What was given; null for plain decoding.</summary>
    /// <exception cref="UsageException">A word that is none of those that are known.</exception>
    public LbrOptions? Read(ParseResult parsed, string modelFolder)
    {
        if (All.All(option => parsed.GetResult(option) is null or { Implicit: true })) return null;
        TreeChoice chosen = parsed.GetValue(_tree) is { } tree ? TreeProfile.Load(tree == "auto" ? modelFolder : tree).Recommend() : new TreeChoice(3, 1);
        return new LbrOptions
        {
            Width = parsed.GetValue(_width) ?? chosen.Width,
            Depth = parsed.GetValue(_depth) ?? chosen.Depth,
            AdaptiveEntropy = parsed.GetValue(_adaptive) ?? chosen.AdaptiveEntropy,
            Router = ReadRouter(parsed.GetValue(_router), modelFolder),
            Route = Choose(parsed.GetValue(_route), "--route", ("sample", RouteRule.Sample), ("argmax", RouteRule.Best)),
            RouteTemperature = parsed.GetValue(_temperature) ?? 1,
            Siblings = Choose(parsed.GetValue(_siblings), "--siblings", ("iid", SiblingSampling.Independent), ("distinct", SiblingSampling.Distinct)),
            RecordSupports = parsed.GetValue(_trace) is not null,
        };
    }

    /// <summary>The router of a name or folder; of the model's folder where none is given.</summary>
    /// <exception cref="UsageException">It is neither.</exception>
    public static Router ReadRouter(string? router, string modelFolder) => router switch
    {
        null => SetAttentionRouter.IsIn(modelFolder) ? SetAttentionRouter.Load(modelFolder) : new UniformRouter(),
        "random" => new UniformRouter(),
        "logprob" => MeasureRouter.LogProbability,
        "confidence" => MeasureRouter.Confidence,
        "value" => MeasureRouter.Value,
        _ when SetAttentionRouter.IsIn(router) => SetAttentionRouter.Load(router),
        _ => throw new UsageException($"'{router}' is no router: give a folder with router.json, or random, logprob, confidence or value."),
    };

    private static TValue Choose<TValue>(string? word, string option, params (string Word, TValue Value)[] choices)
    {
        if (word is null) return choices[0].Value;
        foreach ((string known, TValue value) in choices)
            if (word == known) return value;
        throw new UsageException($"'{word}' is not known to {option}; it takes {string.Join(" or ", choices.Select(choice => choice.Word))}.");
    }
}
