namespace LbrCore.Kernels;

// SequenceRows
// purpose   Writes, on the device, the rows of the next pass of every sequence, so that one captured graph serves every step.
// math      node j = first_s + i of sequence s with prefix n_s:  Slot = n_s + j,  Prefix = n_s,  Position = n_s + depth_j - 1,  depth of a root = 1
// shapes    lengths, limits, firstNodes [sequences]; nodeParents [sequences, nodeStride]; rows [sequences * rowsPerSequence]; slotParents [sequences, slots]
// mapping   one group of a warp a sequence; a lane owns the nodes l, l + 32, ...
// traffic   some bytes a node: bound by latency
/// <summary>Rows of trees, of single tokens too, from the lengths of the sequences.</summary>
public static partial class SequenceRows
{
    /// <summary>Describes nodes firstNodes[s] .. firstNodes[s] + rowsPerSequence - 1 of each sequence as rows.</summary>
    /// <param name="lengths">[sequences]: slots of the prefix.</param>
    /// <param name="limits">[sequences]: the prefix may grow to so many slots. A sequence that has reached its limit rests: its rows are padding.</param>
    /// <param name="firstNodes">[sequences]: nodes that are in the cache already; empty for none.</param>
    /// <param name="nodeParents">[sequences, nodeStride]: parent of each node, smaller than itself, or -1 for a child of the prefix; empty where all nodes are that.</param>
    /// <param name="rows">[sequences * rowsPerSequence]. Written.</param>
    /// <param name="slotParents">[sequences, slots]. Written for all nodes, old and new: parents as slots, -1 for children of the prefix.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="rowsPerSequence">New nodes of a sequence.</param>
    /// <param name="nodeStride">Places for nodes in the list of a sequence.</param>
    /// <param name="slots">Slots of a sequence.</param>
    [Kernel(GroupSize = Warp.WarpSize, Contract = nameof(CheckDescribe))]
    public static void Describe(
        ArrayView<int> lengths, ArrayView<int> limits, ArrayView<int> firstNodes, ArrayView<int> nodeParents, ArrayView<TokenRow> rows, ArrayView<int> slotParents,
        int sequences, int rowsPerSequence, int nodeStride, int slots)
    {
        Grid.TriggerLaunchCompletion();
        int sequence = Grid.IdxX;
        if (sequence >= sequences) return;
        Grid.DependencySynchronize();
        int prefix = lengths[sequence], first = firstNodes.IsValid ? firstNodes[sequence] : 0, end = first + rowsPerSequence;
        bool rests = prefix < 0 || prefix >= limits[sequence] || first < 0 || (nodeParents.IsValid && end > nodeStride);
        for (int node = Warp.LaneIdx; node < end; node += Warp.WarpSize)
        {
            TokenRow row = TokenRow.Padding;
            if (!rests && prefix + node < slots)
            {
                int parent = Parent(nodeParents, sequence * nodeStride, node), ancestors = 0;
                slotParents[((long)sequence * slots) + prefix + node] = parent < 0 ? -1 : prefix + parent;
                for (int at = parent; at >= 0; at = Parent(nodeParents, sequence * nodeStride, at)) ancestors++;
                row = new TokenRow { Sequence = sequence, Position = prefix + ancestors, Prefix = prefix, Slot = prefix + node };
            }

            if (node >= first) rows[(sequence * rowsPerSequence) + node - first] = row;
        }
    }

    // Parents lie before their children: whatever else a table says counts as a child of the prefix, so that every path ends.
    private static int Parent(ArrayView<int> nodeParents, int start, int node)
    {
        int parent = nodeParents.IsValid ? nodeParents[start + node] : -1;
        return parent < node ? parent : -1;
    }

    /// <summary>Queues <see cref="Describe"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="lengths">[sequences].</param>
    /// <param name="limits">[sequences].</param>
    /// <param name="firstNodes">[sequences]; empty for 0.</param>
    /// <param name="nodeParents">[sequences, nodeStride]; empty for children of the prefix only.</param>
    /// <param name="rows">[sequences * rowsPerSequence]. Written.</param>
    /// <param name="slotParents">[sequences, slots]. Written.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="rowsPerSequence">New nodes of a sequence.</param>
    /// <param name="nodeStride">Places for nodes in the list of a sequence.</param>
    /// <param name="slots">Slots of a sequence.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchDescribe(
        ComputeStream stream, ArrayView<int> lengths, ArrayView<int> limits, ArrayView<int> firstNodes, ArrayView<int> nodeParents, ArrayView<TokenRow> rows, ArrayView<int> slotParents,
        int sequences, int rowsPerSequence, int nodeStride, int slots, bool dependent = false) =>
        LaunchDescribe(
            stream, config: new LaunchConfig(sequences) { DependentLaunch = dependent },
            lengths, limits, firstNodes, nodeParents, rows, slotParents, sequences, rowsPerSequence, nodeStride, slots);

    private static void CheckDescribe(
        LaunchContract contract, ArrayView<int> lengths, ArrayView<int> limits, ArrayView<int> firstNodes, ArrayView<int> nodeParents, ArrayView<TokenRow> rows, ArrayView<int> slotParents,
        int sequences, int rowsPerSequence, int nodeStride, int slots)
    {
        contract.NonNegative(sequences);
        contract.NonNegative(rowsPerSequence);
        contract.NonNegative(nodeStride);
        contract.Positive(slots);
        contract.InRange((long)sequences * nodeStride, 0, int.MaxValue);
        contract.InRange((long)sequences * rowsPerSequence, 0, int.MaxValue);
        contract.Length(lengths, sequences);
        contract.Length(limits, sequences);
        if (firstNodes.IsValid) contract.Length(firstNodes, sequences);
        if (nodeParents.IsValid) contract.Length(nodeParents, (long)sequences * nodeStride);
        contract.Length(rows, (long)sequences * rowsPerSequence);
        contract.Length(slotParents, (long)sequences * slots);
        contract.GridAtLeast(sequences);
    }
}
