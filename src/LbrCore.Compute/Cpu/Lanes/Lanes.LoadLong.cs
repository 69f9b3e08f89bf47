using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// Loads from one view, given as its address, with a 64-bit index in every lane.
public static unsafe partial class Lanes
{
    /// <summary>sbyte values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I32 LoadS8(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32];
        LaneBlocks.Gather(warp, (byte*)view, index, length, stride, offset, mask, scratch);
        return LaneElements.ReadS8((byte*)scratch);
    }

    /// <summary>byte values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U32 LoadU8(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32];
        LaneBlocks.Gather(warp, (byte*)view, index, length, stride, offset, mask, scratch);
        return LaneElements.ReadU8((byte*)scratch);
    }

    /// <summary>short values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I32 LoadS16(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask)
    {
        ushort* scratch = stackalloc ushort[32];
        LaneBlocks.Gather(warp, (byte*)view, index, length, stride, offset, mask, scratch);
        return LaneElements.ReadS16((byte*)scratch);
    }

    /// <summary>ushort values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U32 LoadU16(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask)
    {
        ushort* scratch = stackalloc ushort[32];
        LaneBlocks.Gather(warp, (byte*)view, index, length, stride, offset, mask, scratch);
        return LaneElements.ReadU16((byte*)scratch);
    }

    /// <summary>int values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I32 LoadS32(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask)
    {
        uint* scratch = stackalloc uint[32];
        LaneBlocks.Gather(warp, (byte*)view, index, length, stride, offset, mask, scratch);
        return LaneElements.ReadS32((byte*)scratch);
    }

    /// <summary>uint values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U32 LoadU32(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask)
    {
        uint* scratch = stackalloc uint[32];
        LaneBlocks.Gather(warp, (byte*)view, index, length, stride, offset, mask, scratch);
        return LaneElements.ReadU32((byte*)scratch);
    }

    /// <summary>float values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static F32 LoadF32(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask)
    {
        uint* scratch = stackalloc uint[32];
        LaneBlocks.Gather(warp, (byte*)view, index, length, stride, offset, mask, scratch);
        return LaneElements.ReadF32((byte*)scratch);
    }

    /// <summary>long values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I64 LoadS64(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask)
    {
        ulong* scratch = stackalloc ulong[32];
        LaneBlocks.Gather(warp, (byte*)view, index, length, stride, offset, mask, scratch);
        return LaneElements.ReadS64((byte*)scratch);
    }

    /// <summary>ulong values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U64 LoadU64(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask)
    {
        ulong* scratch = stackalloc ulong[32];
        LaneBlocks.Gather(warp, (byte*)view, index, length, stride, offset, mask, scratch);
        return LaneElements.ReadU64((byte*)scratch);
    }

    /// <summary>double values at <c>index * stride + offset</c> bytes of one view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static F64 LoadF64(LanesWarp warp, long view, I64 index, long length, int stride, int offset, Mask mask)
    {
        ulong* scratch = stackalloc ulong[32];
        LaneBlocks.Gather(warp, (byte*)view, index, length, stride, offset, mask, scratch);
        return LaneElements.ReadF64((byte*)scratch);
    }
}
