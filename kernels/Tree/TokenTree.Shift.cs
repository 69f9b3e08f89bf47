namespace LbrCore.Kernels;

// TokenTree.Shift
// purpose   After the choice: the subtree below the committed root becomes the tree, its leaves the frontier; the prefix is one token longer.
// math      node j := node kept[j + 1] for the levels above the last;  frontier[s, i] = state of leaf i of the chosen subtree;  n_s := n_s + 1
// mapping   One group a sequence. For states a thread owns elements of every node and carries them from the first node to the last: kept rises and kept[j + 1] > j, so what is overwritten
//           has been read. Of the small arrays thread j holds node j in registers over a barrier.
// traffic   reads and writes the states of one subtree once
// numerics  a copy
public static partial class TokenTree
{
    /// <summary>Moves the chosen subtree to the front in every node array; raises the lengths. Sequences that rest stay as they are.</summary>
    /// <param name="chosen">[sequences]: -1 for a sequence that rests.</param>
    /// <param name="kept">[sequences, keptStride] of <see cref="Choose"/>.</param>
    /// <param name="lengths">[sequences]. Raised.</param>
    /// <param name="nodeStates">[sequences, nodeStride, hiddenSize]. Changed in place.</param>
    /// <param name="frontier">[sequences, leaves, hiddenSize]: states after which the next level grows. Written.</param>
    /// <param name="nodeValid">[sequences, nodeStride]. Changed in place.</param>
    /// <param name="nodeTokens">[sequences, nodeStride]. Changed in place.</param>
    /// <param name="nodeLogProbabilities">[sequences, nodeStride]. Changed in place.</param>
    /// <param name="nodeEntropies">[sequences, nodeStride]. Changed in place.</param>
    /// <param name="nodeRests">[sequences, nodeStride]. Changed in place.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="nodeStride">Places of a sequence.</param>
    /// <param name="keptStride">Nodes of a subtree, 1 + K + ... + K^(L-1).</param>
    /// <param name="leaves">Leaves of a subtree, K^(L-1): the last of its nodes.</param>
    /// <param name="hiddenSize">Width of a state.</param>
    /// <param name="packed">Whether all states start at multiples of 16 bytes.</param>
    [Kernel(GroupSize = CopyThreads, Contract = nameof(CheckShift))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    public static void Shift<T>(
        ArrayView<int> chosen, ArrayView<int> kept, ArrayView<int> lengths, ArrayView<T> nodeStates, ArrayView<T> frontier,
        ArrayView<int> nodeValid, ArrayView<int> nodeTokens, ArrayView<float> nodeLogProbabilities, ArrayView<float> nodeEntropies, ArrayView<float> nodeRests,
        int sequences, int nodeStride, int keptStride, int leaves, int hiddenSize, bool packed)
        where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        int sequence = Grid.IdxX, thread = Group.IdxX, firstNode = sequence * nodeStride, firstKept = sequence * keptStride;
        if (sequence >= sequences) return;
        Grid.DependencySynchronize();
        if (chosen[sequence] < 0) return;
        for (int leaf = 0; leaf < leaves; leaf++)
            Carry(nodeStates, firstNode + kept[firstKept + keptStride - leaves + leaf], frontier, ((long)sequence * leaves) + leaf, hiddenSize, packed);
        for (int node = 0; node < keptStride - 1; node++) Carry(nodeStates, firstNode + kept[firstKept + node + 1], nodeStates, firstNode + node, hiddenSize, packed);

        bool moves = thread < keptStride - 1;
        int from = firstNode + (moves ? kept[firstKept + thread + 1] : 0), valid = nodeValid[from], token = nodeTokens[from];
        float logProbability = nodeLogProbabilities[from], entropy = nodeEntropies[from], rest = nodeRests[from];
        Group.Barrier();
        if (thread == 0) lengths[sequence]++;
        if (!moves) return;
        nodeValid[firstNode + thread] = valid;
        nodeTokens[firstNode + thread] = token;
        nodeLogProbabilities[firstNode + thread] = logProbability;
        nodeEntropies[firstNode + thread] = entropy;
        nodeRests[firstNode + thread] = rest;
    }

