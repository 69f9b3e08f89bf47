using System.Runtime.InteropServices;

namespace LbrCore.Compute.KernelTests.Harness;

/// <summary>Random values with the ones that break things mixed in: limits, zeros of both signs, infinities, NaN, subnormal numbers, halves between integers.</summary>
internal sealed class Inputs(int seed, CheckAttribute check)
{
    static readonly double[] s_floats =
    [
        0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 127.5, 255, 256, 32767.5, 65504, 65520, 65536, 2147483647, 2147483648, -2147483649, 4294967295, 4294967296, 9.3e18, -9.3e18, 1.9e19,
        double.NaN, double.PositiveInfinity, double.NegativeInfinity, float.MaxValue, float.Epsilon, -float.Epsilon, 1.2e-38, 6e-8, 3e-8, 1e-40, 3.4e38, 1e300, -1e-300, 16777217, 16809985, 2049, 257, 1.001953125, 1.00390625,
    ];

    static readonly long[] s_integers =
    [
        0, 1, -1, 2, -2, 3, 7, 31, 32, 33, 63, 64, 127, 128, -128, -129, 255, 256, 32767, 32768, -32768, 65535, 65536, int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, 1L << 53, (1L << 53) + 1,
        long.MaxValue, long.MinValue, 0x55555555, 0x12345678, 16777217, 16809985, -16809985,
    ];

    readonly Random _random = new(seed);

    /// <summary>The bytes of so many elements.</summary>
    public byte[] Bytes(ElementLayout layout, int count)
    {
        byte[] bytes = new byte[layout.Size * count];
        for (int i = 0; i < count; i++)
            foreach ((Type type, int offset) in layout.Scalars)
                Write(type, bytes.AsSpan((i * layout.Size) + offset));
        return bytes;
    }

    /// <summary>The argument slot of a scalar.</summary>
    public ulong Slot(Type type)
    {
        Span<byte> bytes = stackalloc byte[8];
        Write(type, bytes);
        return MemoryMarshal.Read<ulong>(bytes);
    }

    void Write(Type type, Span<byte> to)
    {
        if (type == typeof(bool)) to[0] = (byte)_random.Next(2);
        else if (type == typeof(float)) Put(to, (float)Float());
        else if (type == typeof(double)) Put(to, Float());
        else if (type == typeof(Half)) Put(to, (Half)Float());
        else if (type == typeof(BFloat16)) Put(to, (BFloat16)Float());
        else if (type == typeof(byte) || type == typeof(sbyte)) to[0] = (byte)Integer();
        else if (type == typeof(short) || type == typeof(ushort) || type == typeof(char)) Put(to, (short)Integer());
        else if (type == typeof(int) || type == typeof(uint)) Put(to, (int)Integer());
        else Put(to, Integer());
    }

    static void Put<T>(Span<byte> to, T value) where T : unmanaged => MemoryMarshal.Write(to, value);

    double Float()
    {
        if (check.Whole) return Math.Round(((_random.NextDouble() * 2) - 1) * check.Floats);
        if (check.Floats > 0) return ((_random.NextDouble() * 2) - 1) * check.Floats;
        return _random.Next(4) switch
        {
            0 => s_floats[_random.Next(s_floats.Length)],
            1 => (_random.NextDouble() - 0.5) * 8,
            2 => (_random.NextDouble() - 0.5) * 400,
            _ => (_random.NextDouble() - 0.5) * Math.Pow(2, _random.Next(-40, 70)),
        };
    }

    long Integer()
    {
        if (check.Integers > 0) return _random.NextInt64(check.Integers + 1);
        return _random.Next(4) switch
        {
            0 => s_integers[_random.Next(s_integers.Length)],
            1 => _random.Next(-40, 41),
            2 => _random.Next(),
            _ => _random.NextInt64(long.MinValue, long.MaxValue),
        };
    }
}
