namespace LbrCore.Kernels;

/// <summary>
/// A sum of exponentials that cannot overflow: it stands for <c>Sum * exp(Max)</c>, where <see cref="Max"/> is the largest exponent seen. Empty: (-infinity, 0).
/// </summary>
/// <remarks>Milakov and Gimelshein, Online normalizer calculation for softmax (2018). NaN and +infinity make the sum NaN, whatever follows.</remarks>
internal struct SoftmaxSum
{
    /// <summary>Largest exponent seen.</summary>
    public float Max;

    /// <summary>Sum of exp(exponent - <see cref="Max"/>).</summary>
    public float Sum;

    /// <summary>What is subtracted from exponents: the maximum, or 0 while nothing but -infinity was seen, for -infinity minus itself is NaN where exp(-infinity) = 0 is meant.</summary>
    public readonly float Shift => Max == float.NegativeInfinity ? 0f : Max;

    /// <summary>Adds exp(<paramref name="exponent"/>).</summary>
    public void Add(float exponent)
    {
        float before = Max;
        Max = XMath.Max(Max, exponent);
        Sum = (Sum * XMath.FastExp(before - Shift)) + XMath.FastExp(exponent - Shift);
    }

    /// <summary>The sum of both.</summary>
    public static SoftmaxSum Join(SoftmaxSum a, SoftmaxSum b)
    {
        var joined = new SoftmaxSum { Max = XMath.Max(a.Max, b.Max), Sum = 0f };
        joined.Sum = (a.Sum * XMath.FastExp(a.Max - joined.Shift)) + (b.Sum * XMath.FastExp(b.Max - joined.Shift));
        return joined;
    }

    /// <summary>The sum over a one-dimensional group of whole warps; every thread receives it, by the same order of additions in each.</summary>
    public static SoftmaxSum OverGroup(SoftmaxSum mine)
    {
        ArrayView<Float2> parts = SharedMemory.Allocate<Float2>(Warp.WarpSize);
        mine = OverWarp(mine);
        if (Warp.LaneIdx == 0) parts[Warp.WarpIdx] = new Float2(mine.Max, mine.Sum);
        Group.Barrier();
        var part = new Float2(float.NegativeInfinity, 0f);
        if (Warp.LaneIdx < Group.DimX / Warp.WarpSize) part = parts[Warp.LaneIdx];
        // Two partners of a butterfly may round differently where a product is fused with the addition: one lane's result for all.
        return Warp.Broadcast(OverWarp(new SoftmaxSum { Max = part.X, Sum = part.Y }), 0);
    }

    private static SoftmaxSum OverWarp(SoftmaxSum mine)
    {
        for (int distance = Warp.WarpSize / 2; distance > 0; distance /= 2)
            mine = Join(mine, new SoftmaxSum { Max = Warp.ShuffleXor(mine.Max, distance), Sum = Warp.ShuffleXor(mine.Sum, distance) });
        return mine;
    }
}
