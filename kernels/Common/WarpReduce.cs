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
        Halve(values, count / 2, 16);
        Halve(values, count / 4, 8);
        Halve(values, count / 8, 4);
        Halve(values, count / 16, 2);
        Halve(values, count / 32, 1);
        return values[0];
    }

    // Adds lanes `distance` apart: of 2 * half values each lane keeps the half that it will end with. Half a value is one that all lanes keep.
    private static void Halve(ArrayView<float> values, int half, int distance)
    {
        bool upper = (Warp.LaneIdx & distance) != 0;
        if (half == 0) values[0] += Warp.ShuffleXor(values[0], distance);
        // By fours: loops of up to four rounds are unrolled on the CPU too, and the values stay in registers there.
        for (int four = 0; four < half; four += 4)
        {
            for (int i = four; i < XMath.Min(half, four + 4); i++)
            {
                float low = values[i], high = values[i + half];
                values[i] = (upper ? high : low) + Warp.ShuffleXor(upper ? low : high, distance);
            }
        }
    }
}
