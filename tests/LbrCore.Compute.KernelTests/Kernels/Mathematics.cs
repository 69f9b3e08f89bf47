using System.Numerics;

namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>XMath, Math, MathF, the number types' own functions, bit tricks and bit casts.</summary>
internal static partial class Mathematics
{
    [Kernel, Check(PerThread = 24)]
    public static void ExactFloat(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        float x = a[i], y = b[i];
        i *= 24;
        r[i] = XMath.Min(x, y);
        r[i + 1] = MathF.Max(x, y);
        r[i + 2] = Math.Min(x, y);
        r[i + 3] = XMath.Abs(x);
        r[i + 4] = XMath.Clamp(x, -3f, y > 0 ? y : 2f);
        r[i + 5] = Math.Clamp(x, 0f, 100f);
        r[i + 6] = XMath.Floor(x);
        r[i + 7] = MathF.Ceiling(x);
        r[i + 8] = XMath.Round(x);
        r[i + 9] = MathF.Truncate(x);
        r[i + 10] = XMath.Sqrt(x);
        r[i + 11] = XMath.Rsqrt(x);
        r[i + 12] = XMath.Rcp(x);
        r[i + 13] = XMath.Fma(x, y, 1.5f);
        r[i + 14] = MathF.FusedMultiplyAdd(x, x, y);
        r[i + 15] = XMath.CopySign(x, y);
        r[i + 16] = (float.IsNaN(x) ? 1 : 0) + (float.IsInfinity(y) ? 2 : 0) + (float.IsFinite(x) ? 4 : 0);
        r[i + 17] = float.Max(x, float.Min(y, 7f));
        r[i + 18] = float.Clamp(y, -1f, 0f);
        r[i + 19] = MathF.PI * MathF.Abs(y);
        r[i + 20] = XMath.Truncate(y) + float.MaxValue;
        r[i + 21] = MathF.Sqrt(MathF.Abs(y)) / float.Epsilon;
        r[i + 22] = MathF.Round(y);
        r[i + 23] = MathF.Floor(-y);
    }

    [Kernel, Check(PerThread = 20)]
    public static void ExactDouble(ArrayView<double> a, ArrayView<double> b, ArrayView<double> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        double x = a[i], y = b[i];
        i *= 20;
        r[i] = XMath.Min(x, y);
        r[i + 1] = Math.Max(x, y);
        r[i + 2] = Math.Abs(x);
        r[i + 3] = XMath.Clamp(x, -3, y > 0 ? y : 2);
        r[i + 4] = Math.Clamp(x, 0.0, 100.0);
        r[i + 5] = XMath.Floor(x);
        r[i + 6] = Math.Ceiling(x);
        r[i + 7] = Math.Round(x);
        r[i + 8] = XMath.Truncate(x);
        r[i + 9] = Math.Sqrt(x);
        r[i + 10] = XMath.Rsqrt(x);
        r[i + 11] = XMath.Rcp(x);
        r[i + 12] = XMath.Fma(x, y, 1.5);
        r[i + 13] = Math.FusedMultiplyAdd(x, x, y);
        r[i + 14] = XMath.CopySign(x, y);
        r[i + 15] = (double.IsNaN(x) ? 1 : 0) + (double.IsInfinity(y) ? 2 : 0) + (double.IsFinite(x) ? 4 : 0);
        r[i + 16] = double.Max(x, y);
        r[i + 17] = Math.PI + double.NaN * x;
        r[i + 18] = Math.CopySign(2.0, x);
        r[i + 19] = double.Clamp(y, -1, 0);
    }

    /// <summary>Ulps as documented at XMath; the system's own functions, the reference, are within one of the truth.</summary>
    [Kernel, Check(PerThread = 16, Floats = 80, Ulps = 4)]
    public static void Functions(ArrayView<float> a, ArrayView<float> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        float x = a[i];
        i *= 16;
        r[i] = XMath.Exp(x);
        r[i + 1] = MathF.Exp(-x);
        r[i + 2] = XMath.Exp2(x);
        r[i + 3] = XMath.Log(XMath.Abs(x));
        r[i + 4] = MathF.Log(x);
        r[i + 5] = XMath.Log2(XMath.Abs(x) * 1e-30f);
        r[i + 6] = MathF.Log2(XMath.Abs(x));
        r[i + 7] = XMath.Sin(x);
        r[i + 8] = MathF.Cos(x);
        r[i + 9] = XMath.Tanh(x * 0.05f);
        r[i + 10] = MathF.Tanh(x);
        r[i + 11] = float.Exp2(x * 0.1f);
        r[i + 12] = MathF.Sin(x * 100f);
        r[i + 13] = XMath.Cos(x * 0.01f);
        r[i + 14] = MathF.Sqrt(XMath.Abs(x));
        r[i + 15] = XMath.Exp(x * 2f);
    }

