using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// Stores with a view and a 64-bit index of its own in every lane. Where active lanes collide the highest one wins.
public static unsafe partial class Lanes
{
    /// <summary>Stores sbyte values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreS8(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I32 value)
    {
        byte* scratch = stackalloc byte[32 * 1];
        LaneElements.WriteS8(scratch, value);
        LaneBlocks.Scatter(warp, views, index, length, stride, offset, 1, mask, scratch);
    }

    /// <summary>Stores byte values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreU8(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U32 value)
    {
        byte* scratch = stackalloc byte[32 * 1];
        LaneElements.WriteU8(scratch, value);
        LaneBlocks.Scatter(warp, views, index, length, stride, offset, 1, mask, scratch);
    }

    /// <summary>Stores short values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreS16(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I32 value)
    {
        byte* scratch = stackalloc byte[32 * 2];
        LaneElements.WriteS16(scratch, value);
        LaneBlocks.Scatter(warp, views, index, length, stride, offset, 2, mask, scratch);
    }

    /// <summary>Stores ushort values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreU16(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U32 value)
    {
        byte* scratch = stackalloc byte[32 * 2];
        LaneElements.WriteU16(scratch, value);
        LaneBlocks.Scatter(warp, views, index, length, stride, offset, 2, mask, scratch);
    }

    /// <summary>Stores int values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreS32(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I32 value)
    {
        byte* scratch = stackalloc byte[32 * 4];
        LaneElements.WriteS32(scratch, value);
        LaneBlocks.Scatter(warp, views, index, length, stride, offset, 4, mask, scratch);
    }

    /// <summary>Stores uint values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreU32(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U32 value)
    {
        byte* scratch = stackalloc byte[32 * 4];
        LaneElements.WriteU32(scratch, value);
        LaneBlocks.Scatter(warp, views, index, length, stride, offset, 4, mask, scratch);
    }

    /// <summary>Stores float values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreF32(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, F32 value)
    {
        byte* scratch = stackalloc byte[32 * 4];
        LaneElements.WriteF32(scratch, value);
        LaneBlocks.Scatter(warp, views, index, length, stride, offset, 4, mask, scratch);
    }

    /// <summary>Stores long values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreS64(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I64 value)
    {
        byte* scratch = stackalloc byte[32 * 8];
        LaneElements.WriteS64(scratch, value);
        LaneBlocks.Scatter(warp, views, index, length, stride, offset, 8, mask, scratch);
    }

    /// <summary>Stores ulong values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreU64(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U64 value)
    {
        byte* scratch = stackalloc byte[32 * 8];
        LaneElements.WriteU64(scratch, value);
        LaneBlocks.Scatter(warp, views, index, length, stride, offset, 8, mask, scratch);
    }

    /// <summary>Stores double values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreF64(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, F64 value)
    {
        byte* scratch = stackalloc byte[32 * 8];
        LaneElements.WriteF64(scratch, value);
        LaneBlocks.Scatter(warp, views, index, length, stride, offset, 8, mask, scratch);
    }
}
