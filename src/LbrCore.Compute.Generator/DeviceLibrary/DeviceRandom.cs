namespace LbrCore.Compute.DeviceLibrary;

/// <summary>The counter-based random numbers of <see cref="Philox"/>, compiled into the kernels that use them.</summary>
internal static class DeviceRandom
{
    /// <summary>Four 32-bit random words: Philox4x32-10.</summary>
    internal static UInt4 Philox4x32(UInt4 counter, UInt2 key)
    {
        uint x = counter.X;
        uint y = counter.Y;
        uint z = counter.Z;
        uint w = counter.W;
        uint key0 = key.X;
        uint key1 = key.Y;
        for (int round = 0; round < 10; round++)
        {
            uint high0 = IntrinsicMath.MultiplyHigh(0xD2511F53u, x);
            uint low0 = 0xD2511F53u * x;
            uint high1 = IntrinsicMath.MultiplyHigh(0xCD9E8D57u, z);
            uint low1 = 0xCD9E8D57u * z;
            x = high1 ^ y ^ key0;
            y = low1;
            z = high0 ^ w ^ key1;
            w = low0;
            key0 += 0x9E3779B9u;
            key1 += 0xBB67AE85u;
        }

        return new UInt4(x, y, z, w);
    }

    /// <summary>((bits >> 9) + 1/2) 2^-23, exactly; never 0 nor 1.</summary>
    internal static float ToUniform(uint bits) => ((bits >> 9) + 0.5f) * 1.1920929e-7f;

    /// <summary>-ln(-ln u) with u = (bits + 1/2) 2^-32, precise also where u is so near 1 that a float could not hold it.</summary>
    internal static float ToGumbel(uint bits)
    {
        bool upper = bits >= 0x80000000u;
        uint cell = upper ? ~bits : bits;
        float distance = (cell + 0.5f) * 2.32830644e-10f;
        float exponential = upper ? -DeviceMath.Log1pF32(-distance) : -DeviceMath.LogF32(distance);
        return -DeviceMath.LogF32(exponential);
    }
}
