namespace LbrCore.Kernels;

// Sampling
// purpose   Draws tokens from rows of logits, with temperature, top-k, top-p and min-p, without sorting the vocabulary and without the host.
// math      pi(i) = exp(z_i / T) / sum over kept j of exp(z_j / T), kept = {j : z_j >= threshold}. Each of the filters keeps what is above some logit, so together they are one
//           threshold. A draw inverts the cumulative sum of pi at a random number.
// steps     Summarize: largest logit and mass of each chunk of 4096 -> [Threshold: where there are filters, then Summarize again above the threshold] -> Draw
// numerics  exp((z - max) / T) is rounded to a multiple of 2^-40 and summed in 64-bit integers: sums do not depend on any order, so neither do draws, and equal inputs give equal
//           tokens in every batch and on every device. What has less than 2^-40 of the largest probability is never drawn. NaN counts as -infinity.
// random    Philox4x32-10 with the seed as key and (sequence, position, node, draw) as counter: no state, so that a text continues the same after a pause
// source    Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (2011)
/// <summary>Drawing tokens from logits: <see cref="Summarize"/>, <see cref="Threshold"/>, <see cref="Draw"/>.</summary>
public static partial class Sampling
{
    /// <summary>Logits of a chunk. Fixed, for chunks are part of what a draw means.</summary>
    public const int ChunkSize = 4096;

    /// <summary>Largest vocabulary: a thread of <see cref="Draw"/> for each chunk.</summary>
    public const int MaximumVocabulary = ChunkSize * Threads;

    private const int Threads = 256;

    private const int PerThread = ChunkSize / Threads;

    /// <summary>Mass of the largest logit: 2^40. A vocabulary of 2^20 fits 64 bits with room.</summary>
    private const float Unit = 1099511627776f;

    /// <summary>Chunks of a row.</summary>
    /// <param name="vocabulary">Logits of a row.</param>
    public static int ChunksOf(int vocabulary) => (vocabulary + ChunkSize - 1) / ChunkSize;

    // The weight of a logit relative to the largest of some set, in units of 2^-40. The largest itself is exact also where it is infinite.
    private static ulong Mass(float logit, float max, float inverseTemperature)
    {
        if (logit == float.NegativeInfinity) return 0;
        return logit == max ? (ulong)Unit : (ulong)(XMath.Exp((logit - max) * inverseTemperature) * Unit);
    }

    private static float InverseTemperature(SamplingParameters parameters) => parameters.Temperature > 0f ? 1f / parameters.Temperature : 1f;

    // Bits that order as the numbers do. NaN becomes -infinity, and -0 becomes +0, which equals it.
    private static uint Ordered(float logit)
    {
        uint bits = Interop.FloatAsUInt(Known(logit) + 0f);
        return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
    }

    private static float FromOrdered(uint ordered) => Interop.UIntAsFloat((ordered & 0x80000000u) != 0 ? ordered & 0x7FFFFFFFu : ~ordered);

    private static float Known(float logit) => float.IsNaN(logit) ? float.NegativeInfinity : logit;

    // The larger of two is the larger logit, or the lower index of equal ones.
    private static ulong Candidate(float logit, int index) => ((ulong)Ordered(logit) << 32) | ~(uint)index;

    private static float LogitOf(ulong candidate) => FromOrdered((uint)(candidate >> 32));

    private static int IndexOf(ulong candidate) => (int)~(uint)candidate;

    private static void CheckRows(LaunchContract contract, ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<LogitChunk> chunks, int rowCount, int vocabulary, int chunksPerRow)
    {
        contract.NonNegative(rowCount);
        contract.InRange(vocabulary, 1, MaximumVocabulary);
        contract.Require(chunksPerRow == ChunksOf(vocabulary), $"chunksPerRow is {chunksPerRow}; {vocabulary} logits have {ChunksOf(vocabulary)} chunks");
        contract.Length(logits, (long)rowCount * vocabulary);
        contract.Length(rows, rowCount);
        contract.Length(chunks, (long)rowCount * chunksPerRow);
    }
}
