namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>Every operator on every integer type.</summary>
internal static partial class Integers
{
    [Kernel, Check(PerThread = 16)]
    public static void Int(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int x = a[i], y = b[i];
        r[i * 16] = x + y;
        r[(i * 16) + 1] = x - y;
        r[(i * 16) + 2] = x * y;
        r[(i * 16) + 3] = x & y;
        r[(i * 16) + 4] = x | y;
        r[(i * 16) + 5] = x ^ y;
        r[(i * 16) + 6] = ~x;
        r[(i * 16) + 7] = -x;
        r[(i * 16) + 8] = x << y;
        r[(i * 16) + 9] = x >> y;
        r[(i * 16) + 10] = x >>> y;
        r[(i * 16) + 11] = +x;
        r[(i * 16) + 12] = (x < y ? 1 : 0) | (x <= y ? 2 : 0) | (x > y ? 4 : 0) | (x >= y ? 8 : 0) | (x == y ? 16 : 0) | (x != y ? 32 : 0);
        r[(i * 16) + 13] = x << 33;
        r[(i * 16) + 14] = (x >> -1) + (x >>> 40);
        r[(i * 16) + 15] = (5 - x) * (x + 7) / 3;
    }

    [Kernel, Check(PerThread = 16)]
    public static void UInt(ArrayView<uint> a, ArrayView<uint> b, ArrayView<uint> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        uint x = a[i], y = b[i];
        r[i * 16] = x + y;
        r[(i * 16) + 1] = x - y;
        r[(i * 16) + 2] = x * y;
        r[(i * 16) + 3] = x & y;
        r[(i * 16) + 4] = x | y;
        r[(i * 16) + 5] = x ^ y;
        r[(i * 16) + 6] = ~x;
        r[(i * 16) + 7] = (uint)-x;
        r[(i * 16) + 8] = x << (int)y;
        r[(i * 16) + 9] = x >> (int)y;
        r[(i * 16) + 10] = x >>> (int)y;
        r[(i * 16) + 11] = x / (y | 1);
        r[(i * 16) + 12] = (x < y ? 1u : 0) | (x <= y ? 2u : 0) | (x > y ? 4u : 0) | (x >= y ? 8u : 0) | (x == y ? 16u : 0) | (x != y ? 32u : 0);
        r[(i * 16) + 13] = x % (y | 1);
        r[(i * 16) + 14] = x / 7 + x % 10;
        r[(i * 16) + 15] = x / 4294967295 + x / 0x80000000 + x % 16;
    }

    [Kernel, Check(PerThread = 16)]
    public static void Long(ArrayView<long> a, ArrayView<long> b, ArrayView<long> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        long x = a[i], y = b[i];
        r[i * 16] = x + y;
        r[(i * 16) + 1] = x - y;
        r[(i * 16) + 2] = x * y;
        r[(i * 16) + 3] = x & y;
        r[(i * 16) + 4] = x | y;
        r[(i * 16) + 5] = x ^ y;
        r[(i * 16) + 6] = ~x;
        r[(i * 16) + 7] = -x;
        r[(i * 16) + 8] = x << (int)y;
        r[(i * 16) + 9] = x >> (int)y;
        r[(i * 16) + 10] = x >>> (int)y;
        r[(i * 16) + 11] = x / 1000003 + x % 64;
        r[(i * 16) + 12] = (x < y ? 1 : 0) | (x <= y ? 2 : 0) | (x > y ? 4 : 0) | (x >= y ? 8 : 0) | (x == y ? 16 : 0) | (x != y ? 32 : 0);
        r[(i * 16) + 13] = x << 65;
        r[(i * 16) + 14] = x >> 31;
        r[(i * 16) + 15] = x >>> -3;
    }

    [Kernel, Check(PerThread = 16)]
    public static void ULong(ArrayView<ulong> a, ArrayView<ulong> b, ArrayView<ulong> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        ulong x = a[i], y = b[i];
        r[i * 16] = x + y;
        r[(i * 16) + 1] = x - y;
        r[(i * 16) + 2] = x * y;
        r[(i * 16) + 3] = x & y;
        r[(i * 16) + 4] = x | y;
        r[(i * 16) + 5] = x ^ y;
        r[(i * 16) + 6] = ~x;
        r[(i * 16) + 7] = x / (y | 1);
        r[(i * 16) + 8] = x << (int)y;
        r[(i * 16) + 9] = x >> (int)y;
        r[(i * 16) + 10] = x >>> (int)y;
        r[(i * 16) + 11] = x % (y | 1);
        r[(i * 16) + 12] = (x < y ? 1ul : 0) | (x <= y ? 2ul : 0) | (x > y ? 4ul : 0) | (x >= y ? 8ul : 0) | (x == y ? 16ul : 0) | (x != y ? 32ul : 0);
        r[(i * 16) + 13] = x / 10 + x % 10;
        r[(i * 16) + 14] = x >> 63;
        r[(i * 16) + 15] = x / 0x8000000000000000;
    }

