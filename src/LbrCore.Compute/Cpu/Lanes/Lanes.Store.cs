using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// Stores to one view with a 32-bit index in every lane. Where active lanes collide the highest one wins.
public static unsafe partial class Lanes
{
    /// <summary>Stores sbyte elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreS8(LanesWarp warp, byte* view, I32 index, long length, Mask mask, I32 value) => StoreS8(warp, view, index, length, 1, 0, mask, value);

    /// <summary>Stores sbyte values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreS8(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, I32 value)
    {
        byte* scratch = stackalloc byte[32 * 1];
        byte* direct = LaneBlocks.Consecutive(view, index, length, stride, offset, 1, mask);
        LaneElements.WriteS8(direct != null ? direct : scratch, value);
        if (direct == null) LaneBlocks.Scatter(warp, view, index, length, stride, offset, 1, mask, scratch);
    }

    /// <summary>Stores byte elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreU8(LanesWarp warp, byte* view, I32 index, long length, Mask mask, U32 value) => StoreU8(warp, view, index, length, 1, 0, mask, value);

    /// <summary>Stores byte values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreU8(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, U32 value)
    {
        byte* scratch = stackalloc byte[32 * 1];
        byte* direct = LaneBlocks.Consecutive(view, index, length, stride, offset, 1, mask);
        LaneElements.WriteU8(direct != null ? direct : scratch, value);
        if (direct == null) LaneBlocks.Scatter(warp, view, index, length, stride, offset, 1, mask, scratch);
    }

    /// <summary>Stores short elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreS16(LanesWarp warp, byte* view, I32 index, long length, Mask mask, I32 value) => StoreS16(warp, view, index, length, 2, 0, mask, value);

    /// <summary>Stores short values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreS16(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, I32 value)
    {
        byte* scratch = stackalloc byte[32 * 2];
        byte* direct = LaneBlocks.Consecutive(view, index, length, stride, offset, 2, mask);
        LaneElements.WriteS16(direct != null ? direct : scratch, value);
        if (direct == null) LaneBlocks.Scatter(warp, view, index, length, stride, offset, 2, mask, scratch);
    }

    /// <summary>Stores ushort elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreU16(LanesWarp warp, byte* view, I32 index, long length, Mask mask, U32 value) => StoreU16(warp, view, index, length, 2, 0, mask, value);

    /// <summary>Stores ushort values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreU16(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, U32 value)
    {
        byte* scratch = stackalloc byte[32 * 2];
        byte* direct = LaneBlocks.Consecutive(view, index, length, stride, offset, 2, mask);
        LaneElements.WriteU16(direct != null ? direct : scratch, value);
        if (direct == null) LaneBlocks.Scatter(warp, view, index, length, stride, offset, 2, mask, scratch);
    }

    /// <summary>Stores int elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreS32(LanesWarp warp, byte* view, I32 index, long length, Mask mask, I32 value) => StoreS32(warp, view, index, length, 4, 0, mask, value);

    /// <summary>Stores int values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreS32(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, I32 value)
    {
        byte* scratch = stackalloc byte[32 * 4];
        byte* direct = LaneBlocks.Consecutive(view, index, length, stride, offset, 4, mask);
        LaneElements.WriteS32(direct != null ? direct : scratch, value);
        if (direct == null) LaneBlocks.Scatter(warp, view, index, length, stride, offset, 4, mask, scratch);
    }

    /// <summary>Stores uint elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreU32(LanesWarp warp, byte* view, I32 index, long length, Mask mask, U32 value) => StoreU32(warp, view, index, length, 4, 0, mask, value);

    /// <summary>Stores uint values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreU32(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, U32 value)
    {
        byte* scratch = stackalloc byte[32 * 4];
        byte* direct = LaneBlocks.Consecutive(view, index, length, stride, offset, 4, mask);
        LaneElements.WriteU32(direct != null ? direct : scratch, value);
        if (direct == null) LaneBlocks.Scatter(warp, view, index, length, stride, offset, 4, mask, scratch);
    }

    /// <summary>Stores float elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreF32(LanesWarp warp, byte* view, I32 index, long length, Mask mask, F32 value) => StoreF32(warp, view, index, length, 4, 0, mask, value);

    /// <summary>Stores float values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreF32(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, F32 value)
    {
        byte* scratch = stackalloc byte[32 * 4];
        byte* direct = LaneBlocks.Consecutive(view, index, length, stride, offset, 4, mask);
        LaneElements.WriteF32(direct != null ? direct : scratch, value);
        if (direct == null) LaneBlocks.Scatter(warp, view, index, length, stride, offset, 4, mask, scratch);
    }

    /// <summary>Stores long elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreS64(LanesWarp warp, byte* view, I32 index, long length, Mask mask, I64 value) => StoreS64(warp, view, index, length, 8, 0, mask, value);

    /// <summary>Stores long values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreS64(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, I64 value)
    {
        byte* scratch = stackalloc byte[32 * 8];
        byte* direct = LaneBlocks.Consecutive(view, index, length, stride, offset, 8, mask);
        LaneElements.WriteS64(direct != null ? direct : scratch, value);
        if (direct == null) LaneBlocks.Scatter(warp, view, index, length, stride, offset, 8, mask, scratch);
    }

    /// <summary>Stores ulong elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreU64(LanesWarp warp, byte* view, I32 index, long length, Mask mask, U64 value) => StoreU64(warp, view, index, length, 8, 0, mask, value);

    /// <summary>Stores ulong values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreU64(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, U64 value)
    {
        byte* scratch = stackalloc byte[32 * 8];
        byte* direct = LaneBlocks.Consecutive(view, index, length, stride, offset, 8, mask);
        LaneElements.WriteU64(direct != null ? direct : scratch, value);
        if (direct == null) LaneBlocks.Scatter(warp, view, index, length, stride, offset, 8, mask, scratch);
    }

    /// <summary>Stores double elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreF64(LanesWarp warp, byte* view, I32 index, long length, Mask mask, F64 value) => StoreF64(warp, view, index, length, 8, 0, mask, value);

    /// <summary>Stores double values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreF64(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, F64 value)
    {
        byte* scratch = stackalloc byte[32 * 8];
        byte* direct = LaneBlocks.Consecutive(view, index, length, stride, offset, 8, mask);
        LaneElements.WriteF64(direct != null ? direct : scratch, value);
        if (direct == null) LaneBlocks.Scatter(warp, view, index, length, stride, offset, 8, mask, scratch);
    }
}
