namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>Every numeric conversion of C#, unchecked.</summary>
internal static partial class Conversions
{
    internal enum Small : byte
    {
        Zero,
        One,
        Big = 200,
    }

    internal enum Wide : long
    {
        None,
        Low = -1,
        High = 1L << 40,
    }

    [Kernel, Check(PerThread = 12)]
    public static void FromLong(ArrayView<long> a, ArrayView<sbyte> b1, ArrayView<byte> b2, ArrayView<short> b3, ArrayView<ushort> b4, ArrayView<int> b5, ArrayView<uint> b6, ArrayView<ulong> b7, ArrayView<float> b8, ArrayView<double> b9, ArrayView<Half> b10, ArrayView<char> b11, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        long x = a[i];
        b1[i] = (sbyte)x;
        b2[i] = (byte)x;
        b3[i] = (short)x;
        b4[i] = (ushort)x;
        b5[i] = (int)x;
        b6[i] = (uint)x;
        b7[i] = (ulong)x;
        b8[i] = x;
        b9[i] = x;
        b10[i] = (Half)x;
        b11[i] = (char)x;
        ulong u = (ulong)x;
        b8[i + n] = u;
        b9[i + n] = u;
        b10[i + n] = (Half)u;
    }

    [Kernel, Check(PerThread = 12)]
    public static void FromInt(ArrayView<int> a, ArrayView<sbyte> b1, ArrayView<byte> b2, ArrayView<short> b3, ArrayView<ushort> b4, ArrayView<uint> b6, ArrayView<ulong> b7, ArrayView<float> b8, ArrayView<double> b9, ArrayView<Half> b10, ArrayView<BFloat16> b11, ArrayView<long> b12, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int x = a[i];
        b1[i] = (sbyte)x;
        b2[i] = (byte)x;
        b3[i] = (short)x;
        b4[i] = (ushort)x;
        b6[i] = (uint)x;
        b7[i] = (ulong)x;
        b8[i] = x;
        b9[i] = x;
        b10[i] = (Half)x;
        b11[i] = (BFloat16)x;
        b12[i] = x;
        uint u = (uint)x;
        b7[i + n] = u;
        b8[i + n] = u;
        b9[i + n] = u;
        b10[i + n] = (Half)u;
        b11[i + n] = (BFloat16)(float)u;
        b12[i + n] = u;
    }

    [Kernel, Check(PerThread = 2)]
    public static void FromSmall(ArrayView<sbyte> a, ArrayView<byte> b, ArrayView<short> c, ArrayView<ushort> d, ArrayView<char> e, ArrayView<long> r, ArrayView<float> f, ArrayView<double> g, ArrayView<Half> h, ArrayView<uint> u, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        r[i] = a[i] + (long)b[i] + c[i] + d[i] + e[i];
        r[i + n] = (long)((uint)a[i] ^ (ulong)(ushort)c[i] ^ (ulong)a[i]);
        f[i] = a[i];
        f[i + n] = d[i];
        g[i] = c[i];
        g[i + n] = e[i];
        h[i] = (Half)c[i];
        h[i + n] = (Half)b[i];
        u[i] = (uint)c[i];
        u[i + n] = (uint)(sbyte)b[i] + (byte)a[i];
    }

    [Kernel, Check(PerThread = 2)]
    public static void FromFloat(ArrayView<float> a, ArrayView<sbyte> b1, ArrayView<byte> b2, ArrayView<short> b3, ArrayView<ushort> b4, ArrayView<int> b5, ArrayView<uint> b6, ArrayView<long> b7, ArrayView<ulong> b8, ArrayView<double> b9, ArrayView<Half> b10, ArrayView<BFloat16> b11, ArrayView<char> b12, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        float x = a[i];
        b5[i] = (int)x;
        b6[i] = (uint)x;
        b7[i] = (long)x;
        b8[i] = (ulong)x;
        b9[i] = x;
        b10[i] = (Half)x;
        b11[i] = (BFloat16)x;
        b1[i] = (sbyte)x;
        b2[i] = (byte)x;
        b3[i] = (short)x;
        b4[i] = (ushort)x;
        b12[i] = (char)x;
    }

    [Kernel, Check(PerThread = 2)]
    public static void FromDouble(ArrayView<double> a, ArrayView<sbyte> b1, ArrayView<byte> b2, ArrayView<short> b3, ArrayView<ushort> b4, ArrayView<int> b5, ArrayView<uint> b6, ArrayView<long> b7, ArrayView<ulong> b8, ArrayView<float> b9, ArrayView<Half> b10, ArrayView<BFloat16> b11, ArrayView<char> b12, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        double x = a[i];
        b5[i] = (int)x;
        b6[i] = (uint)x;
        b7[i] = (long)x;
        b8[i] = (ulong)x;
        b9[i] = (float)x;
        b10[i] = (Half)x;
        b11[i] = (BFloat16)x;
        b1[i] = (sbyte)x;
        b2[i] = (byte)x;
        b3[i] = (short)x;
        b4[i] = (ushort)x;
        b12[i] = (char)x;
    }

