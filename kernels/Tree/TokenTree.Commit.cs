namespace LbrCore.Kernels;

// TokenTree.Commit
// purpose   The row of the pass that forwards the committed token alone, where candidates are routed before they are forwarded.
// math      token_s = token of root k*_s at slot, position n_s;  padding for a sequence that rests
// mapping   one thread a sequence
// traffic   some bytes a sequence: bound by latency
public static partial class TokenTree
{
    private const int CommitThreads = 64;

    /// <summary>Writes one row a sequence: the committed token behind its prefix. Comes between <see cref="Choose"/> and <see cref="Shift"/>.</summary>
    /// <param name="chosen">[sequences] of <see cref="Choose"/>: -1 for a sequence that rests.</param>
    /// <param name="nodeTokens">[sequences, nodeStride].</param>
    /// <param name="lengths">[sequences]: tokens of the prefix, without the new one.</param>
    /// <param name="tokens">[sequences]: tokens of the pass; -1 for none. Written.</param>
    /// <param name="rows">[sequences]: rows of the pass. Written.</param>
    /// <param name="slotParents">[sequences, slots]. Those of the new tokens' slots are written.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="nodeStride">Places of a sequence.</param>
    /// <param name="slots">Slots of a sequence.</param>
    [Kernel(GroupSize = CommitThreads, Contract = nameof(CheckCommit))]
    public static void Commit(
        ArrayView<int> chosen, ArrayView<int> nodeTokens, ArrayView<int> lengths, ArrayView<int> tokens, ArrayView<TokenRow> rows, ArrayView<int> slotParents,
        int sequences, int nodeStride, int slots)
    {
        Grid.TriggerLaunchCompletion();
        int sequence = (Grid.IdxX * CommitThreads) + Group.IdxX;
        if (sequence >= sequences) return;
        Grid.DependencySynchronize();
        int prefix = lengths[sequence], root = chosen[sequence];
        bool goesOn = root >= 0 && prefix >= 0 && prefix < slots;
        tokens[sequence] = goesOn ? nodeTokens[(sequence * nodeStride) + root] : -1;
        rows[sequence] = goesOn ? new TokenRow { Sequence = sequence, Position = prefix, Prefix = prefix, Slot = prefix } : TokenRow.Padding;
        if (goesOn) slotParents[((long)sequence * slots) + prefix] = -1;
    }

    /// <summary>Queues <see cref="Commit"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="chosen">[sequences].</param>
    /// <param name="nodeTokens">[sequences, nodeStride].</param>
    /// <param name="lengths">[sequences].</param>
    /// <param name="tokens">[sequences]. Written.</param>
    /// <param name="rows">[sequences]. Written.</param>
    /// <param name="slotParents">[sequences, slots]. Written at the new tokens.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="nodeStride">Places of a sequence.</param>
    /// <param name="slots">Slots of a sequence.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void CommitRows(
        ComputeStream stream, ArrayView<int> chosen, ArrayView<int> nodeTokens, ArrayView<int> lengths, ArrayView<int> tokens, ArrayView<TokenRow> rows, ArrayView<int> slotParents,
        int sequences, int nodeStride, int slots, bool dependent = false) =>
        LaunchCommit(stream, LaunchConfig.Cover(sequences, CommitThreads) with { DependentLaunch = dependent }, chosen, nodeTokens, lengths, tokens, rows, slotParents, sequences, nodeStride, slots);

    private static void CheckCommit(
        LaunchContract contract, ArrayView<int> chosen, ArrayView<int> nodeTokens, ArrayView<int> lengths, ArrayView<int> tokens, ArrayView<TokenRow> rows, ArrayView<int> slotParents,
        int sequences, int nodeStride, int slots)
    {
        contract.NonNegative(sequences);
        contract.InRange(nodeStride, 1, MaximumNodes);
        contract.Positive(slots);
        contract.InRange((long)sequences * nodeStride, 0, int.MaxValue);
        contract.Length(chosen, sequences);
        contract.Length(nodeTokens, (long)sequences * nodeStride);
        contract.Length(lengths, sequences);
        contract.Length(tokens, sequences);
        contract.Length(rows, sequences);
        contract.Length(slotParents, (long)sequences * slots);
        contract.GridAtLeast(LaunchConfig.Cover(sequences, CommitThreads).Grid);
    }
}
