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

    /// <summary>No exponentials.</summary>
    public static SoftmaxSum Empty => new() { Max = float.NegativeInfinity, Sum = 0f };

    /// <summary>What is subtracted from exponents.</summary>
    public readonly float Shift => ShiftFor(Max);

    /// <summary>
    /// What is subtracted from exponents of which this is the largest: itself, or 0 where nothing but -infinity was seen, for -infinity minus itself is NaN
    /// where exp(-infinity) = 0 is meant.
    /// </summary>
    public static float ShiftFor(float largest) => largest == float.NegativeInfinity ? 0f : largest;

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
    /// <param name="mine">The thread's sum.</param>
    /// <param name="threads">Threads of the group, a constant.</param>
    public static SoftmaxSum OverGroup(SoftmaxSum mine, int threads)
    {
        ArrayView<Float2> parts = SharedMemory.Allocate<Float2>(Warp.WarpSize);
        mine = OverWarp(mine);
        if (Warp.LaneIdx == 0) parts[Warp.WarpIdx] = new Float2(mine.Max, mine.Sum);
        Group.Barrier();
        // Every thread joins the warps' sums at once: their maximum first, so that each is scaled once.
        SoftmaxSum all = Empty;
        for (int i = 0; i < threads / Warp.WarpSize; i++) all.Max = XMath.Max(all.Max, parts[i].X);
        for (int i = 0; i < threads / Warp.WarpSize; i++) all.Sum += parts[i].Y * XMath.FastExp(parts[i].X - all.Shift);
        return all;
    }

    // The maximum of the warp first, so that every lane scales its sum once.
    private static SoftmaxSum OverWarp(SoftmaxSum mine)
    {
        float largest = Warp.ReduceMax(mine.Max);
        return new SoftmaxSum { Max = largest, Sum = Warp.ReduceAdd(mine.Sum * XMath.FastExp(mine.Max - ShiftFor(largest))) };
    }
}