    [Kernel, Check(PerThread = 2)]
    public static void FromHalf(ArrayView<Half> a, ArrayView<sbyte> b1, ArrayView<byte> b2, ArrayView<short> b3, ArrayView<ushort> b4, ArrayView<int> b5, ArrayView<uint> b6, ArrayView<long> b7, ArrayView<ulong> b8, ArrayView<float> b9, ArrayView<double> b10, ArrayView<BFloat16> b11, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        Half x = a[i];
        b1[i] = (sbyte)x;
        b2[i] = (byte)x;
        b3[i] = (short)x;
        b4[i] = (ushort)x;
        b5[i] = (int)x;
        b6[i] = (uint)x;
        b7[i] = (long)x;
        b8[i] = (ulong)x;
        b9[i] = (float)x;
        b10[i] = (double)x;
        b11[i] = (BFloat16)(float)x;
    }

    [Kernel, Check(PerThread = 2)]
    public static void FromBFloat16(ArrayView<BFloat16> a, ArrayView<int> b5, ArrayView<float> b9, ArrayView<double> b10, ArrayView<Half> b11, ArrayView<long> b12, ArrayView<byte> b13, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        BFloat16 x = a[i];
        b5[i] = (int)x;
        b9[i] = x;
        b10[i] = (double)x;
        b11[i] = (Half)(float)x;
        b12[i] = (long)x;
        b13[i] = (byte)x;
        b9[i + n] = x * 2 + a[i + n];
        b10[i + n] = x;
    }

    [Kernel, Check(PerThread = 2)]
    public static void ToBFloat16(ArrayView<long> a, ArrayView<uint> b, ArrayView<short> c, ArrayView<Half> d, ArrayView<BFloat16> r, ArrayView<BFloat16> s, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        r[i] = (BFloat16)a[i];
        r[i + n] = (BFloat16)b[i];
        s[i] = (BFloat16)c[i];
        s[i + n] = (BFloat16)(double)d[i];
    }

    [Kernel, Check(PerThread = 6)]
    public static void Enums(ArrayView<Small> a, ArrayView<Wide> b, ArrayView<byte> c, ArrayView<long> d, ArrayView<int> e, int n)
    {
        int i = Thread.Index * 6;
        if (Thread.Index >= n) return;
        Small s = a[i];
        Wide w = b[i];
        c[i] = (byte)s;
        d[i] = (long)w;
        a[i + 1] = (Small)e[i];
        b[i + 1] = (Wide)(int)s;
        a[i + 2] = s | Small.One;
        a[i + 3] = ~s;
        a[i + 4] = s + 3;
        a[i + 5]++;
        b[i + 2] = w & ~Wide.High;
        b[i + 3] = (Wide)s ^ w;
        e[i] = (s == Small.Big ? 1 : 0) + (s > Small.One ? 2 : 0) + (w != Wide.None ? 4 : 0) + (s - Small.One);
        e[i + 1] = (int)(w - Wide.Low);
        b[i + 4] -= 5;
        a[i + 1] &= (Small)0x7f;
    }

    [Kernel, Check(PerThread = 4)]
    public static void Booleans(ArrayView<bool> a, ArrayView<bool> b, ArrayView<int> r, int n, bool flag)
    {
        int i = Thread.Index;
        if (i >= n) return;
        bool x = a[i], y = b[i];
        a[i + n] = x & y;
        a[i + n + n] = x | y;
        b[i + n] = x ^ y;
        b[i + n + n] = !x && (y || flag);
        x &= flag;
        y |= x;
        x ^= y;
        r[i] = (x ? 1 : 0) + (x == y ? 2 : 0) + (x != flag ? 4 : 0) + (!y ? 8 : 0) + (x & !y | flag ? 16 : 0);
        bool z = r[i] > 3 == x;
        a[i] = z;
    }

    /// <summary>Native-sized integers are 64 bits wide.</summary>
    [Kernel, Check(PerThread = 2)]
    public static void Native(ArrayView<long> a, ArrayView<nint> b, ArrayView<nuint> c, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        nint x = (nint)a[i];
        nuint y = (nuint)(ulong)a[i];
        b[i] = x * 3 + 1;
        c[i] = y >> 3;
        a[i + n] = (long)b[i] - (long)c[i];
    }
}
