using System.Numerics;
using System.Runtime.InteropServices;
using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

/// <summary>Compares an operation on lanes with the same operation on scalars, over special and random values, bit for bit.</summary>
internal static class LaneCheck
{
    public static TLanes Make<TLanes, T>(ReadOnlySpan<T> values) where TLanes : unmanaged where T : unmanaged =>
        MemoryMarshal.Read<TLanes>(MemoryMarshal.AsBytes(values));

    public static T[] Read<TLanes, T>(TLanes lanes) where TLanes : unmanaged where T : unmanaged =>
        MemoryMarshal.Cast<TLanes, T>(new ReadOnlySpan<TLanes>(in lanes)).ToArray();

    public static bool[] Read(Mask mask) => [.. Enumerable.Range(0, 32).Select(lane => mask[lane])];

    public static void Unary<TLanes, T, RLanes, R>(Func<TLanes, RLanes> lanes, Func<T, R> scalar, string what, T[]? values = null)
        where TLanes : unmanaged where T : unmanaged where RLanes : unmanaged where R : unmanaged
    {
        values ??= Values<T>();
        for (int start = 0; start < values.Length; start += 32)
        {
            T[] x = Take(values, start);
            R[] got = Read<RLanes, R>(lanes(Make<TLanes, T>(x)));
            for (int i = 0; i < 32; i++)
            {
                R expected = scalar(x[i]);
                Assert.True(Same(expected, got[i]), $"{what}({x[i]:R}): expected {expected:R}, got {got[i]:R} in lane {i}");
            }
        }
    }

    public static void Binary<TLanes, T, ULanes, U, RLanes, R>(Func<TLanes, ULanes, RLanes> lanes, Func<T, U, R> scalar, string what)
        where TLanes : unmanaged where T : unmanaged where ULanes : unmanaged where U : unmanaged where RLanes : unmanaged where R : unmanaged
    {
        foreach ((T[] x, U[] y) in Pairs<T, U>())
        {
            R[] got = Read<RLanes, R>(lanes(Make<TLanes, T>(x), Make<ULanes, U>(y)));
            for (int i = 0; i < 32; i++)
            {
                R expected = scalar(x[i], y[i]);
                Assert.True(Same(expected, got[i]), $"{x[i]:R} {what} {y[i]:R}: expected {expected:R}, got {got[i]:R} in lane {i}");
            }
        }
    }

    public static void Binary<TLanes, T>(Func<TLanes, TLanes, TLanes> lanes, Func<T, T, T> scalar, string what) where TLanes : unmanaged where T : unmanaged =>
        Binary<TLanes, T, TLanes, T, TLanes, T>(lanes, scalar, what);

    public static void Compare<TLanes, T>(Func<TLanes, TLanes, Mask> lanes, Func<T, T, bool> scalar, string what) where TLanes : unmanaged where T : unmanaged
    {
        foreach ((T[] x, T[] y) in Pairs<T, T>())
        {
            uint expected = 0;
            for (int i = 0; i < 32; i++) expected |= scalar(x[i], y[i]) ? 1u << i : 0;
            Assert.True(expected == lanes(Make<TLanes, T>(x), Make<TLanes, T>(y)).Bits, $"{what} on {typeof(T).Name}");
        }
    }

