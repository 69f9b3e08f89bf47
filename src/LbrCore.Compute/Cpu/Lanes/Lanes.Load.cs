using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// Loads from one view with a 32-bit index in every lane. A lane reads at byte index * stride + offset; the short forms read elements of their own size.
// Inactive lanes touch no memory and get 0.
public static unsafe partial class Lanes
{
    /// <summary>sbyte elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadS8(LanesWarp warp, byte* view, I32 index, long length, Mask mask) => LoadS8(warp, view, index, length, 1, 0, mask);

    /// <summary>sbyte values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I32 LoadS8(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 1];
        return LaneElements.ReadS8(LaneBlocks.Read(warp, view, index, length, stride, offset, 1, mask, scratch));
    }

    /// <summary>byte elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadU8(LanesWarp warp, byte* view, I32 index, long length, Mask mask) => LoadU8(warp, view, index, length, 1, 0, mask);

    /// <summary>byte values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U32 LoadU8(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 1];
        return LaneElements.ReadU8(LaneBlocks.Read(warp, view, index, length, stride, offset, 1, mask, scratch));
    }

    /// <summary>short elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadS16(LanesWarp warp, byte* view, I32 index, long length, Mask mask) => LoadS16(warp, view, index, length, 2, 0, mask);

    /// <summary>short values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I32 LoadS16(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 2];
        return LaneElements.ReadS16(LaneBlocks.Read(warp, view, index, length, stride, offset, 2, mask, scratch));
    }

    /// <summary>ushort elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadU16(LanesWarp warp, byte* view, I32 index, long length, Mask mask) => LoadU16(warp, view, index, length, 2, 0, mask);

    /// <summary>ushort values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U32 LoadU16(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 2];
        return LaneElements.ReadU16(LaneBlocks.Read(warp, view, index, length, stride, offset, 2, mask, scratch));
    }

    /// <summary>int elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadS32(LanesWarp warp, byte* view, I32 index, long length, Mask mask) => LoadS32(warp, view, index, length, 4, 0, mask);

    /// <summary>int values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I32 LoadS32(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 4];
        return LaneElements.ReadS32(LaneBlocks.Read(warp, view, index, length, stride, offset, 4, mask, scratch));
    }

    /// <summary>uint elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadU32(LanesWarp warp, byte* view, I32 index, long length, Mask mask) => LoadU32(warp, view, index, length, 4, 0, mask);

    /// <summary>uint values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U32 LoadU32(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 4];
        return LaneElements.ReadU32(LaneBlocks.Read(warp, view, index, length, stride, offset, 4, mask, scratch));
    }

    /// <summary>float elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 LoadF32(LanesWarp warp, byte* view, I32 index, long length, Mask mask) => LoadF32(warp, view, index, length, 4, 0, mask);

    /// <summary>float values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static F32 LoadF32(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 4];
        return LaneElements.ReadF32(LaneBlocks.Read(warp, view, index, length, stride, offset, 4, mask, scratch));
    }

    /// <summary>long elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 LoadS64(LanesWarp warp, byte* view, I32 index, long length, Mask mask) => LoadS64(warp, view, index, length, 8, 0, mask);

    /// <summary>long values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I64 LoadS64(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 8];
        return LaneElements.ReadS64(LaneBlocks.Read(warp, view, index, length, stride, offset, 8, mask, scratch));
    }

    /// <summary>ulong elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 LoadU64(LanesWarp warp, byte* view, I32 index, long length, Mask mask) => LoadU64(warp, view, index, length, 8, 0, mask);

    /// <summary>ulong values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U64 LoadU64(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 8];
        return LaneElements.ReadU64(LaneBlocks.Read(warp, view, index, length, stride, offset, 8, mask, scratch));
    }

    /// <summary>double elements of a view. <paramref name="index"/> and <paramref name="length"/> count elements of the view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 LoadF64(LanesWarp warp, byte* view, I32 index, long length, Mask mask) => LoadF64(warp, view, index, length, 8, 0, mask);

    /// <summary>double values at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static F64 LoadF64(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask)
    {
        byte* scratch = stackalloc byte[32 * 8];
        return LaneElements.ReadF64(LaneBlocks.Read(warp, view, index, length, stride, offset, 8, mask, scratch));
    }
}
