namespace LbrCore.Compute;

/// <summary>
/// Counter-based random numbers: Philox4x32-10. The same counter and key give the same numbers in any order, on any thread and on any machine.
/// </summary>
/// <remarks>Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011). Ten rounds of two <c>mul.wide.u32</c> and exclusive ors.</remarks>
public static class Philox
{
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;

    /// <summary>Four independent 32-bit random numbers for a counter.</summary>
    /// <param name="counter">Which numbers: for instance (step, node, slot, sequence).</param>
    /// <param name="key">Which stream: the seed.</param>
    /// <returns>Four uniform 32-bit words.</returns>
    public static UInt4 Next(UInt4 counter, UInt2 key)
    {
        uint x = counter.X, y = counter.Y, z = counter.Z, w = counter.W;
        uint key0 = key.X, key1 = key.Y;
        for (int round = 0; round < 10; round++)
        {
            uint high0 = IntrinsicMath.MultiplyHigh(Multiplier0, x);
            uint low0 = Multiplier0 * x;
            uint high1 = IntrinsicMath.MultiplyHigh(Multiplier1, z);
            uint low1 = Multiplier1 * z;
            x = high1 ^ y ^ key0;
            y = low1;
            z = high0 ^ w ^ key1;
            w = low0;
            key0 += Weyl0;
            key1 += Weyl1;
        }

        return new UInt4(x, y, z, w);
    }

    /// <summary>A uniform number strictly between 0 and 1: ((bits >> 9) + 1/2) · 2^-23.</summary>
    /// <remarks>The centre of one of 2^23 equal cells. One bit more would need 25 bits of mantissa for the topmost cell, which then rounds to 1, and a
    /// logarithm of 1 makes a Gumbel number infinite.</remarks>
    /// <param name="bits">A random word.</param>
    /// <returns>2^-24 .. 1 - 2^-24, every value exact.</returns>
    public static float ToUniform(uint bits) => ((bits >> 9) + 0.5f) * (1f / (1 << 23));

    /// <summary>A number of the standard Gumbel distribution: -ln(-ln u). Adding one to every logit and taking the greatest samples the softmax.</summary>
    /// <remarks>
    /// All 32 bits are used, and above u = 1/2 the inner logarithm is taken as ln(1 - h) of the exact distance h to 1: E = -ln u keeps its relative precision down to
    /// 2^-33, so that the rare large numbers, which decide between the unlikely tokens of a large vocabulary, are not ties.
    /// </remarks>
    /// <param name="bits">A random word.</param>
    /// <returns>A finite number, about -3.2 .. 22.9.</returns>
    public static float ToGumbel(uint bits)
    {
        bool upper = bits >= 0x80000000u;
        uint cell = upper ? ~bits : bits;
        double distance = (cell + 0.5) * (1.0 / 4294967296.0);
        double exponential = upper ? -Math.Log(1.0 - distance) : -Math.Log(distance);
        return (float)-Math.Log(exponential);
    }
}
