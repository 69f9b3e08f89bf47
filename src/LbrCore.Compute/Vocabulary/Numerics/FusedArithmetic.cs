namespace LbrCore.Compute;

/// <summary>Multiply-add of 16-bit numbers that rounds once, when its result is rounded to 16 bits afterwards.</summary>
internal static class FusedArithmetic
{
    /// <summary>left · right + addend of numbers with at most 11 significant bits, rounded to odd: rounding the result to 16 bits is then the only rounding.</summary>
    /// <remarks>Boldo, Melquiond: Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd (2008).</remarks>
    /// <param name="left">First factor.</param>
    /// <param name="right">Second factor.</param>
    /// <param name="addend">What is added.</param>
    /// <returns>The result, rounded to odd.</returns>
    public static float Fma(float left, float right, float addend)
    {
        // The product has at most 22 bits: exact in double. The sum may not be; its error is found by Knuth's two-sum and leaves its mark in the last bit.
        double product = (double)left * right;
        double sum = product + addend;
        if (double.IsFinite(sum))
        {
            double virtualAddend = sum - product;
            double error = (product - (sum - virtualAddend)) + (addend - virtualAddend);
            long bits = BitConverter.DoubleToInt64Bits(sum);
            if (error != 0 && (bits & 1) == 0)
            {
                // An even last bit means that the sum was rounded; odd is the neighbour on the side of the error.
                bits += error > 0 == sum > 0 ? 1 : -1;
                sum = BitConverter.Int64BitsToDouble(bits);
            }
        }

        return BFloat16.RoundToOdd(sum);
    }
}
