namespace LbrCore.Kernels;

// TokenTree.Frontier
// purpose   Which places may grow children at depth d: the end of the prefix (d = 1) or the nodes of depth d - 1. Not below a stop token, nor beyond the budget.
// math      parent p of sequence s grows if limit_s - n_s >= d and, for d > 1, node firstParent + p exists and is no stop token
// mapping   one thread a parent
// numerics  The row that is written sets the random numbers of the children: sequence, position of the parent n + d - 2, and p, which takes the place of the node: with K = 1 these
//           are the numbers of plain decoding.
public static partial class TokenTree
{
    private const int FrontierThreads = 64;

    /// <summary>rows[s, p] = the row after which children are drawn, or padding.</summary>
    /// <param name="lengths">[sequences]: tokens of the prefix.</param>
    /// <param name="limits">[sequences]: tokens of prompt and answer together at the end.</param>
    /// <param name="nodeValid">[sequences, nodeStride]: 1 where a node exists.</param>
    /// <param name="nodeTokens">[sequences, nodeStride].</param>
    /// <param name="stops">[stopCount]: ids that end a text.</param>
    /// <param name="rows">[sequences, parents]. Written.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="parents">Parents of a sequence, K^(d - 1).</param>
    /// <param name="firstParent">Number of the first of them; not read at depth 1.</param>
    /// <param name="depth">Depth of the children, from 1.</param>
    /// <param name="nodeStride">Places of a sequence.</param>
    /// <param name="stopCount">Stop tokens.</param>
    [Kernel(GroupSize = FrontierThreads, Contract = nameof(CheckFrontier))]
    public static void Frontier(
        ArrayView<int> lengths, ArrayView<int> limits, ArrayView<int> nodeValid, ArrayView<int> nodeTokens, ArrayView<int> stops, ArrayView<TokenRow> rows,
        int sequences, int parents, int firstParent, int depth, int nodeStride, int stopCount)
    {
        Grid.TriggerLaunchCompletion();
        int item = (Grid.IdxX * FrontierThreads) + Group.IdxX;
        if (item >= sequences * parents) return;
        Grid.DependencySynchronize();
        int sequence = item / parents, parent = item % parents, prefix = lengths[sequence];
        bool grows = limits[sequence] - prefix >= depth;
        if (grows && depth > 1)
        {
            int node = (sequence * nodeStride) + firstParent + parent;
            grows = nodeValid[node] != 0 && !IsStop(nodeTokens[node], stops, stopCount);
        }

        rows[item] = grows ? new TokenRow { Sequence = sequence, Position = prefix + depth - 2, Prefix = prefix, Slot = prefix + parent } : TokenRow.Padding;
    }

    private static void CheckFrontier(
        LaunchContract contract, ArrayView<int> lengths, ArrayView<int> limits, ArrayView<int> nodeValid, ArrayView<int> nodeTokens, ArrayView<int> stops, ArrayView<TokenRow> rows,
        int sequences, int parents, int firstParent, int depth, int nodeStride, int stopCount)
    {
        contract.NonNegative(sequences);
        contract.InRange(nodeStride, 1, MaximumNodes);
        contract.Positive(depth);
        contract.InRange(parents, 1, MaximumNodes);
        contract.InRange(firstParent, 0, MaximumNodes);
        contract.Require(depth == 1 || firstParent + parents <= nodeStride, "the parents must be nodes of the tree");
        contract.InRange((long)sequences * nodeStride, 0, int.MaxValue);
        contract.Length(lengths, sequences);
        contract.Length(limits, sequences);
        contract.Length(nodeValid, (long)sequences * nodeStride);
        contract.Length(nodeTokens, (long)sequences * nodeStride);
        contract.Length(stops, stopCount);
        contract.Length(rows, (long)sequences * parents);
        contract.GridAtLeast(LaunchConfig.Cover(sequences * parents, FrontierThreads).Grid);
    }
}
