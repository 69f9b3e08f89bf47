namespace LbrCore.Kernels;

/// <summary>How tokens of one sequence are drawn. Lies in device memory, so that a captured step serves sequences of different settings.</summary>
/// <remarks>Filters apply in the order temperature, top-k, top-p, min-p; each sees the distribution that the one before it left, renormalised.</remarks>
public struct SamplingParameters
{
    /// <summary>Divides the logits. 0 is greedy: the largest logit, the lowest id among equals, and log-probabilities are those of temperature 1.</summary>
    public float Temperature;

    /// <summary>Keeps the so many largest logits, and those equal to the last of them; 0 keeps all.</summary>
    public int TopK;

    /// <summary>Keeps the largest logits whose probabilities reach this sum, and those equal to the last of them; 1 keeps all.</summary>
    public float TopP;

    /// <summary>Keeps tokens at least so probable relative to the most probable one; 0 keeps all.</summary>
    public float MinP;

    /// <summary>Low half of the seed.</summary>
    public uint SeedLow;

    /// <summary>High half of the seed.</summary>
    public uint SeedHigh;

    /// <summary>Number of the sequence among all that share the seed: its place in a batch does not matter.</summary>
    public uint SequenceId;

    /// <summary>Whether <see cref="Sampling.Threshold"/> has something to do.</summary>
    public readonly bool HasFilter => TopK > 0 || TopP < 1f || MinP > 0f;
}
