namespace LbrCore.Decoding;

/// <summary>What is asked of a <see cref="TextGenerator"/>.</summary>
public sealed record GenerationOptions
{
    /// <summary>Most tokens to generate.</summary>
    public int MaxTokens { get; init; } = 512;

    /// <summary>How tokens are drawn; null for what the checkpoint recommends.</summary>
    public SamplingOptions? Sampling { get; init; }
}
