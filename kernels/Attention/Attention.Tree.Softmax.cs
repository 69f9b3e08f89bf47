namespace LbrCore.Kernels;

// Attention.Tree: maxima and sums of the columns over all warps. A lane holds two columns of each column tile, and shares them with the lanes 4, 8 and 16 away.
public static partial class Attention
{
    /// <summary>Where maxima start: below every score, yet finite, so that its difference to itself is 0 and what is hidden (-infinity) weighs nothing.</summary>
    private const float Lowest = -1e30f;

    // Moves the maxima up to the scores of this tile, and shrinks what was summed so far.
    private static void RaiseMaximum(
        ArrayView<float> s, ArrayView<float> max, ArrayView<float> sum, ArrayView<Accumulator> output, ArrayView<float> shares, int tilesOfWarp, int columnTiles)
    {
        for (int i = 0; i < 2 * columnTiles; i++)
        {
            float top = XMath.Max(s[(i / 2 * 4) + (i & 1)], s[(i / 2 * 4) + (i & 1) + 2]);
            top = XMath.Max(top, Warp.ShuffleXor(top, 4));
            top = XMath.Max(top, Warp.ShuffleXor(top, 8));
            top = XMath.Max(top, Warp.ShuffleXor(top, 16));
            if (Warp.LaneIdx < 4) shares[(Warp.WarpIdx * 8 * columnTiles) + ColumnOf(i)] = top;
        }

        Group.Barrier();
        for (int i = 0; i < 2 * columnTiles; i++)
        {
            float top = max[i];
            for (int w = 0; w < TreeWarps; w++) top = XMath.Max(top, shares[(w * 8 * columnTiles) + ColumnOf(i)]);
            float shrink = XMath.FastExp2(max[i] - top);
            max[i] = top;
            sum[i] *= shrink;
            for (int d = 0; d < tilesOfWarp; d++)
            {
                Accumulator o = output[(d * columnTiles) + (i / 2)];
                output[(d * columnTiles) + (i / 2)] = (i & 1) == 0
                    ? new Accumulator(o.X0 * shrink, o.X1, o.X2 * shrink, o.X3) : new Accumulator(o.X0, o.X1 * shrink, o.X2, o.X3 * shrink);
            }
        }
    }

    // The sums of weights over all keys that the group has seen.
    private static void SumOverWarps(ArrayView<float> sum, ArrayView<float> shares, int columnTiles)
    {
        for (int i = 0; i < 2 * columnTiles; i++)
        {
            sum[i] += Warp.ShuffleXor(sum[i], 4);
            sum[i] += Warp.ShuffleXor(sum[i], 8);
            sum[i] += Warp.ShuffleXor(sum[i], 16);
            if (Warp.LaneIdx < 4) shares[(Warp.WarpIdx * 8 * columnTiles) + ColumnOf(i)] = sum[i];
        }

        Group.Barrier();
        for (int i = 0; i < 2 * columnTiles; i++)
        {
            sum[i] = 0f;
            for (int w = 0; w < TreeWarps; w++) sum[i] += shares[(w * 8 * columnTiles) + ColumnOf(i)];
        }
    }

    // The i-th of a lane's columns.
    private static int ColumnOf(int i) => (i / 2 * 8) + (2 * (Warp.LaneIdx & 3)) + (i & 1);
}
