namespace LbrCore.Compute.Cpu;

public static partial class Lanes
{
    /// <summary>
    /// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four random words of a counter and a key, in place.
    /// </summary>
    public static void Philox(ref U32 x0, ref U32 x1, ref U32 x2, ref U32 x3, U32 key0, U32 key1)
    {
        U32 a = x0, b = x1, c = x2, d = x3;
        for (int round = 0; round < 10; round++)
        {
            U32 highA = MultiplyHigh(a, 0xD2511F53u), highC = MultiplyHigh(c, 0xCD9E8D57u);
            U32 lowA = a * 0xD2511F53u, lowC = c * 0xCD9E8D57u;
            a = highC ^ b ^ key0;
            b = lowC;
            c = highA ^ d ^ key1;
            d = lowA;
            key0 += 0x9E3779B9u;
            key1 += 0xBB67AE85u;
        }

        (x0, x1, x2, x3) = (a, b, c, d);
    }
}