    [Kernel, Check(PerThread = 6, Floats = 300, Ulps = 4)]
    public static void DoubleFunctions(ArrayView<double> a, ArrayView<double> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        double x = a[i];
        i *= 6;
        r[i] = XMath.Exp(x);
        r[i + 1] = Math.Exp(x * 3);
        r[i + 2] = XMath.Log(XMath.Abs(x));
        r[i + 3] = Math.Log(x);
        r[i + 4] = XMath.Exp2(x);
        r[i + 5] = XMath.Log2(XMath.Abs(x));
    }

    /// <summary>The hardware's approximations: a relative error of about 2^-21, absolute for sine, cosine and logarithm near their zeros.</summary>
    [Kernel, Check(PerThread = 12, Floats = 3, Ulps = 128, Absolute = 1e-5)]
    public static void Fast(ArrayView<float> a, ArrayView<float> b, ArrayView<float> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        float x = a[i], y = XMath.Abs(b[i]) + 0.01f;
        i *= 12;
        r[i] = XMath.FastExp(x);
        r[i + 1] = XMath.FastExp2(x);
        r[i + 2] = XMath.FastLog(y);
        r[i + 3] = XMath.FastLog2(y);
        r[i + 4] = XMath.FastSin(x);
        r[i + 5] = XMath.FastCos(x);
        r[i + 6] = XMath.FastTanh(x) * 0.02f;
        r[i + 7] = XMath.FastSqrt(y);
        r[i + 8] = XMath.FastRsqrt(y);
        r[i + 9] = XMath.FastRcp(y);
        r[i + 10] = XMath.FastDivide(x, y);
    }

    [Kernel, Check(PerThread = 20)]
    public static void IntegerFunctions(ArrayView<int> a, ArrayView<int> b, ArrayView<long> c, ArrayView<uint> d, ArrayView<short> e, ArrayView<long> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int x = a[i], y = b[i];
        long z = c[i];
        uint u = d[i];
        short h = e[i];
        i *= 20;
        r[i] = Math.Min(x, y);
        r[i + 1] = XMath.Max(x, y);
        r[i + 2] = XMath.Clamp(x, -5, 1000);
        r[i + 3] = XMath.Abs(x);
        r[i + 4] = Math.Max(u, (uint)y);
        r[i + 5] = XMath.Min(z, y);
        r[i + 6] = XMath.Abs(z);
        r[i + 7] = XMath.Max((ulong)z, u) > 5 ? 1 : 0;
        r[i + 8] = Math.Clamp(u, 3u, 70000u);
        r[i + 9] = Math.Max(h, (short)y);
        r[i + 10] = Math.Min((byte)x, (byte)y);
        r[i + 11] = Math.Sign(x) + (10 * Math.Sign(h));
        r[i + 12] = IntrinsicMath.MultiplyHigh(x, y);
        r[i + 13] = IntrinsicMath.MultiplyHigh(u, (uint)x);
        r[i + 14] = IntrinsicMath.MultiplyHigh(z, x);
        r[i + 15] = (long)IntrinsicMath.MultiplyHigh((ulong)z, (ulong)y);
        r[i + 16] = int.Max(x, int.Min(y, 7));
        r[i + 17] = Math.Clamp(z, -100L, 100L);
        r[i + 18] = XMath.Clamp((ulong)z, 5ul, 1ul << 60) > 7 ? 1 : 0;
        r[i + 19] = (long)Math.Min((ulong)z, ulong.MaxValue - 5);
    }

