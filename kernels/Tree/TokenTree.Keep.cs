namespace LbrCore.Kernels;

// TokenTree.Keep
// purpose   The states of a pass become states of nodes: they stay while the tree shifts, for router and draws of later steps.
// math      nodeStates[s, firstNode + i] = states[s, i]
// mapping   one group a row; a thread carries 16 bytes (or one element) at a time
// traffic   reads and writes each state once
public static partial class TokenTree
{
    private const int CopyThreads = 256;

    /// <summary>nodeStates[s, firstNode + i] = states[s, i].</summary>
    /// <param name="states">[sequences, children, hiddenSize].</param>
    /// <param name="nodeStates">[sequences, nodeStride, hiddenSize]. The level is written.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="children">Nodes of the level.</param>
    /// <param name="firstNode">Number of the level's first node.</param>
    /// <param name="nodeStride">Places of a sequence.</param>
    /// <param name="hiddenSize">Width of a state.</param>
    /// <param name="packed">Whether all states start at multiples of 16 bytes.</param>
    [Kernel(GroupSize = CopyThreads, Contract = nameof(CheckKeep))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    public static void Keep<T>(ArrayView<T> states, ArrayView<T> nodeStates, int sequences, int children, int firstNode, int nodeStride, int hiddenSize, bool packed)
        where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        int row = Grid.IdxX;
        if (row >= sequences * children) return;
        Grid.DependencySynchronize();
        long target = ((long)(row / children) * nodeStride) + firstNode + (row % children);
        Carry(states, row, nodeStates, target, hiddenSize, packed);
    }

    // to[toRow, :] = from[fromRow, :], by all threads of the group. A thread touches the same elements of every row.
    private static void Carry<T>(ArrayView<T> from, long fromRow, ArrayView<T> to, long toRow, int hiddenSize, bool packed) where T : unmanaged
    {
        ArrayView<T> source = from.SubView(fromRow * hiddenSize, hiddenSize), target = to.SubView(toRow * hiddenSize, hiddenSize);
        if (packed)
        {
            for (int at = Group.IdxX * Packed<T>.Count; at < hiddenSize; at += CopyThreads * Packed<T>.Count) target.StorePacked(at, source.LoadPacked(at));
        }
        else
        {
            for (int at = Group.IdxX; at < hiddenSize; at += CopyThreads) target[at] = source[at];
        }
    }

    /// <summary>Queues <see cref="Keep"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="states">[sequences, children, hiddenSize].</param>
    /// <param name="nodeStates">[sequences, nodeStride, hiddenSize]. The level is written.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="children">Nodes of the level.</param>
    /// <param name="firstNode">Number of the level's first node.</param>
    /// <param name="nodeStride">Places of a sequence.</param>
    /// <param name="hiddenSize">Width of a state.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void KeepStates<T>(
        ComputeStream stream, ArrayView<T> states, ArrayView<T> nodeStates, int sequences, int children, int firstNode, int nodeStride, int hiddenSize, bool dependent = false)
        where T : unmanaged
    {
        bool packed = PackedSplit.RowsAligned(states, hiddenSize) && PackedSplit.RowsAligned(nodeStates, hiddenSize);
        LaunchKeep(stream, new LaunchConfig(checked(sequences * children)) { DependentLaunch = dependent }, states, nodeStates, sequences, children, firstNode, nodeStride, hiddenSize, packed);
    }

    private static void CheckKeep<T>(
        LaunchContract contract, ArrayView<T> states, ArrayView<T> nodeStates, int sequences, int children, int firstNode, int nodeStride, int hiddenSize, bool packed)
        where T : unmanaged
    {
        contract.NonNegative(sequences);
        contract.Positive(children);
        contract.Positive(hiddenSize);
        contract.InRange((long)firstNode + children, children, nodeStride);
        contract.InRange((long)sequences * nodeStride, 0, int.MaxValue);
        contract.Length(states, (long)sequences * children * hiddenSize);
        contract.Length(nodeStates, (long)sequences * nodeStride * hiddenSize);
        contract.Disjoint(states, nodeStates);
        contract.GridAtLeast(checked(sequences * children));
        CheckPacked(contract, states, nodeStates, hiddenSize, packed);
    }

    private static void CheckPacked<T>(LaunchContract contract, ArrayView<T> first, ArrayView<T> second, int hiddenSize, bool packed) where T : unmanaged
    {
        if (!packed) return;
        contract.MultipleOf(hiddenSize, Packed<T>.Count);
        contract.Aligned(first, 16);
        contract.Aligned(second, 16);
    }
}
