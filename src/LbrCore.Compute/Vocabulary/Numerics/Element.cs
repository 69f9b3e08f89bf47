using System.Runtime.CompilerServices;

namespace LbrCore.Compute;

/// <summary>Conversions between the element type a kernel is specialised for and <see cref="float"/>, in which it computes.</summary>
public static class Element
{
    /// <summary>The element as a float: exact for <see cref="float"/>, <see cref="Half"/> and <see cref="BFloat16"/>, rounded to nearest for <see cref="double"/>.</summary>
    /// <remarks>PTX ISA, Data Movement and Conversion Instructions: <c>cvt.f32.f16</c>, <c>cvt.rn.f32.f64</c>; bf16: <c>shl.b32</c> by 16.</remarks>
    /// <typeparam name="T"><see cref="float"/>, <see cref="double"/>, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
    /// <param name="value">The element.</param>
    /// <returns>The float.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToFloat<T>(T value)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return Unsafe.As<T, float>(ref value);
        }

        if (typeof(T) == typeof(BFloat16))
        {
            return Unsafe.As<T, BFloat16>(ref value);
        }

        if (typeof(T) == typeof(Half))
        {
            return (float)Unsafe.As<T, Half>(ref value);
        }

        return typeof(T) == typeof(double) ? (float)Unsafe.As<T, double>(ref value) : throw NotAnElement<T>();
    }

    /// <summary>The float as an element, rounded to nearest, ties to even; too great becomes infinity, NaN stays NaN.</summary>
    /// <remarks>PTX ISA, Data Movement and Conversion Instructions: <c>cvt.rn.bf16.f32</c>, <c>cvt.rn.f16.f32</c>, <c>cvt.f64.f32</c>.</remarks>
    /// <typeparam name="T"><see cref="float"/>, <see cref="double"/>, <see cref="Half"/> or <see cref="BFloat16"/>.</typeparam>
    /// <param name="value">The float.</param>
    /// <returns>The element.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T FromFloat<T>(float value)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return Unsafe.As<float, T>(ref value);
        }

        if (typeof(T) == typeof(BFloat16))
        {
            var rounded = (BFloat16)value;
            return Unsafe.As<BFloat16, T>(ref rounded);
        }

        if (typeof(T) == typeof(Half))
        {
            var rounded = (Half)value;
            return Unsafe.As<Half, T>(ref rounded);
        }

        if (typeof(T) == typeof(double))
        {
            double wide = value;
            return Unsafe.As<double, T>(ref wide);
        }

        throw NotAnElement<T>();
    }

    private static NotSupportedException NotAnElement<T>() =>
        new($"{typeof(T).Name} is no floating-point element type; use float, double, Half or BFloat16.");
}
