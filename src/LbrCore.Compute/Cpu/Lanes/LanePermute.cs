using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LbrCore.Compute.Cpu;

/// <summary>Any lane's value to any lane.</summary>
internal static class LanePermute
{
    /// <summary>In every lane the value of lane <c>source &amp; 31</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 Pick(U32 value, I32 source)
    {
        if (Avx512F.IsSupported)
        {
            return new U32(
                Avx512F.PermuteVar16x32x2(value.Lo, source.Lo.AsUInt32(), value.Hi),
                Avx512F.PermuteVar16x32x2(value.Lo, source.Hi.AsUInt32(), value.Hi));
        }

        return PickEach(value, source);
    }

    /// <summary>In every lane the value of lane <c>source &amp; 31</c>.</summary>
    public static U64 Pick(U64 value, I32 source)
    {
        U64 low = (U64)Pick((U32)value, source), high = (U64)Pick((U32)(value >> 32), source);
        return low | high << 32;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static unsafe U32 PickEach(U32 value, I32 source)
    {
        uint* from = (uint*)&value;
        int* lanes = (int*)&source;
        U32 result = default;
        uint* to = (uint*)&result;
        for (int lane = 0; lane < 32; lane++) to[lane] = from[lanes[lane] & 31];
        return result;
    }
}
