namespace LbrCore.Compute.DeviceLibrary;

internal static partial class DeviceMath
{
    /// <summary>x % y as C# has it: exact, with the sign of x; NaN where x is infinite, y is zero, or one of them is NaN.</summary>
    /// <remarks>Long division of the significands as integers, 39 bits of the quotient a round.</remarks>
    internal static float RemF32(float x, float y)
    {
        uint dividend = Interop.FloatAsUInt(x) & 0x7FFFFFFFu;
        uint divisor = Interop.FloatAsUInt(y) & 0x7FFFFFFFu;
        int exponent = (int)(divisor >> 23);
        int shift = XMath.Max((int)(dividend >> 23), 1) - XMath.Max(exponent, 1);
        ulong rest = dividend < 0x800000u ? dividend : (dividend & 0x7FFFFFu) | 0x800000u;
        ulong modulus = divisor < 0x800000u ? divisor : (divisor & 0x7FFFFFu) | 0x800000u;
        bool proper = divisor - 1u < 0x7F800000u - 1u && dividend < 0x7F800000u;
        shift = proper && dividend >= divisor ? shift : 0;
        modulus = XMath.Max(modulus, 1ul);
        rest %= modulus;
        while (shift > 0)
        {
            int step = XMath.Min(shift, 39);
            rest = (rest << step) % modulus;
            shift -= step;
        }

        // The rest counts in units of the divisor's last place; both factors and the product are exact.
        float magnitude = (float)rest * PowerOfTwo(XMath.Max(exponent, 1) - 150);
        float result = XMath.CopySign(magnitude, x);
        result = dividend < divisor ? x : result;
        return proper || (dividend < 0x7F800000u && divisor == 0x7F800000u) ? result : float.NaN;
    }

    /// <summary>x % y as C# has it: exact, with the sign of x; NaN where x is infinite, y is zero, or one of them is NaN.</summary>
    /// <remarks>As <see cref="RemF32"/>, 11 bits a round.</remarks>
    internal static double RemF64(double x, double y)
    {
        const ulong Infinity = 0x7FF0000000000000ul, Hidden = 1ul << 52;
        ulong dividend = Interop.DoubleAsULong(x) & 0x7FFFFFFFFFFFFFFFul;
        ulong divisor = Interop.DoubleAsULong(y) & 0x7FFFFFFFFFFFFFFFul;
        int exponent = (int)(divisor >> 52);
        int shift = XMath.Max((int)(dividend >> 52), 1) - XMath.Max(exponent, 1);
        ulong rest = dividend < Hidden ? dividend : (dividend & (Hidden - 1)) | Hidden;
        ulong modulus = divisor < Hidden ? divisor : (divisor & (Hidden - 1)) | Hidden;
        bool proper = divisor - 1ul < Infinity - 1ul && dividend < Infinity;
        shift = proper && dividend >= divisor ? shift : 0;
        modulus = XMath.Max(modulus, 1ul);
        rest %= modulus;
        while (shift > 0)
        {
            int step = XMath.Min(shift, 11);
            rest = (rest << step) % modulus;
            shift -= step;
        }

        int scale = XMath.Max(exponent, 1) - 1075;
        long bits = scale < -1022 ? 1L << (scale + 1074) : (long)(scale + 1023) << 52;
        double result = XMath.CopySign((double)rest * Interop.LongAsDouble(bits), x);
        result = dividend < divisor ? x : result;
        return proper || (dividend < Infinity && divisor == Infinity) ? result : double.NaN;
    }

    /// <summary>2^n for n from -149 to 127, subnormal numbers included.</summary>
    private static float PowerOfTwo(int n) => Interop.IntAsFloat(n < -126 ? 1 << (n + 149) : (n + 127) << 23);
}
