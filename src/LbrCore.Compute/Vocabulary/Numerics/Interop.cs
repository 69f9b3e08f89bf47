using System.Runtime.CompilerServices;

namespace LbrCore.Compute;

/// <summary>The same bits as another type; no instruction or a <c>mov</c> between register kinds.</summary>
/// <remarks>PTX ISA, Data Movement and Conversion Instructions: <c>mov.b32</c>, <c>mov.b64</c>.</remarks>
public static class Interop
{
    /// <summary>The bits of a <see cref="float"/> as a signed integer.</summary>
    /// <param name="value">The number.</param>
    /// <returns>Its bits.</returns>
    public static int FloatAsInt(float value) => BitConverter.SingleToInt32Bits(value);

    /// <summary>The <see cref="float"/> that has these bits.</summary>
    /// <param name="bits">The bits.</param>
    /// <returns>The number.</returns>
    public static float IntAsFloat(int bits) => BitConverter.Int32BitsToSingle(bits);

    /// <summary>The bits of a <see cref="float"/> as an unsigned integer.</summary>
    /// <param name="value">The number.</param>
    /// <returns>Its bits.</returns>
    public static uint FloatAsUInt(float value) => BitConverter.SingleToUInt32Bits(value);

    /// <summary>The <see cref="float"/> that has these bits.</summary>
    /// <param name="bits">The bits.</param>
    /// <returns>The number.</returns>
    public static float UIntAsFloat(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    /// <summary>The bits of a <see cref="double"/> as a signed integer.</summary>
    /// <param name="value">The number.</param>
    /// <returns>Its bits.</returns>
    public static long DoubleAsLong(double value) => BitConverter.DoubleToInt64Bits(value);

    /// <summary>The <see cref="double"/> that has these bits.</summary>
    /// <param name="bits">The bits.</param>
    /// <returns>The number.</returns>
    public static double LongAsDouble(long bits) => BitConverter.Int64BitsToDouble(bits);

    /// <summary>The bits of a <see cref="double"/> as an unsigned integer.</summary>
    /// <param name="value">The number.</param>
    /// <returns>Its bits.</returns>
    public static ulong DoubleAsULong(double value) => BitConverter.DoubleToUInt64Bits(value);

    /// <summary>The <see cref="double"/> that has these bits.</summary>
    /// <param name="bits">The bits.</param>
    /// <returns>The number.</returns>
    public static double ULongAsDouble(ulong bits) => BitConverter.UInt64BitsToDouble(bits);

    /// <summary>The bits of a <see cref="Half"/>.</summary>
    /// <param name="value">The number.</param>
    /// <returns>Its bits.</returns>
    public static ushort HalfAsUShort(Half value) => BitConverter.HalfToUInt16Bits(value);

    /// <summary>The <see cref="Half"/> that has these bits.</summary>
    /// <param name="bits">The bits.</param>
    /// <returns>The number.</returns>
    public static Half UShortAsHalf(ushort bits) => BitConverter.UInt16BitsToHalf(bits);

    /// <summary>The bits of a <see cref="BFloat16"/>.</summary>
    /// <param name="value">The number.</param>
    /// <returns>Its bits.</returns>
    public static ushort BFloat16AsUShort(BFloat16 value) => value.Bits;

    /// <summary>The <see cref="BFloat16"/> that has these bits.</summary>
    /// <param name="bits">The bits.</param>
    /// <returns>The number.</returns>
    public static BFloat16 UShortAsBFloat16(ushort bits) => BFloat16.FromBits(bits);

    /// <summary>Bytes of a value; a constant.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <returns>Its size.</returns>
    public static int SizeOf<T>()
        where T : unmanaged => Unsafe.SizeOf<T>();
}
