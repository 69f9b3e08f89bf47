using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LbrCore.Compute.Cpu;

/// <summary>Conversions between 32- and 64-bit lanes that no single vector instruction of every machine does.</summary>
internal static class LaneConvert
{
    /// <summary>Truncates, saturates; NaN gives 0.</summary>
    public static I32 ToI32(F64 value)
    {
        Vector512<double> low = Vector512.Create((double)int.MinValue), high = Vector512.Create((double)int.MaxValue);
        return (I32)new I64(Clamp(value.V0, low, high), Clamp(value.V1, low, high), Clamp(value.V2, low, high), Clamp(value.V3, low, high));
    }

    /// <summary>Truncates, saturates; NaN gives 0.</summary>
    public static U32 ToU32(F64 value)
    {
        Vector512<double> low = Vector512<double>.Zero, high = Vector512.Create((double)uint.MaxValue);
        return (U32)new I64(Clamp(value.V0, low, high), Clamp(value.V1, low, high), Clamp(value.V2, low, high), Clamp(value.V3, low, high));
    }

    /// <summary>One rounding: going through <see cref="double"/> would round twice.</summary>
    public static F32 ToF32(I64 value)
    {
        if (Avx512DQ.IsSupported)
        {
            return new(
                Vector512.Create(Avx512DQ.ConvertToVector256Single(value.V0), Avx512DQ.ConvertToVector256Single(value.V1)),
                Vector512.Create(Avx512DQ.ConvertToVector256Single(value.V2), Avx512DQ.ConvertToVector256Single(value.V3)));
        }

        F32 result = default;
        for (int lane = 0; lane < 32; lane++) result = result.WithLane(lane, value[lane]);
        return result;
    }

    /// <summary>One rounding: going through <see cref="double"/> would round twice.</summary>
    public static F32 ToF32(U64 value)
    {
        if (Avx512DQ.IsSupported)
        {
            return new(
                Vector512.Create(Avx512DQ.ConvertToVector256Single(value.V0), Avx512DQ.ConvertToVector256Single(value.V1)),
                Vector512.Create(Avx512DQ.ConvertToVector256Single(value.V2), Avx512DQ.ConvertToVector256Single(value.V3)));
        }

        F32 result = default;
        for (int lane = 0; lane < 32; lane++) result = result.WithLane(lane, value[lane]);
        return result;
    }

    // Vector512.Min and Max carry NaN through, and the conversion makes it 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<long> Clamp(Vector512<double> value, Vector512<double> low, Vector512<double> high) =>
        Vector512.ConvertToInt64(Vector512.Min(Vector512.Max(value, low), high));
}
