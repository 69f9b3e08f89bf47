using System.Runtime.CompilerServices;
using LbrCore.Compute;

namespace LbrCore.KernelVerification;

/// <summary>Element types to and from float64, and reproducible inputs. Written without the vocabulary's conversions, which are under test as well.</summary>
internal static class Numbers
{
    /// <summary>The values of elements.</summary>
    public static double[] ToDouble<T>(ReadOnlySpan<T> elements) where T : unmanaged
    {
        var values = new double[elements.Length];
        for (int i = 0; i < values.Length; i++) values[i] = ToDouble(elements[i]);
        return values;
    }

    /// <inheritdoc cref="ToDouble{T}(ReadOnlySpan{T})"/>
    public static double[] ToDouble<T>(T[] elements) where T : unmanaged => ToDouble((ReadOnlySpan<T>)elements);

    /// <summary>The value of an element.</summary>
    public static double ToDouble<T>(T element) where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return Unsafe.As<T, float>(ref element);
        if (typeof(T) == typeof(Half)) return (double)Unsafe.As<T, Half>(ref element);
        if (typeof(T) == typeof(int)) return Unsafe.As<T, int>(ref element);
        if (typeof(T) == typeof(BFloat16)) return BitConverter.Int32BitsToSingle(Unsafe.As<T, ushort>(ref element) << 16);
        throw new NotSupportedException($"{typeof(T).Name} is no element type of a kernel.");
    }

    /// <summary>The nearest element, ties to even.</summary>
    public static T Round<T>(double value) where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            float rounded = (float)value;
            return Unsafe.As<float, T>(ref rounded);
        }

        if (typeof(T) == typeof(Half))
        {
            var rounded = (Half)value;
            return Unsafe.As<Half, T>(ref rounded);
        }

        if (typeof(T) == typeof(int))
        {
            int rounded = (int)Math.Round(value);
            return Unsafe.As<int, T>(ref rounded);
        }

        if (typeof(T) != typeof(BFloat16)) throw new NotSupportedException($"{typeof(T).Name} is no element type of a kernel.");
        ushort bits = RoundToBFloat16(value);
        return Unsafe.As<ushort, T>(ref bits);
    }

    /// <summary>The value after rounding to an element type.</summary>
    public static double Rounded<T>(double value) where T : unmanaged => ToDouble(Round<T>(value));

    /// <summary>The elements nearest to values.</summary>
    public static T[] Round<T>(double[] values) where T : unmanaged => Array.ConvertAll(values, Round<T>);

    /// <summary>Normally distributed numbers without zeros, the same for the same seed.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Text that names the case and the operand.</param>
    /// <param name="scale">Standard deviation.</param>
    public static T[] Normal<T>(int count, string seed, double scale = 1) where T : unmanaged
    {
        ulong state = 14695981039346656037;
        foreach (char c in seed) state = (state ^ c) * 1099511628211;
        var elements = new T[count];
        for (int i = 0; i < count; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(Uniform(ref state))), value = scale * radius * Math.Cos(2 * Math.PI * Uniform(ref state));
            elements[i] = Round<T>(Math.Abs(value) < 1e-3 * scale ? 1e-3 * scale : value);
        }

        return elements;
    }

    // Steele, Lea and Flood, Fast splittable pseudorandom number generators (2014), in (0, 1).
    private static double Uniform(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15;
        ulong z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (((z ^ (z >> 31)) >> 12) + 0.5) * Math.ScaleB(1, -52);
    }

    // Eight bits of precision by scaling, so that no bit pattern of float is relied upon.
    private static ushort RoundToBFloat16(double value)
    {
        if (double.IsNaN(value)) return 0x7FC0;
        double magnitude = Math.Abs(value);
        ushort sign = (ushort)(double.IsNegative(value) ? 0x8000 : 0);
        if (magnitude == 0) return sign;
        int exponent = double.IsInfinity(magnitude) ? 128 : Math.Max(Math.ILogB(magnitude), -126);
        if (exponent > 127) return (ushort)(sign | 0x7F80);
        // 128..256 for normal numbers; a carry to 256 runs into the exponent, as it must.
        int significand = (int)Math.Round(Math.ScaleB(magnitude, 7 - exponent), MidpointRounding.ToEven);
        int bits = ((exponent + 127) << 7) + significand - 128;
        return (ushort)(sign | Math.Min(bits, 0x7F80));
    }
}