    /// <summary>What C# promotes to int, by compound assignment, which casts back.</summary>
    [Kernel, Check(PerThread = 12)]
    public static void Small(ArrayView<sbyte> a, ArrayView<byte> b, ArrayView<short> c, ArrayView<ushort> d, ArrayView<char> e, int n)
    {
        int i = Thread.Index * 12;
        if (Thread.Index >= n) return;
        sbyte s = a[i];
        byte u = b[i];
        short h = c[i];
        ushort w = d[i];
        char k = e[i];
        a[i + 1] = (sbyte)(s + u);
        a[i + 2] += s;
        a[i + 3] -= (sbyte)h;
        a[i + 4] *= s;
        a[i + 5] <<= h;
        a[i + 6] >>= 1;
        a[i + 7] >>>= 3;
        a[i + 8] ^= s;
        a[i + 9]++;
        --a[i + 10];
        a[i + 11] = (sbyte)-s;
        b[i + 1] = (byte)~u;
        b[i + 2] += u;
        b[i + 3] -= 200;
        b[i + 4] *= u;
        b[i + 5] <<= 4;
        b[i + 6] >>= s;
        b[i + 7] |= 0x81;
        b[i + 8] &= (byte)h;
        b[i + 9]--;
        ++b[i + 10];
        b[i + 11] = (byte)(u >>> 1);
        c[i + 1] += h;
        c[i + 2] *= h;
        c[i + 3] = (short)(h / 3);
        c[i + 4] = (short)(h % 7);
        c[i + 5] = (short)(h < s ? h : s);
        c[i + 6]++;
        d[i + 1] += w;
        d[i + 2] -= 1;
        d[i + 3] = (ushort)(w * w);
        d[i + 4] = (ushort)(w / 5 + k);
        d[i + 5] = w > h ? (ushort)1 : w;
        e[i + 1] = (char)(k + 1);
        e[i + 2]++;
        e[i + 3] = k > 'a' ? 'b' : (char)(w + 'c');
        e[i + 4] += 'x';
    }

    /// <summary>Division truncates toward zero; the quotient that does not exist (by zero, and the smallest number by -1) is left out.</summary>
    [Kernel, Check(PerThread = 8)]
    public static void Division(ArrayView<int> a, ArrayView<int> b, ArrayView<long> c, ArrayView<long> d, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int x = a[i * 8], y = b[i * 8];
        long z = c[i * 8], w = d[i * 8];
        if (y == 0 || (x == int.MinValue && y == -1)) y = 3;
        if (w == 0 || (z == long.MinValue && w == -1)) w = -5;
        a[(i * 8) + 1] = x / y;
        a[(i * 8) + 2] = x % y;
        a[(i * 8) + 3] = x / 7;
        a[(i * 8) + 4] = x % -9;
        a[(i * 8) + 5] = x / 16;
        a[(i * 8) + 6] = x % 32;
        a[(i * 8) + 7] = x / int.MinValue;
        c[(i * 8) + 1] = z / w;
        c[(i * 8) + 2] = z % w;
        c[(i * 8) + 3] = z / 3;
        c[(i * 8) + 4] = z % 1024;
        c[(i * 8) + 5] = z / -8;
        c[(i * 8) + 6] = x / w;
        c[(i * 8) + 7] = (uint)x % (long)(uint)y;
    }

    /// <summary>A guarded division must not be computed where the guard is false.</summary>
    [Kernel]
    public static void GuardedDivision(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int q = b[i] != 0 && b[i] != -1 ? a[i] / b[i] : -1;
        if (b[i] > 0 && a[i] % b[i] == 1) q++;
        r[i] = q;
    }

    [Kernel, Check(PerThread = 4)]
    public static void MixedSigns(ArrayView<int> a, ArrayView<uint> b, ArrayView<long> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int x = a[i];
        uint y = b[i];
        r[i * 4] = x + y;
        r[(i * 4) + 1] = x < y ? 1 : 0;
        r[(i * 4) + 2] = x * y - (byte)x;
        r[(i * 4) + 3] = (x == y ? 1 : 0) + (x - 1 < y ? 2 : 0);
        y += (uint)x;
        y >>= x;
        y *= 3;
        r[(i * 4) + 1] += y;
    }

    [Kernel, Check(PerThread = 8)]
    public static void CompoundAndIncrement(ArrayView<int> a, ArrayView<long> b, ArrayView<uint> c, int n)
    {
        int t = Thread.Index;
        if (t >= n) return;
        int i = t * 8;
        int x = a[i];
        x += 3;
        x -= a[i + 1];
        x *= 5;
        x /= 3;
        x %= 1000;
        x &= 0xfff;
        x |= 0x10;
        x ^= a[i + 2];
        x <<= 3;
        x >>= 1;
        x >>>= 2;
        a[i] = x++ + ++x - x-- - --x;
        a[i + 1] = a[i + 2]++ + ++a[i + 2];
        long y = b[i];
        y += x;
        y -= c[i];
        y *= -3;
        y >>>= 5;
        y <<= x;
        b[i] = y;
        int k = i;
        b[k++] += b[k++] * b[k];
        b[k] = k++ - ++k;
        c[i + 3] = c[i]++ * c[i]--;
        c[i + 4] += (byte)x;
        c[i + 5] <<= -1;
    }
}
