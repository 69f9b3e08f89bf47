/// <summary>A sum over a warp by butterflies, unrolled; lane 0 writes.</summary>
public static partial class WarpSum
{
    [Kernel(GroupSize = 32)]
    public static void Run(ArrayView<float> x, ArrayView<float> sums)
    {
        float sum = x[(Grid.IdxX * 32) + Warp.LaneIdx];
        for (int delta = 16; delta > 0; delta /= 2) sum += Warp.ShuffleXor(sum, delta);
        if (Warp.LaneIdx == 0) sums[Grid.IdxX] = sum;
    }
}
