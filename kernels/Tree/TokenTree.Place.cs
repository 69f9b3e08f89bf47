namespace LbrCore.Kernels;

// TokenTree.Place
// purpose   Puts the tokens that were drawn into the tree as one new level, and writes the rows of the pass that forwards them.
// mapping   one group a sequence, one thread a node: those above the new level only say who their parent is, for their slots moved when the prefix grew
// traffic   some bytes a node: bound by latency
public static partial class TokenTree
{
    /// <summary>Node firstNode + i of sequence s = the draw tokens[s, i], where its parent grows and there is a token.</summary>
    /// <param name="lengths">[sequences]: tokens of the prefix.</param>
    /// <param name="parentRows">[sequences, children / width] of <see cref="Frontier"/>: padding where nothing grows.</param>
    /// <param name="logProbabilities">[sequences, children]: log pi~ of each draw.</param>
    /// <param name="orderedLogProbabilities">[sequences, children]: log pi~ of each draw among what the draws before it left; empty for independent draws.</param>
    /// <param name="rests">[sequences, children / width]: probability outside the siblings; read where the ordered ones are there.</param>
    /// <param name="tokens">[sequences, children]: draws; negative for none. Those that are not used become -1.</param>
    /// <param name="nodeTokens">[sequences, nodeStride]. The new level is written.</param>
    /// <param name="nodeLogProbabilities">[sequences, nodeStride]. The new level is written.</param>
    /// <param name="nodeValid">[sequences, nodeStride]. The new level is written.</param>
    /// <param name="nodeRests">[sequences, nodeStride]. The new level is written where there are rests.</param>
    /// <param name="grownTokens">[sequences, nodeStride]: what was grown, for the trace; -1 for nothing. The new level is written.</param>
    /// <param name="grownLogProbabilities">[sequences, nodeStride]. The new level is written.</param>
    /// <param name="grownOrdered">[sequences, nodeStride]. The new level is written where there are ordered ones.</param>
    /// <param name="rows">[sequences, children]: rows of the pass. Written.</param>
    /// <param name="slotParents">[sequences, slots]: parents as slots, for all nodes through the new level. Written.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="width">K.</param>
    /// <param name="firstNode">Number of the level's first node.</param>
    /// <param name="children">Nodes of the level, K^d.</param>
    /// <param name="depth">Depth of the level, from 1.</param>
    /// <param name="nodeStride">Places of a sequence.</param>
    /// <param name="slots">Slots of a sequence.</param>
    [Kernel(GroupSize = MaximumNodes, Contract = nameof(CheckPlace))]
    public static void Place(
        ArrayView<int> lengths, ArrayView<TokenRow> parentRows, ArrayView<float> logProbabilities, ArrayView<float> orderedLogProbabilities, ArrayView<float> rests, ArrayView<int> tokens,
        ArrayView<int> nodeTokens, ArrayView<float> nodeLogProbabilities, ArrayView<int> nodeValid, ArrayView<float> nodeRests,
        ArrayView<int> grownTokens, ArrayView<float> grownLogProbabilities, ArrayView<float> grownOrdered, ArrayView<TokenRow> rows, ArrayView<int> slotParents,
        int sequences, int width, int firstNode, int children, int depth, int nodeStride, int slots)
    {
        Grid.TriggerLaunchCompletion();
        int sequence = Grid.IdxX, node = Group.IdxX, child = node - firstNode;
        if (sequence >= sequences || child >= children) return;
        Grid.DependencySynchronize();
        int prefix = lengths[sequence], parent = Parent(node, width);
        if (prefix >= 0 && prefix + node < slots) slotParents[((long)sequence * slots) + prefix + node] = parent < 0 ? -1 : prefix + parent;
        if (child < 0) return;

        int draw = (sequence * children) + child, at = (sequence * nodeStride) + node, token = tokens[draw];
        bool grown = parentRows[draw / width].Sequence >= 0 && token >= 0 && prefix + node < slots;
        float logProbability = grown ? logProbabilities[draw] : 0f;
        if (!grown) token = -1;
        tokens[draw] = token;
        nodeTokens[at] = token;
        grownTokens[at] = token;
        nodeLogProbabilities[at] = logProbability;
        grownLogProbabilities[at] = logProbability;
        nodeValid[at] = grown ? 1 : 0;
        if (orderedLogProbabilities.IsValid)
        {
            grownOrdered[at] = grown ? orderedLogProbabilities[draw] : 0f;
            nodeRests[at] = grown ? rests[draw / width] : 0f;
        }

        rows[draw] = grown ? new TokenRow { Sequence = sequence, Position = prefix + depth - 1, Prefix = prefix, Slot = prefix + node } : TokenRow.Padding;
    }

    private static void CheckPlace(
        LaunchContract contract, ArrayView<int> lengths, ArrayView<TokenRow> parentRows, ArrayView<float> logProbabilities, ArrayView<float> orderedLogProbabilities, ArrayView<float> rests, ArrayView<int> tokens,
        ArrayView<int> nodeTokens, ArrayView<float> nodeLogProbabilities, ArrayView<int> nodeValid, ArrayView<float> nodeRests,
        ArrayView<int> grownTokens, ArrayView<float> grownLogProbabilities, ArrayView<float> grownOrdered, ArrayView<TokenRow> rows, ArrayView<int> slotParents,
        int sequences, int width, int firstNode, int children, int depth, int nodeStride, int slots)
    {
        CheckTree(contract, sequences, width, nodeStride);
        contract.Positive(depth);
        contract.Positive(slots);
        contract.MultipleOf(children, width);
        contract.InRange((long)firstNode + children, children, nodeStride);
        contract.InRange((long)sequences * nodeStride, 0, int.MaxValue);
        contract.Length(lengths, sequences);
        contract.Length(parentRows, (long)sequences * (children / width));
        contract.Length(logProbabilities, (long)sequences * children);
        if (orderedLogProbabilities.IsValid)
        {
            contract.Length(orderedLogProbabilities, (long)sequences * children);
            contract.Length(rests, (long)sequences * (children / width));
            contract.Length(nodeRests, (long)sequences * nodeStride);
            contract.Length(grownOrdered, (long)sequences * nodeStride);
        }

        contract.Length(tokens, (long)sequences * children);
        contract.Length(nodeTokens, (long)sequences * nodeStride);
        contract.Length(nodeLogProbabilities, (long)sequences * nodeStride);
        contract.Length(nodeValid, (long)sequences * nodeStride);
        contract.Length(grownTokens, (long)sequences * nodeStride);
        contract.Length(grownLogProbabilities, (long)sequences * nodeStride);
        contract.Length(rows, (long)sequences * children);
        contract.Length(slotParents, (long)sequences * slots);
        contract.GridAtLeast(sequences);
    }
}
