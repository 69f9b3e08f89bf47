using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// Sixteen-bit floats travel as raw bits in the low half of U32 lanes. Method: move the fields to their place in binary32 and let one float
// operation do the rounding or the scaling of subnormals (Giesen, "Float->half variants", 2012).
public static partial class Lanes
{
    /// <summary>bfloat16 bits to float, exact. Bits above 15 are shifted out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 BFloat16ToF32(U32 bits) => AsF32(bits << 16);

    /// <summary>bfloat16 bits to float, exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float BFloat16ToF32(uint bits) => AsF32(bits << 16);

    /// <summary>Float to bfloat16 bits, to nearest even; a NaN stays a NaN (quiet, upper payload kept).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    public static U32 F32ToBFloat16(F32 value)
    {
        U32 bits = AsU32(value);
        U32 rounded = bits + 0x7fffu + (bits >> 16 & 1u) >> 16;
        return Select((bits & 0x7fffffffu) > 0x7f800000u, bits >> 16 | 0x40u, rounded);
    }

    /// <summary>Float to bfloat16 bits, to nearest even; a NaN stays a NaN (quiet, upper payload kept).</summary>
    public static uint F32ToBFloat16(float value)
    {
        uint bits = AsU32(value);
        return float.IsNaN(value) ? bits >> 16 | 0x40 : bits + 0x7fff + (bits >> 16 & 1) >> 16;
    }

    /// <summary>Half bits to float, exact. Bits above 15 must be zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static F32 HalfToF32(U32 bits)
    {
        U32 magnitude = (bits & 0x7fffu) << 13;
        F32 scaled = AsF32(magnitude) * AsF32(0x77800000u); // 2^112, the difference of the exponent biases
        U32 result = Select(magnitude >= 0x0f800000u, magnitude | 0x7f800000u, AsU32(scaled));
        return AsF32(result | (bits & 0x8000u) << 16);
    }

    /// <summary>Half bits to float, exact.</summary>
    public static float HalfToF32(uint bits) => (float)BitConverter.UInt16BitsToHalf((ushort)bits);

    /// <summary>Float to half bits, to nearest even; a NaN stays a NaN (quiet, upper payload kept), too large values become infinite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U32 F32ToHalf(F32 value)
    {
        U32 bits = AsU32(value);
        U32 sign = bits >> 16 & 0x8000u;
        U32 magnitude = bits & 0x7fffffffu;

        // Adding 1/2 leaves a subnormal half, rounded, in the low bits of the sum.
        const uint Magic = 126u << 23;
        U32 subnormal = AsU32(AsF32(magnitude) + AsF32(Magic)) - Magic;
        U32 normal = magnitude - (112u << 23) + 0xfffu + (magnitude >> 13 & 1u) >> 13;
        U32 nan = magnitude >> 13 & 0x3ffu | 0x7e00u;

        U32 result = Select(magnitude < 113u << 23, subnormal, normal);
        result = Select(magnitude >= 143u << 23, 0x7c00u, result);
        result = Select(magnitude > 0x7f800000u, nan, result);
        return result | sign;
    }

    /// <summary>Float to half bits, to nearest even.</summary>
    public static uint F32ToHalf(float value) => BitConverter.HalfToUInt16Bits((Half)value);
}
