namespace LbrCore.Kernels;

// Linear: k split over groups, the slices left for the next kernel to add.
public static partial class Linear
{
    /// <summary>Queues slice_s = x w^T over the s-th part of k, for the next kernel to add; by a plan of <see cref="LinearPlan.ForSlices"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="plan">What is launched.</param>
    /// <param name="x">[m, k], 16-byte aligned.</param>
    /// <param name="weight">[n, k], 16-byte aligned.</param>
    /// <param name="slices">[splits, m, n], 16-byte aligned. Written.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of w.</param>
    /// <param name="k">Columns of both.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    /// <exception cref="ArgumentException">The plan's shape cannot split k.</exception>
    public static void ForwardSlices<T>(
        ComputeStream stream, LinearPlan plan, ArrayView<T> x, ArrayView<T> weight, ArrayView<float> slices, int m, int n, int k, bool dependent = false)
        where T : unmanaged
    {
        if (!plan.Shape.LeavesSlices) throw new ArgumentException($"{plan.Shape} leaves no slices apart; take a plan of {nameof(LinearPlan.ForSlices)}.", nameof(plan));
        if (m > 0 && n > 0) plan.Shape.LaunchSlices(stream, x, weight, slices, m, n, k, plan.Splits, dependent);
    }
}
