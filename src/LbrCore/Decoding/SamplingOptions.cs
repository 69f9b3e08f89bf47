using LbrCore.Formats.Configuration;
using LbrCore.Kernels;

namespace LbrCore.Decoding;

/// <summary>How tokens are drawn from a model's distribution. Filters apply in the order of the properties.</summary>
public sealed record SamplingOptions
{
    /// <summary>The most probable token always.</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0 };

    /// <summary>Divides the logits; 0 is greedy.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Keeps the so many most probable tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keeps the most probable tokens that together reach this probability; 1 keeps all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Keeps tokens at least so probable relative to the most probable one; 0 keeps all.</summary>
    public double MinP { get; init; }

    /// <summary>The same seed draws the same text.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether a filter keeps less than all.</summary>
    public bool HasFilter => TopK > 0 || TopP < 1 || MinP > 0;

    /// <summary>What a checkpoint recommends; where it is silent, sampling from the whole distribution.</summary>
    /// <param name="config">The checkpoint's recommendation.</param>
    public static SamplingOptions From(GenerationConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new SamplingOptions
        {
            Temperature = config.DoSample == false ? 0 : config.Temperature ?? 1,
            TopK = config.TopK ?? 0,
            TopP = config.TopP ?? 1,
            MinP = config.MinP ?? 0,
        };
    }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is out of range; the message names it and its bounds.</exception>
    public void Validate()
    {
        Require(Temperature >= 0 && double.IsFinite(Temperature), nameof(Temperature), Temperature, "0 or more");
        Require(TopK >= 0, nameof(TopK), TopK, "0 or more");
        Require(TopP is > 0 and <= 1, nameof(TopP), TopP, "above 0 and at most 1");
        Require(MinP is >= 0 and <= 1, nameof(MinP), MinP, "from 0 to 1");
    }

    /// <summary>These settings for one sequence, as kernels read them.</summary>
    /// <param name="sequenceId">Number of the sequence among all of this seed.</param>
    public SamplingParameters ToParameters(uint sequenceId) => new()
    {
        Temperature = (float)Temperature,
        TopK = TopK,
        TopP = (float)TopP,
        MinP = (float)MinP,
        SeedLow = (uint)Seed,
        SeedHigh = (uint)(Seed >> 32),
        SequenceId = sequenceId,
    };

    private static void Require(bool holds, string name, double value, string range)
    {
        if (!holds) throw new ArgumentException(FormattableString.Invariant($"{name} is {value}; it must be {range}."), name);
    }
}
