using LbrCore.Decoding;

namespace LbrCore.Evaluation;

/// <summary>A way of decoding that is measured.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Lbr">Tree and router; width 1 is discrete decoding.</param>
/// <param name="Sampling">How tokens are drawn.</param>
/// <param name="Samples">Answers to each problem.</param>
public sealed record EvaluationMethod(string Name, LbrOptions Lbr, SamplingOptions Sampling, int Samples)
{
    /// <summary>What is mixed instead of routed; null for tokens.</summary>
    public ThinkingOptions? Thinking { get; init; }

    /// <summary>Decoding with mixed embeddings.</summary>
    /// <param name="thinking">What is mixed, and when that ends.</param>
    /// <param name="sampling">How tokens are drawn.</param>
    /// <param name="samples">Answers to each problem.</param>
    public static EvaluationMethod Mixed(ThinkingOptions thinking, SamplingOptions sampling, int samples)
    {
        ArgumentNullException.ThrowIfNull(thinking);
        ArgumentNullException.ThrowIfNull(sampling);
        string name = thinking.Method switch
        {
            ThinkingMethod.Soft => "soft thinking",
            ThinkingMethod.SoftGumbel => "soft thinking with noise",
            _ => "multiplex thinking",
        };
        return new EvaluationMethod(FormattableString.Invariant($"{name}, {thinking.Slots} tokens T={sampling.Temperature}"), new LbrOptions { Width = 1 }, sampling, samples) { Thinking = thinking };
    }

    /// <summary>Discrete decoding.</summary>
    /// <param name="sampling">How tokens are drawn.</param>
    /// <param name="samples">Answers to each problem.</param>
    public static EvaluationMethod Discrete(SamplingOptions sampling, int samples)
    {
        ArgumentNullException.ThrowIfNull(sampling);
        string name = sampling.Temperature == 0 ? "discrete greedy" : FormattableString.Invariant($"discrete T={sampling.Temperature}");
        return new EvaluationMethod(name, new LbrOptions { Width = 1 }, sampling, samples);
    }

    /// <summary>Decoding with a tree.</summary>
    /// <param name="lbr">Tree and router.</param>
    /// <param name="sampling">How tokens are drawn.</param>
    /// <param name="samples">Answers to each problem.</param>
    public static EvaluationMethod Tree(LbrOptions lbr, SamplingOptions sampling, int samples)
    {
        ArgumentNullException.ThrowIfNull(lbr);
        ArgumentNullException.ThrowIfNull(sampling);
        string router = Path.GetFileName(Path.TrimEndingDirectorySeparator(lbr.Router.Name));
        string route = lbr.Route == RouteRule.Best ? " argmax" : lbr.RouteTemperature == 1 ? "" : FormattableString.Invariant($" tau={lbr.RouteTemperature}");
        string siblings = lbr.Siblings == SiblingSampling.Distinct ? " distinct" : "";
        return new EvaluationMethod(FormattableString.Invariant($"lbr K={lbr.Width} L={lbr.Depth} {router}{route}{siblings} T={sampling.Temperature}"), lbr, sampling, samples);
    }

    /// <summary>Whether repeating it gives the same answer.</summary>
    public bool IsDeterministic => Sampling.Temperature == 0 && (Lbr.Shape.Width == 1 || Lbr.Siblings == SiblingSampling.Independent);
}
