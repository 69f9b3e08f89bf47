namespace LbrCore.Kernels;

/// <summary>What a router without parameters goes by.</summary>
public enum TreeMeasure
{
    /// <summary>Log-probability of the candidate.</summary>
    LogProbability,

    /// <summary>Confidence one step ahead: minus the entropy of the next token after the candidate.</summary>
    Confidence,

    /// <summary>Lookahead value: mean log-probability of the nodes of the candidate's subtree.</summary>
    Value,
}

// TreeScore
// purpose   Routers that need no training, to compare with.
// math      s[k] = logp(k),  -entropy(k),  or the mean of logp over the nodes of subtree k
// mapping   one thread a slot; a subtree has at most 64 nodes
// numerics  float32, nodes in breadth-first order
/// <summary>Scores of subtrees from what sampling has left.</summary>
public static partial class TreeScore
{
    private const int Threads = 64;

    /// <summary>scores[route, k] = measure of subtree k.</summary>
    /// <param name="valid">[routes, nodeStride]: 0 where there is no node.</param>
    /// <param name="values">[routes, nodeStride]: log-probabilities, or entropies for <see cref="TreeMeasure.Confidence"/>. Read where there is a node.</param>
    /// <param name="scores">[routes, slots]. Written; 0 for an absent slot.</param>
    /// <param name="routes">Trees.</param>
    /// <param name="slots">Depth-1 nodes of a tree.</param>
    /// <param name="nodeStride">Nodes of a tree.</param>
    /// <param name="measure">What the score is.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckForward))]
    public static void Forward(ArrayView<int> valid, ArrayView<float> values, ArrayView<float> scores, int routes, int slots, int nodeStride, TreeMeasure measure)
    {
        Grid.TriggerLaunchCompletion();
        int at = (Grid.IdxX * Threads) + Group.IdxX;
        if (at >= routes * slots) return;
        Grid.DependencySynchronize();
        int slot = at % slots, nodes = measure == TreeMeasure.Value ? nodeStride / slots : 1, count = 0;
        long tree = (long)(at / slots) * nodeStride;
        float sum = 0f;
        for (int t = 0; t < nodes; t++)
        {
            long node = tree + SubtreeOrder.NodeOf(slot, t, slots);
            if (valid[node] == 0) continue;
            sum += values[node];
            count++;
        }

        float score = count == 0 ? 0f : sum / count;
        scores[at] = measure == TreeMeasure.Confidence ? -score : score;
    }

    /// <summary>Queues <see cref="Forward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="valid">[routes, nodeStride].</param>
    /// <param name="values">[routes, nodeStride].</param>
    /// <param name="scores">[routes, slots]. Written.</param>
    /// <param name="routes">Trees.</param>
    /// <param name="slots">Depth-1 nodes of a tree.</param>
    /// <param name="nodeStride">Nodes of a tree.</param>
    /// <param name="measure">What the score is.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void Launch(
        ComputeStream stream, ArrayView<int> valid, ArrayView<float> values, ArrayView<float> scores, int routes, int slots, int nodeStride, TreeMeasure measure, bool dependent = false) =>
        LaunchForward(
            stream, LaunchConfig.Cover((long)routes * slots, Threads) with { DependentLaunch = dependent }, valid, values, scores, routes, slots, nodeStride, measure);

    /// <summary>y[i] = values[i], or 0 where there is no node.</summary>
    /// <param name="valid">[length]: 0 where there is no node.</param>
    /// <param name="values">[length].</param>
    /// <param name="y">[length]. Written.</param>
    /// <param name="length">Nodes.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckMask))]
    public static void Mask(ArrayView<int> valid, ArrayView<float> values, ArrayView<float> y, int length)
    {
        int at = (Grid.IdxX * Threads) + Group.IdxX;
        if (at < length) y[at] = valid[at] != 0 ? values[at] : 0f;
    }

    /// <summary>Queues <see cref="Mask"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="valid">[length].</param>
    /// <param name="values">[length].</param>
    /// <param name="y">[length]. Written.</param>
    /// <param name="length">Nodes.</param>
    public static void LaunchMask(ComputeStream stream, ArrayView<int> valid, ArrayView<float> values, ArrayView<float> y, int length) =>
        LaunchMask(stream, LaunchConfig.Cover(length, Threads), valid, values, y, length);

    private static void CheckMask(LaunchContract contract, ArrayView<int> valid, ArrayView<float> values, ArrayView<float> y, int length)
    {
        contract.NonNegative(length);
        contract.Length(valid, length);
        contract.Length(values, length);
        contract.Length(y, length);
        contract.GridAtLeast(LaunchConfig.Cover(length, Threads).Grid);
    }

    private static void CheckForward(
        LaunchContract contract, ArrayView<int> valid, ArrayView<float> values, ArrayView<float> scores, int routes, int slots, int nodeStride, TreeMeasure measure)
    {
        contract.NonNegative(routes);
        contract.InRange(slots, 1, nodeStride);
        contract.InRange((long)routes * slots, 0, int.MaxValue);
        contract.Length(valid, (long)routes * nodeStride);
        contract.Length(values, (long)routes * nodeStride);
        contract.Length(scores, (long)routes * slots);
        contract.GridAtLeast(LaunchConfig.Cover((long)routes * slots, Threads).Grid);
    }
}
