using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Where one head of one query of the router's attention finds its vectors in qkv.</summary>
/// <param name="Query">First element of the query.</param>
/// <param name="Keys">First elements of the keys.</param>
/// <param name="Values">First elements of the values.</param>
internal sealed record AttentionTask(int Query, int[] Keys, int[] Values)
{
    public static AttentionTask Of(RouterAttentionProblem problem, int[] valid, int query, int head)
    {
        (int route, int slot) = (query / problem.Slots, query % problem.Slots);
        int width = problem.Heads * problem.HeadDim, firstRow = route * (problem.Scope == AttentionScope.Subtree ? problem.NodeStride : problem.Slots);
        int[] seen = problem.Scope switch
        {
            AttentionScope.Subtree => RouterReference.Subtree(slot, problem.Slots, problem.NodeStride),
            AttentionScope.Self => [slot],
            _ => [.. Enumerable.Range(0, problem.Slots)],
        };
        int[] starts = [.. seen.Where(row => valid[(route * problem.NodeStride) + row] != 0).Select(row => ((firstRow + row) * 3 * width) + (head * problem.HeadDim))];
        return new AttentionTask(((firstRow + slot) * 3 * width) + (head * problem.HeadDim), [.. starts.Select(start => start + width)], [.. starts.Select(start => start + (2 * width))]);
    }
}
