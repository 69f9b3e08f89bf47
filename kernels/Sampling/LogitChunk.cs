namespace LbrCore.Kernels;

/// <summary>What is known of one stretch of <see cref="Sampling.ChunkSize"/> logits of a row.</summary>
public struct LogitChunk
{
    /// <summary>Sum of exp((logit - max) / temperature) over the kept logits, in units of 2^-40. An integer, so that the order of additions does not matter.</summary>
    public ulong Mass;

    /// <summary>Largest kept logit; -infinity if none is.</summary>
    public float Max;

    /// <summary>Lowest id that has it.</summary>
    public int Index;
}
