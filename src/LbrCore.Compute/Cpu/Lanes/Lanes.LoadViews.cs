using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// Loads with a view and a 64-bit index of its own in every lane: where views are chosen lane by lane, and for views beyond 2^31 elements.
public static unsafe partial class Lanes
{
    /// <summary>sbyte values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I32 LoadS8(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 1];
        return LaneElements.ReadS8(LaneBlocks.Read(warp, views, index, length, stride, offset, 1, mask, scratch));
    }

    /// <summary>byte values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U32 LoadU8(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 1];
        return LaneElements.ReadU8(LaneBlocks.Read(warp, views, index, length, stride, offset, 1, mask, scratch));
    }

    /// <summary>short values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I32 LoadS16(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 2];
        return LaneElements.ReadS16(LaneBlocks.Read(warp, views, index, length, stride, offset, 2, mask, scratch));
    }

    /// <summary>ushort values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U32 LoadU16(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 2];
        return LaneElements.ReadU16(LaneBlocks.Read(warp, views, index, length, stride, offset, 2, mask, scratch));
    }

    /// <summary>int values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I32 LoadS32(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 4];
        return LaneElements.ReadS32(LaneBlocks.Read(warp, views, index, length, stride, offset, 4, mask, scratch));
    }

    /// <summary>uint values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U32 LoadU32(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 4];
        return LaneElements.ReadU32(LaneBlocks.Read(warp, views, index, length, stride, offset, 4, mask, scratch));
    }

    /// <summary>float values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static F32 LoadF32(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 4];
        return LaneElements.ReadF32(LaneBlocks.Read(warp, views, index, length, stride, offset, 4, mask, scratch));
    }

    /// <summary>long values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I64 LoadS64(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 8];
        return LaneElements.ReadS64(LaneBlocks.Read(warp, views, index, length, stride, offset, 8, mask, scratch));
    }

    /// <summary>ulong values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U64 LoadU64(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 8];
        return LaneElements.ReadU64(LaneBlocks.Read(warp, views, index, length, stride, offset, 8, mask, scratch));
    }

    /// <summary>double values at <c>index * stride + offset</c> bytes of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static F64 LoadF64(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 8];
        return LaneElements.ReadF64(LaneBlocks.Read(warp, views, index, length, stride, offset, 8, mask, scratch));
    }
}
