namespace LbrCore.Kernels;

/// <summary>Reductions of several values at once over a warp.</summary>
internal static class WarpReduce
{
    /// <summary>
    /// Sums <paramref name="count"/> values over the warp, with the sum of value i left in the lanes i * 32 / count and following. Each butterfly halves the
    /// number of values: a lane keeps one half and hands the other to its partner. That takes count + log2(32 / count) shuffles instead of 5 * count.
    /// </summary>
    /// <param name="values">The lane's values in registers; overwritten.</param>
    /// <param name="count">A power of two up to 32, a constant.</param>
    /// <returns>The sum of value <c>lane * count / 32</c>.</returns>
    public static float AddScattered(ArrayView<float> values, int count)
    {
        int lane = Warp.LaneIdx;
        for (int step = 0; step < 5; step++)
        {
            int distance = Warp.WarpSize / 2 >> step, half = count >> (step + 1);
            bool upper = (lane & distance) != 0;
            if (half == 0) values[0] += Warp.ShuffleXor(values[0], distance);
            for (int i = 0; i < half; i++)
            {
                float low = values[i], high = values[i + half];
                values[i] = (upper ? high : low) + Warp.ShuffleXor(upper ? low : high, distance);
            }
        }

        return values[0];
    }
}
