namespace LbrCore.Kernels;

// SequenceRows.Advance
// purpose   The end of a step of plain decoding: the token that was forwarded joins the prefix, and a sequence whose new token ends it comes to rest.
// math      n_s := n_s + 1 unless s rests;   limit_s := n_s if the new token is a stop token
// mapping   one thread a sequence
public static partial class SequenceRows
{
    private const int AdvanceThreads = 64;

    /// <summary>lengths[s] += 1 for every sequence below its limit; a stop token makes the limit the length.</summary>
    /// <param name="tokens">[sequences]: the tokens drawn in this step.</param>
    /// <param name="stops">Ids that end a sequence; may be empty.</param>
    /// <param name="lengths">[sequences]. Raised.</param>
    /// <param name="limits">[sequences]. Lowered where a sequence ends.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="stopCount">Stop tokens.</param>
    [Kernel(GroupSize = AdvanceThreads, Contract = nameof(CheckAdvance))]
    public static void Advance(ArrayView<int> tokens, ArrayView<int> stops, ArrayView<int> lengths, ArrayView<int> limits, int sequences, int stopCount)
    {
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        int sequence = (Grid.IdxX * AdvanceThreads) + Group.IdxX;
        if (sequence >= sequences || lengths[sequence] >= limits[sequence]) return;
        int length = lengths[sequence] + 1, token = tokens[sequence];
        lengths[sequence] = length;
        for (int i = 0; i < stopCount; i++)
        {
            if (stops[i] == token) limits[sequence] = length;
        }
    }

    /// <summary>Queues <see cref="Advance"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="tokens">[sequences].</param>
    /// <param name="stops">Ids that end a sequence.</param>
    /// <param name="lengths">[sequences]. Raised.</param>
    /// <param name="limits">[sequences]. Lowered where a sequence ends.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchAdvance(ComputeStream stream, ArrayView<int> tokens, ArrayView<int> stops, ArrayView<int> lengths, ArrayView<int> limits, int sequences, bool dependent = false) =>
        LaunchAdvance(stream, LaunchConfig.Cover(sequences, AdvanceThreads) with { DependentLaunch = dependent }, tokens, stops, lengths, limits, sequences, stops.IntLength);

    private static void CheckAdvance(LaunchContract contract, ArrayView<int> tokens, ArrayView<int> stops, ArrayView<int> lengths, ArrayView<int> limits, int sequences, int stopCount)
    {
        contract.NonNegative(sequences);
        contract.Length(tokens, sequences);
        contract.Length(stops, stopCount);
        contract.Length(lengths, sequences);
        contract.Length(limits, sequences);
        contract.GridAtLeast(LaunchConfig.Cover(sequences, AdvanceThreads).Grid);
    }
}
