using LbrCore.Formats.Configuration;
using LbrCore.Kernels;

namespace LbrCore.Decoding;

/// <summary>What a thinking step mixes.</summary>
public enum ThinkingMethod
{
    /// <summary>Soft Thinking: the most probable tokens, by their probabilities. Needs no training and has no likelihood to train with.</summary>
    Soft,

    /// <summary>Soft Thinking with Gumbel noise on the log-probabilities.</summary>
    SoftGumbel,

    /// <summary>Multiplex Thinking: independent draws, whose likelihood is the product of their probabilities.</summary>
    Multiplex,
}

/// <summary>Decoding with mixed embeddings: the baselines of Local Branch Routing that think without committing to a token.</summary>
public sealed record ThinkingOptions
{
    /// <summary>What is mixed.</summary>
    public required ThinkingMethod Method { get; init; }

    /// <summary>The token that ends thinking, mostly <c>&lt;/think&gt;</c>.</summary>
    public required int EndToken { get; init; }

    /// <summary>Tokens of a mixture, up to 32.</summary>
    public int Slots { get; init; } = 3;

    /// <summary>Whether a text begins thinking. Off where the prompt has ended it already.</summary>
    public bool StartsThinking { get; init; } = true;

    /// <summary>Multiplex Thinking: all slots weigh alike, instead of by their probabilities.</summary>
    public bool UniformWeights { get; init; }

    /// <summary>Temperature of the Gumbel softmax.</summary>
    public double GumbelTemperature { get; init; } = 0.5;

    /// <summary>Entropy in nats of a mixture below which the step counts as sure.</summary>
    public double SureEntropy { get; init; } = 0.01;

    /// <summary>Sure steps in a row after which thinking is ended; 0 for never.</summary>
    public int Patience { get; init; }

    /// <summary>Soft Thinking as published: 10 tokens, ended after 256 sure steps.</summary>
    /// <param name="endToken">The token that ends thinking.</param>
    /// <param name="gumbel">The stochastic form.</param>
    public static ThinkingOptions SoftThinking(int endToken, bool gumbel = false) =>
        new() { Method = gumbel ? ThinkingMethod.SoftGumbel : ThinkingMethod.Soft, EndToken = endToken, Slots = 10, Patience = 256 };

    /// <summary>Multiplex Thinking as published: 3 draws.</summary>
    /// <param name="endToken">The token that ends thinking.</param>
    public static ThinkingOptions MultiplexThinking(int endToken) => new() { Method = ThinkingMethod.Multiplex, EndToken = endToken };

    /// <summary>The sampling that Soft Thinking was published with.</summary>
    public static SamplingOptions SoftThinkingSampling { get; } = new() { Temperature = 0.6, TopK = 30, TopP = 0.95, MinP = 0.001 };

    /// <summary>Checks the ranges.</summary>
    /// <param name="config">The model.</param>
    /// <exception cref="ArgumentException">A value is out of range; the message names it and its bounds.</exception>
    public void Validate(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Require(Slots is >= 1 and <= Sampling.MaximumTop, nameof(Slots), Slots, $"1 to {Sampling.MaximumTop}");
        Require(EndToken >= 0 && EndToken < config.VocabSize, nameof(EndToken), EndToken, $"a token of the vocabulary, 0 to {config.VocabSize - 1}");
        Require(GumbelTemperature > 0 && double.IsFinite(GumbelTemperature), nameof(GumbelTemperature), GumbelTemperature, "above 0");
        Require(SureEntropy >= 0, nameof(SureEntropy), SureEntropy, "0 or more");
        Require(Patience >= 0, nameof(Patience), Patience, "0 or more");
    }

    internal ThinkingParameters ToParameters() => new()
    {
        EndToken = EndToken,
        Weights = Method == ThinkingMethod.SoftGumbel ? ThinkingWeights.Gumbel : UniformWeights ? ThinkingWeights.Uniform : ThinkingWeights.Probability,
        GumbelTemperature = (float)GumbelTemperature,
        SureEntropy = (float)SureEntropy,
        Patience = Patience,
    };

    private static void Require(bool holds, string name, double value, string range)
    {
        if (!holds) throw new ArgumentException(FormattableString.Invariant($"{name} is {value}; it must be {range}."), name);
    }
}
