using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// What loads of the common widths do where lanes do not lie side by side: apart from them, so that their fast path is small enough to be inlined.
public static unsafe partial class Lanes
{
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static I32 GatherS16(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 2];
        LaneBlocks.Gather(warp, view, index, length, stride, offset, 2, mask, scratch);
        return LaneElements.ReadS16(scratch);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static U32 GatherU16(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 2];
        LaneBlocks.Gather(warp, view, index, length, stride, offset, 2, mask, scratch);
        return LaneElements.ReadU16(scratch);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static I32 GatherS32(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 4];
        LaneBlocks.Gather(warp, view, index, length, stride, offset, 4, mask, scratch);
        return LaneElements.ReadS32(scratch);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static U32 GatherU32(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 4];
        LaneBlocks.Gather(warp, view, index, length, stride, offset, 4, mask, scratch);
        return LaneElements.ReadU32(scratch);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static F32 GatherF32(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 4];
        LaneBlocks.Gather(warp, view, index, length, stride, offset, 4, mask, scratch);
        return LaneElements.ReadF32(scratch);
    }
}
