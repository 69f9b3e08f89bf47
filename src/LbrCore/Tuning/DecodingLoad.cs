using LbrCore.Decoding;

namespace LbrCore.Tuning;

/// <summary>Under what decoding is timed.</summary>
/// <param name="Batch">Texts at the same time.</param>
/// <param name="Context">Tokens before the first one that is timed; less where the model's positions end before.</param>
/// <param name="Steps">Steps whose median is taken.</param>
public sealed record DecodingLoad(int Batch, int Context, int Steps)
{
    /// <summary>What the context is filled with, over and over; null for any tokens.</summary>
    public IReadOnlyList<int>? Text { get; init; }

    /// <summary>How children are drawn.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A value is below 1.</exception>
    public void Validate()
    {
        Require(Batch, nameof(Batch));
        Require(Context, nameof(Context));
        Require(Steps, nameof(Steps));
        Sampling.Validate();
    }

    private static void Require(int value, string name)
    {
        if (value < 1) throw new ArgumentException($"{name} is {value}; it must be at least 1.", name);
    }
}
