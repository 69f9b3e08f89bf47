using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

/// <summary>Checks of lane numbers.</summary>
internal static class LaneIndex
{
    /// <summary>Refuses a lane that no warp has.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(int lane)
    {
        if ((uint)lane >= 32) Refuse(lane);
    }

    [DoesNotReturn]
    private static void Refuse(int lane) => throw new ArgumentOutOfRangeException(nameof(lane), lane, "A warp has lanes 0 to 31.");
}