    private static void CheckShift<T>(
        LaunchContract contract, ArrayView<int> chosen, ArrayView<int> kept, ArrayView<int> lengths, ArrayView<T> nodeStates, ArrayView<T> frontier,
        ArrayView<int> nodeValid, ArrayView<int> nodeTokens, ArrayView<float> nodeLogProbabilities, ArrayView<float> nodeEntropies, ArrayView<float> nodeRests,
        int sequences, int nodeStride, int keptStride, int leaves, int hiddenSize, bool packed)
        where T : unmanaged
    {
        contract.NonNegative(sequences);
        contract.InRange(nodeStride, 1, MaximumNodes);
        contract.InRange(keptStride, 1, nodeStride);
        contract.InRange(leaves, 1, keptStride);
        contract.Positive(hiddenSize);
        contract.InRange((long)sequences * nodeStride, 0, int.MaxValue);
        contract.Length(chosen, sequences);
        contract.Length(kept, (long)sequences * keptStride);
        contract.Length(lengths, sequences);
        contract.Length(nodeStates, (long)sequences * nodeStride * hiddenSize);
        contract.Length(frontier, (long)sequences * leaves * hiddenSize);
        contract.Disjoint(nodeStates, frontier);
        contract.Length(nodeValid, (long)sequences * nodeStride);
        contract.Length(nodeTokens, (long)sequences * nodeStride);
        contract.Length(nodeLogProbabilities, (long)sequences * nodeStride);
        contract.Length(nodeEntropies, (long)sequences * nodeStride);
        contract.Length(nodeRests, (long)sequences * nodeStride);
        contract.GridAtLeast(sequences);
        CheckPacked(contract, nodeStates, frontier, hiddenSize, packed);
    }

    /// <summary>Queues <see cref="Shift"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="chosen">[sequences].</param>
    /// <param name="kept">[sequences, keptStride].</param>
    /// <param name="lengths">[sequences]. Raised.</param>
    /// <param name="nodeStates">[sequences, nodeStride, hiddenSize]. Changed in place.</param>
    /// <param name="frontier">[sequences, leaves, hiddenSize]. Written.</param>
    /// <param name="nodeValid">[sequences, nodeStride]. Changed in place.</param>
    /// <param name="nodeTokens">[sequences, nodeStride]. Changed in place.</param>
    /// <param name="nodeLogProbabilities">[sequences, nodeStride]. Changed in place.</param>
    /// <param name="nodeEntropies">[sequences, nodeStride]. Changed in place.</param>
    /// <param name="nodeRests">[sequences, nodeStride]. Changed in place.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="nodeStride">Places of a sequence.</param>
    /// <param name="keptStride">Nodes of a subtree.</param>
    /// <param name="leaves">Leaves of a subtree.</param>
    /// <param name="hiddenSize">Width of a state.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void ShiftSubtrees<T>(
        ComputeStream stream, ArrayView<int> chosen, ArrayView<int> kept, ArrayView<int> lengths, ArrayView<T> nodeStates, ArrayView<T> frontier,
        ArrayView<int> nodeValid, ArrayView<int> nodeTokens, ArrayView<float> nodeLogProbabilities, ArrayView<float> nodeEntropies, ArrayView<float> nodeRests,
        int sequences, int nodeStride, int keptStride, int leaves, int hiddenSize, bool dependent = false)
        where T : unmanaged
    {
        bool packed = PackedSplit.RowsAligned(nodeStates, hiddenSize) && PackedSplit.RowsAligned(frontier, hiddenSize);
        LaunchShift(
            stream, new LaunchConfig(sequences) { DependentLaunch = dependent }, chosen, kept, lengths, nodeStates, frontier,
            nodeValid, nodeTokens, nodeLogProbabilities, nodeEntropies, nodeRests, sequences, nodeStride, keptStride, leaves, hiddenSize, packed);
    }
}
