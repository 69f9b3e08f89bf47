namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>Every operator on every floating-point type, with NaN, infinities, subnormal numbers and both zeros.</summary>
internal static partial class Floats
{
    [Kernel, Check(PerThread = 12)]
    public static void Single(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        float x = a[i], y = b[i];
        r[i * 12] = x + y;
        r[(i * 12) + 1] = x - y;
        r[(i * 12) + 2] = x * y;
        r[(i * 12) + 3] = x / y;
        r[(i * 12) + 4] = -x;
        r[(i * 12) + 5] = +y;
        r[(i * 12) + 6] = (x < y ? 1 : 0) + (x <= y ? 2 : 0) + (x > y ? 4 : 0) + (x >= y ? 8 : 0) + (x == y ? 16 : 0) + (x != y ? 32 : 0);
        r[(i * 12) + 7] = (!(x < y) ? 1 : 0) + (!(x >= y) ? 2 : 0) + (!(x == y) ? 4 : 0) + (float.IsNaN((float)x) ? 8 : 0);
        r[(i * 12) + 8] = x * 1f + 0f;
        r[(i * 12) + 9] = 0f - x;
        r[(i * 12) + 10] = x / 2f * 0.1f;
        r[(i * 12) + 11] = x + 1e-3f;
    }

    [Kernel, Check(PerThread = 12)]
    public static void Double(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        double x = a[i], y = b[i];
        r[i * 12] = x + y;
        r[(i * 12) + 1] = x - y;
        r[(i * 12) + 2] = x * y;
        r[(i * 12) + 3] = x / y;
        r[(i * 12) + 4] = -x;
        r[(i * 12) + 5] = +y;
        r[(i * 12) + 6] = (x < y ? 1 : 0) + (x <= y ? 2 : 0) + (x > y ? 4 : 0) + (x >= y ? 8 : 0) + (x == y ? 16 : 0) + (x != y ? 32 : 0);
        r[(i * 12) + 7] = (!(x < y) ? 1 : 0) + (!(x >= y) ? 2 : 0) + (!(x == y) ? 4 : 0) + (float.IsNaN((float)x) ? 8 : 0);
        r[(i * 12) + 8] = (float)x;
        r[(i * 12) + 9] = 0.0 - x;
        r[(i * 12) + 10] = x / 3 * 0.1;
        r[(i * 12) + 11] = (float)x + (float)y;
    }

    [Kernel, Check(PerThread = 4)]
    public static void Remainder(ArrayView<float> a, ArrayView<float> b, ArrayView<double> c, ArrayView<double> d, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        a[i + n] = a[i] % b[i];
        c[i + n] = c[i] % d[i];
        a[i] %= 0.75f;
        c[i] %= -3;
    }

    [Kernel, Check(PerThread = 12)]
    public static void HalfOperators(ArrayView<Half> a, ArrayView<Half> b, ArrayView<Half> r, ArrayView<float> s, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        Half x = a[i], y = b[i];
        r[i * 12] = x + y;
        r[(i * 12) + 1] = x - y;
        r[(i * 12) + 2] = x * y;
        r[(i * 12) + 3] = x / y;
        r[(i * 12) + 4] = -x;
        r[(i * 12) + 5] = +x;
        s[i] = (x < y ? 1 : 0) + (x <= y ? 2 : 0) + (x > y ? 4 : 0) + (x >= y ? 8 : 0) + (x == y ? 16 : 0) + (x != y ? 32 : 0);
        x += y;
        x *= (Half)0.5f;
        r[(i * 12) + 6] = x++;
        r[(i * 12) + 7] = --x;
        r[(i * 12) + 8] = Half.Max(x, y);
        r[(i * 12) + 9] = Half.Abs(y);
        r[(i * 12) + 10] = Half.IsNaN(x) ? Half.One : Half.Zero;
        r[(i * 12) + 11] = y > Half.Epsilon && !Half.IsInfinity(y) ? Half.MaxValue : Half.NegativeInfinity;
    }

    [Kernel, Check(PerThread = 12)]
    public static void BFloat16Operators(ArrayView<BFloat16> a, ArrayView<BFloat16> b, ArrayView<BFloat16> r, ArrayView<float> s, ArrayView<ushort> u, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        BFloat16 x = a[i], y = b[i];
        r[i * 12] = (BFloat16)(x + y);
        r[(i * 12) + 1] = (BFloat16)(x - y);
        r[(i * 12) + 2] = (BFloat16)(x * y);
        r[(i * 12) + 3] = (BFloat16)(x / y);
        r[(i * 12) + 4] = (BFloat16)(-x);
        s[i] = (x < y ? 1 : 0) + (x <= y ? 2 : 0) + (x > y ? 4 : 0) + (x >= y ? 8 : 0) + (x == y ? 16 : 0) + (x != y ? 32 : 0);
        x += y;
        x *= (BFloat16)0.5f;
        r[(i * 12) + 5] = x;
        r[(i * 12) + 6] = BFloat16.IsNaN(y) ? BFloat16.One : BFloat16.Zero;
        r[(i * 12) + 7] = BFloat16.IsFinite(y) ? BFloat16.MaxValue : BFloat16.NegativeInfinity;
        r[(i * 12) + 8] = BFloat16.IsInfinity(y) ? BFloat16.Epsilon : BFloat16.PositiveInfinity;
        r[(i * 12) + 9] = BFloat16.FromBits((ushort)(i * 77));
        u[i] = y.Bits;
    }

    /// <summary>Which conversions C# inserts between the operands.</summary>
    [Kernel, Check(PerThread = 6)]
    public static void Mixed(ArrayView<float> a, ArrayView<int> b, ArrayView<double> c, ArrayView<long> d, ArrayView<byte> e, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        float x = a[i * 6];
        double y = c[i * 6];
        a[(i * 6) + 1] = x + b[i];
        a[(i * 6) + 2] = d[i] - x;
        a[(i * 6) + 3] = e[i] / x;
        c[(i * 6) + 1] = x + y;
        c[(i * 6) + 2] = b[i] * y;
        c[(i * 6) + 3] = d[i] + y;
        a[(i * 6) + 4] += b[i];
        a[(i * 6) + 5] *= e[i];
        c[(i * 6) + 4] -= x;
        c[(i * 6) + 5] /= d[i];
        x++;
        --y;
        b[i] = (int)x;
        b[i + n] += (int)y;
        d[i + n] = (long)(x * 1e10f);
        e[i + n] += (byte)x;
        d[i] = x < b[i + n + n] ? 1 : y >= d[i + n] ? 2 : 3;
    }
}
