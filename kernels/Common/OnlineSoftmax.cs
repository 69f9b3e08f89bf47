namespace LbrCore.Kernels;

/// <summary>The running maxima of softmax over tiles of keys, for the two rows that a lane holds of an accumulator of <c>mma.m16n8k16</c>.</summary>
internal static class OnlineSoftmax
{
    /// <summary>A maximum moves only when a score exceeds it by this much (in powers of 2): mostly there is no shuffle and no rescaling.</summary>
    internal const float Headroom = 8f;

    /// <summary>Raises the maxima where scores exceed them, and scales down what was summed before.</summary>
    /// <param name="s">Scores of the tile.</param>
    /// <param name="output">Sums of weighted values.</param>
    /// <param name="scoreFragments">Accumulators of scores.</param>
    /// <param name="outputFragments">Accumulators of sums.</param>
    /// <param name="factor">Scale of the scores times log2 e.</param>
    /// <param name="max0">Maximum of the first row, scaled.</param>
    /// <param name="max8">Maximum of the second row.</param>
    /// <param name="sum0">Sum of weights of the first row.</param>
    /// <param name="sum8">Sum of weights of the second row.</param>
    internal static void Raise(
        ArrayView<Accumulator> s, ArrayView<Accumulator> output, int scoreFragments, int outputFragments, float factor, ref float max0, ref float max8, ref float sum0, ref float sum8)
    {
        float top0 = float.NegativeInfinity, top8 = float.NegativeInfinity;
        for (int j = 0; j < scoreFragments; j++)
        {
            top0 = XMath.Max(top0, XMath.Max(s[j].X0, s[j].X1));
            top8 = XMath.Max(top8, XMath.Max(s[j].X2, s[j].X3));
        }

        top0 *= factor;
        top8 *= factor;
        if (Warp.Any(top0 > max0 + Headroom || top8 > max8 + Headroom))
        {
            top0 = XMath.Max(top0, Warp.ShuffleXor(top0, 1));
            top0 = XMath.Max(max0, XMath.Max(top0, Warp.ShuffleXor(top0, 2)));
            top8 = XMath.Max(top8, Warp.ShuffleXor(top8, 1));
            top8 = XMath.Max(max8, XMath.Max(top8, Warp.ShuffleXor(top8, 2)));
            float fade0 = XMath.FastExp2(max0 - top0), fade8 = XMath.FastExp2(max8 - top8);
            max0 = top0;
            max8 = top8;
            sum0 *= fade0;
            sum8 *= fade8;
            for (int j = 0; j < outputFragments; j++) output[j] = new Accumulator(output[j].X0 * fade0, output[j].X1 * fade0, output[j].X2 * fade8, output[j].X3 * fade8);
        }
    }
}
