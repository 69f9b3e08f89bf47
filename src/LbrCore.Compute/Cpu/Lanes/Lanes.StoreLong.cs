using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// Stores to one view, given as its address, with a 64-bit index in every lane. Where active lanes collide the highest one wins.
public static unsafe partial class Lanes
{
    /// <summary>Stores sbyte values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreS8(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask, I32 value)
    {
        byte* scratch = stackalloc byte[32];
        LaneElements.WriteS8((byte*)scratch, value);
        LaneBlocks.Scatter(warp, (byte*)view, index, length, stride, offset, mask, scratch);
    }

    /// <summary>Stores byte values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreU8(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask, U32 value)
    {
        byte* scratch = stackalloc byte[32];
        LaneElements.WriteU8((byte*)scratch, value);
        LaneBlocks.Scatter(warp, (byte*)view, index, length, stride, offset, mask, scratch);
    }

    /// <summary>Stores short values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreS16(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask, I32 value)
    {
        ushort* scratch = stackalloc ushort[32];
        LaneElements.WriteS16((byte*)scratch, value);
        LaneBlocks.Scatter(warp, (byte*)view, index, length, stride, offset, mask, scratch);
    }

    /// <summary>Stores ushort values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreU16(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask, U32 value)
    {
        ushort* scratch = stackalloc ushort[32];
        LaneElements.WriteU16((byte*)scratch, value);
        LaneBlocks.Scatter(warp, (byte*)view, index, length, stride, offset, mask, scratch);
    }

    /// <summary>Stores int values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreS32(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask, I32 value)
    {
        uint* scratch = stackalloc uint[32];
        LaneElements.WriteS32((byte*)scratch, value);
        LaneBlocks.Scatter(warp, (byte*)view, index, length, stride, offset, mask, scratch);
    }

    /// <summary>Stores uint values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreU32(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask, U32 value)
    {
        uint* scratch = stackalloc uint[32];
        LaneElements.WriteU32((byte*)scratch, value);
        LaneBlocks.Scatter(warp, (byte*)view, index, length, stride, offset, mask, scratch);
    }

    /// <summary>Stores float values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreF32(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask, F32 value)
    {
        uint* scratch = stackalloc uint[32];
        LaneElements.WriteF32((byte*)scratch, value);
        LaneBlocks.Scatter(warp, (byte*)view, index, length, stride, offset, mask, scratch);
    }

    /// <summary>Stores long values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreS64(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask, I64 value)
    {
        ulong* scratch = stackalloc ulong[32];
        LaneElements.WriteS64((byte*)scratch, value);
        LaneBlocks.Scatter(warp, (byte*)view, index, length, stride, offset, mask, scratch);
    }

    /// <summary>Stores ulong values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreU64(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask, U64 value)
    {
        ulong* scratch = stackalloc ulong[32];
        LaneElements.WriteU64((byte*)scratch, value);
        LaneBlocks.Scatter(warp, (byte*)view, index, length, stride, offset, mask, scratch);
    }

    /// <summary>Stores double values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreF64(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask, F64 value)
    {
        ulong* scratch = stackalloc ulong[32];
        LaneElements.WriteF64((byte*)scratch, value);
        LaneBlocks.Scatter(warp, (byte*)view, index, length, stride, offset, mask, scratch);
    }
}
