using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

public static unsafe partial class Lanes
{
    /// <summary>The address of 32 consecutive elements, for code that reads them vector by vector.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Row(LanesWarp warp, byte* view, long index, long length, int stride) => LaneBlocks.Row(warp, view, index, length, stride, 0, stride);
}