    [Kernel, Check(PerThread = 24)]
    public static void BitTricks(ArrayView<uint> a, ArrayView<ulong> b, ArrayView<int> c, ArrayView<ulong> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        uint x = a[i];
        ulong y = b[i];
        int s = c[i];
        i *= 24;
        r[i] = (ulong)BitOperations.PopCount(x);
        r[i + 1] = (ulong)BitOperations.PopCount(y);
        r[i + 2] = (ulong)IntrinsicMath.PopCount(s);
        r[i + 3] = (ulong)BitOperations.LeadingZeroCount(x);
        r[i + 4] = (ulong)BitOperations.LeadingZeroCount(y);
        r[i + 5] = (ulong)IntrinsicMath.LeadingZeroCount((long)y);
        r[i + 6] = (ulong)BitOperations.TrailingZeroCount(x);
        r[i + 7] = (ulong)BitOperations.TrailingZeroCount(y);
        r[i + 8] = (ulong)BitOperations.TrailingZeroCount(s);
        r[i + 9] = (ulong)BitOperations.Log2(x);
        r[i + 10] = (ulong)BitOperations.Log2(y);
        r[i + 11] = BitOperations.RotateLeft(x, s);
        r[i + 12] = BitOperations.RotateRight(x, s);
        r[i + 13] = BitOperations.RotateLeft(y, s);
        r[i + 14] = BitOperations.RotateRight(y, 0);
        r[i + 15] = IntrinsicMath.ReverseBits(x);
        r[i + 16] = IntrinsicMath.ReverseBits(y);
        r[i + 17] = IntrinsicMath.BitExtract(x, s & 31, (s >> 5) & 31);
        r[i + 18] = IntrinsicMath.BitExtract(x, 4, 8);
        r[i + 19] = (ulong)(int.RotateLeft(s, 7) + int.RotateRight(s, (int)x));
        r[i + 20] = (ulong)(int.PopCount(s) + int.LeadingZeroCount(s) + int.TrailingZeroCount(s));
        r[i + 21] = ulong.PopCount(y) + uint.Log2(x | 1);
        r[i + 22] = BitOperations.RotateLeft(x, 5);
        r[i + 23] = (ulong)IntrinsicMath.TrailingZeroCount((long)y);
    }

    [Kernel, Check(PerThread = 2)]
    public static void BitCasts(ArrayView<float> a, ArrayView<double> b, ArrayView<Half> c, ArrayView<BFloat16> d, ArrayView<int> e, ArrayView<long> f, ArrayView<ushort> g, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        e[i + n] = Interop.FloatAsInt(a[i]) ^ (int)Interop.FloatAsUInt(a[i]) ^ BitConverter.SingleToInt32Bits(a[i]);
        f[i + n] = Interop.DoubleAsLong(b[i]) + (long)BitConverter.DoubleToUInt64Bits(b[i]) + (long)Interop.DoubleAsULong(b[i]);
        g[i + n] = (ushort)(Interop.HalfAsUShort(c[i]) + BitConverter.HalfToUInt16Bits(c[i]));
        a[i + n] = Interop.IntAsFloat(e[i]);
        b[i + n] = Interop.LongAsDouble(f[i]);
        c[i + n] = Interop.UShortAsHalf(g[i]);
        d[i + n] = Interop.UShortAsBFloat16(g[i]);
        g[i] = Interop.BFloat16AsUShort(d[i]);
        e[i] = Interop.SizeOf<double>() + Interop.SizeOf<Structs.Mixed>() + sizeof(int) + System.Runtime.CompilerServices.Unsafe.SizeOf<Float4>() + (int)BitConverter.UInt32BitsToSingle(0x41000000);
        a[i] = System.Runtime.CompilerServices.Unsafe.BitCast<int, float>(e[i + n]);
        b[i] = Interop.ULongAsDouble((ulong)f[i]) + Interop.UIntAsFloat((uint)e[i]);
    }

    [Kernel, Check(PerThread = 4)]
    public static void PackedPairs(ArrayView<uint> b, ArrayView<uint> c, ArrayView<float> f, ArrayView<BFloat16x2> g, ArrayView<BFloat16x2> p, ArrayView<Half2> h, ArrayView<Half2> q, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        BFloat16x2 x = g[i], y = new(b[i]), z = new(c[i]);
        Half2 u = h[i], v = new(b[i]), w = new(c[i]);
        p[i] = x + y;
        p[i + n] = BFloat16x2.Fma(x, y, z);
        q[i] = u * v;
        q[i + n] = Half2.Fma(u, v, w);
        f[i] = x.Low + Half2.Max(u, v).High;
        f[i + n] = x.High - u.Low;
        p[i + n + n] = BFloat16x2.Max(x * y, z);
        q[i + n + n] = Half2.FromFloats(f[i + n + n], x.High) + w;
        g[i + n + n] = BFloat16x2.FromFloats(f[i + n + n], u.High);
        x += y;
        if (f[i + n + n] > 0) x.Bits ^= 0x80008000;
        g[i] = x;
    }

    [Kernel, Check(PerThread = 4)]
    public static void Random(ArrayView<UInt4> a, ArrayView<UInt2> b, ArrayView<UInt4> r, ArrayView<float> f, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        UInt4 bits = Philox.Next(a[i], b[i]);
        r[i] = bits;
        f[i] = Philox.ToUniform(bits.X);
    }

    [Kernel, Check(PerThread = 2, Ulps = 8, Absolute = 1e-6)]
    public static void Gumbel(ArrayView<uint> a, ArrayView<float> f, int n)
    {
        int i = Thread.Index;
        if (i < n) f[i] = Philox.ToGumbel(a[i]);
    }
}