    /// <summary>Special values of a type, then random bits and random values of moderate size.</summary>
    public static T[] Values<T>() where T : unmanaged
    {
        var random = new Random(1);
        object special = default(T) switch
        {
            int => new int[] { 0, 1, -1, 2, 31, 32, 33, 63, 64, int.MinValue, int.MaxValue, int.MinValue + 1, 255, 65536, -65536 },
            uint => new uint[] { 0, 1, 2, 31, 32, 33, uint.MaxValue, 0x80000000, 0x7fffffff, 65535, 65536 },
            long => new long[] { 0, 1, -1, long.MinValue, long.MaxValue, int.MinValue, int.MaxValue, uint.MaxValue, 1L << 53, (1L << 53) + 1, (1L << 24) + 1, 0x7fffffbfffffffff, 0x4000004000000001, -0x4000004000000001 },
            ulong => new ulong[] { 0UL, 1, ulong.MaxValue, 1UL << 63, (1UL << 53) + 1, (1UL << 24) + 1, uint.MaxValue, 0x8000008000000001, 0x8000000000000400, 0x8000000000000401 },
            float => new float[]
            {
                0f, -0f, 1f, -1f, 0.5f, -0.5f, 1.5f, 2.5f, -2.5f, 3f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, float.Epsilon, -float.Epsilon,
                1.17549435e-38f, 2147483520f, 2147483648f, -2147483648f, -2147483904f, 4294967040f, 4294967296f, 9.223372e18f, 1.8446744e19f, -9.223372e18f, 8388607.5f, 1e30f, -1e30f, 100.7f, -100.7f,
            },
            double => new double[]
            {
                0.0, -0.0, 1, -1, 0.5, 1.5, 2.5, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.Epsilon, int.MaxValue, int.MinValue, int.MaxValue + 0.5, int.MinValue - 0.9,
                uint.MaxValue, uint.MaxValue + 0.5, 4294967296.0, long.MaxValue, long.MinValue, ulong.MaxValue, -0.9, 1e300, -1e300, 3.4028235677973366e38, 1e-46, 16777217,
            },
            _ => throw new NotSupportedException(),
        };
        var values = new List<T>((T[])special);
        Span<byte> bytes = stackalloc byte[8];
        for (int i = 0; i < 96; i++)
        {
            random.NextBytes(bytes);
            values.Add(MemoryMarshal.Read<T>(bytes));
        }

        for (int i = 0; i < 64; i++) values.Add(Moderate<T>(random));
        return [.. values];
    }

    /// <summary>Equal bits, or both NaN.</summary>
    public static bool Same<T>(T left, T right) where T : unmanaged => (left, right) switch
    {
        (float a, float b) => (float.IsNaN(a) && float.IsNaN(b)) || BitConverter.SingleToUInt32Bits(a) == BitConverter.SingleToUInt32Bits(b),
        (double a, double b) => (double.IsNaN(a) && double.IsNaN(b)) || BitConverter.DoubleToUInt64Bits(a) == BitConverter.DoubleToUInt64Bits(b),
        _ => left.Equals(right),
    };

    private static T Moderate<T>(Random random) where T : unmanaged => (T)(object)(default(T) switch
    {
        int => random.Next(-1000, 1000),
        uint => (uint)random.Next(0, 1000),
        long => (object)(long)random.Next(-1000, 1000),
        ulong => (ulong)random.Next(0, 1000),
        float => (float)(random.NextDouble() * 200 - 100),
        _ => random.NextDouble() * 200 - 100,
    });

    private static IEnumerable<(T[], U[])> Pairs<T, U>() where T : unmanaged where U : unmanaged
    {
        T[] x = Values<T>();
        U[] y = Values<U>();
        var left = new List<T>();
        var right = new List<U>();

        // Special values meet each other, the rest is combined at random.
        for (int i = 0; i < 32; i++)
        {
            for (int j = 0; j < 32; j++)
            {
                left.Add(x[i % x.Length]);
                right.Add(y[j % y.Length]);
            }
        }

        var random = new Random(2);
        for (int i = 0; i < 1024; i++)
        {
            left.Add(x[random.Next(x.Length)]);
            right.Add(y[random.Next(y.Length)]);
        }

        for (int start = 0; start < left.Count; start += 32) yield return ([.. left.Skip(start).Take(32)], [.. right.Skip(start).Take(32)]);
    }

    private static T[] Take<T>(T[] values, int start)
    {
        var result = new T[32];
        for (int i = 0; i < 32; i++) result[i] = values[(start + i) % values.Length];
        return result;
    }
}
