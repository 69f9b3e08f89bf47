using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

// Loads where generated code knows that the lanes' indices follow one another: only the first one is looked at, and the fast path is small enough to be
// inlined. With a mask the fast path needs all lanes.
public static unsafe partial class Lanes
{
    /// <summary>32 consecutive sbyte elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadRowS8(LanesWarp warp, byte* view, I32 index, long length) =>
        LaneElements.ReadS8(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 1, 0, 1));

    /// <summary>Consecutive sbyte elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadRowS8(LanesWarp warp, byte* view, I32 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowS8(warp, view, index, length) : LoadS8(warp, view, index, length, mask);

    /// <summary>32 consecutive sbyte elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadRowS8(LanesWarp warp, byte* view, I64 index, long length) =>
        LaneElements.ReadS8(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 1, 0, 1));

    /// <summary>Consecutive sbyte elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadRowS8(LanesWarp warp, byte* view, I64 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowS8(warp, view, index, length) : LoadS8(warp, (long)view, index, length, 1, 0, mask);

    /// <summary>32 consecutive byte elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadRowU8(LanesWarp warp, byte* view, I32 index, long length) =>
        LaneElements.ReadU8(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 1, 0, 1));

    /// <summary>Consecutive byte elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadRowU8(LanesWarp warp, byte* view, I32 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowU8(warp, view, index, length) : LoadU8(warp, view, index, length, mask);

    /// <summary>32 consecutive byte elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadRowU8(LanesWarp warp, byte* view, I64 index, long length) =>
        LaneElements.ReadU8(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 1, 0, 1));

    /// <summary>Consecutive byte elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadRowU8(LanesWarp warp, byte* view, I64 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowU8(warp, view, index, length) : LoadU8(warp, (long)view, index, length, 1, 0, mask);

    /// <summary>32 consecutive short elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadRowS16(LanesWarp warp, byte* view, I32 index, long length) =>
        LaneElements.ReadS16(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 2, 0, 2));

    /// <summary>Consecutive short elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadRowS16(LanesWarp warp, byte* view, I32 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowS16(warp, view, index, length) : LoadS16(warp, view, index, length, mask);

    /// <summary>32 consecutive short elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadRowS16(LanesWarp warp, byte* view, I64 index, long length) =>
        LaneElements.ReadS16(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 2, 0, 2));

    /// <summary>Consecutive short elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadRowS16(LanesWarp warp, byte* view, I64 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowS16(warp, view, index, length) : LoadS16(warp, (long)view, index, length, 2, 0, mask);

    /// <summary>32 consecutive ushort elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadRowU16(LanesWarp warp, byte* view, I32 index, long length) =>
        LaneElements.ReadU16(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 2, 0, 2));

    /// <summary>Consecutive ushort elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadRowU16(LanesWarp warp, byte* view, I32 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowU16(warp, view, index, length) : LoadU16(warp, view, index, length, mask);

    /// <summary>32 consecutive ushort elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadRowU16(LanesWarp warp, byte* view, I64 index, long length) =>
        LaneElements.ReadU16(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 2, 0, 2));

    /// <summary>Consecutive ushort elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadRowU16(LanesWarp warp, byte* view, I64 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowU16(warp, view, index, length) : LoadU16(warp, (long)view, index, length, 2, 0, mask);

    /// <summary>32 consecutive int elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadRowS32(LanesWarp warp, byte* view, I32 index, long length) =>
        LaneElements.ReadS32(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 4, 0, 4));

    /// <summary>Consecutive int elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadRowS32(LanesWarp warp, byte* view, I32 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowS32(warp, view, index, length) : LoadS32(warp, view, index, length, mask);

    /// <summary>32 consecutive int elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadRowS32(LanesWarp warp, byte* view, I64 index, long length) =>
        LaneElements.ReadS32(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 4, 0, 4));

    /// <summary>Consecutive int elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 LoadRowS32(LanesWarp warp, byte* view, I64 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowS32(warp, view, index, length) : LoadS32(warp, (long)view, index, length, 4, 0, mask);

    /// <summary>32 consecutive uint elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadRowU32(LanesWarp warp, byte* view, I32 index, long length) =>
        LaneElements.ReadU32(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 4, 0, 4));

    /// <summary>Consecutive uint elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadRowU32(LanesWarp warp, byte* view, I32 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowU32(warp, view, index, length) : LoadU32(warp, view, index, length, mask);

    /// <summary>32 consecutive uint elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadRowU32(LanesWarp warp, byte* view, I64 index, long length) =>
        LaneElements.ReadU32(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 4, 0, 4));

    /// <summary>Consecutive uint elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 LoadRowU32(LanesWarp warp, byte* view, I64 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowU32(warp, view, index, length) : LoadU32(warp, (long)view, index, length, 4, 0, mask);

    /// <summary>32 consecutive float elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 LoadRowF32(LanesWarp warp, byte* view, I32 index, long length) =>
        LaneElements.ReadF32(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 4, 0, 4));

    /// <summary>Consecutive float elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 LoadRowF32(LanesWarp warp, byte* view, I32 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowF32(warp, view, index, length) : LoadF32(warp, view, index, length, mask);

    /// <summary>32 consecutive float elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 LoadRowF32(LanesWarp warp, byte* view, I64 index, long length) =>
        LaneElements.ReadF32(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 4, 0, 4));

    /// <summary>Consecutive float elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 LoadRowF32(LanesWarp warp, byte* view, I64 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowF32(warp, view, index, length) : LoadF32(warp, (long)view, index, length, 4, 0, mask);

    /// <summary>32 consecutive long elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 LoadRowS64(LanesWarp warp, byte* view, I32 index, long length) =>
        LaneElements.ReadS64(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 8, 0, 8));

    /// <summary>Consecutive long elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 LoadRowS64(LanesWarp warp, byte* view, I32 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowS64(warp, view, index, length) : LoadS64(warp, view, index, length, mask);

    /// <summary>32 consecutive long elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 LoadRowS64(LanesWarp warp, byte* view, I64 index, long length) =>
        LaneElements.ReadS64(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 8, 0, 8));

    /// <summary>Consecutive long elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 LoadRowS64(LanesWarp warp, byte* view, I64 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowS64(warp, view, index, length) : LoadS64(warp, (long)view, index, length, 8, 0, mask);

    /// <summary>32 consecutive ulong elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 LoadRowU64(LanesWarp warp, byte* view, I32 index, long length) =>
        LaneElements.ReadU64(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 8, 0, 8));

    /// <summary>Consecutive ulong elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 LoadRowU64(LanesWarp warp, byte* view, I32 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowU64(warp, view, index, length) : LoadU64(warp, view, index, length, mask);

    /// <summary>32 consecutive ulong elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 LoadRowU64(LanesWarp warp, byte* view, I64 index, long length) =>
        LaneElements.ReadU64(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 8, 0, 8));

    /// <summary>Consecutive ulong elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 LoadRowU64(LanesWarp warp, byte* view, I64 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowU64(warp, view, index, length) : LoadU64(warp, (long)view, index, length, 8, 0, mask);

    /// <summary>32 consecutive double elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 LoadRowF64(LanesWarp warp, byte* view, I32 index, long length) =>
        LaneElements.ReadF64(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 8, 0, 8));

    /// <summary>Consecutive double elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 LoadRowF64(LanesWarp warp, byte* view, I32 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowF64(warp, view, index, length) : LoadF64(warp, view, index, length, mask);

    /// <summary>32 consecutive double elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 LoadRowF64(LanesWarp warp, byte* view, I64 index, long length) =>
        LaneElements.ReadF64(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 8, 0, 8));

    /// <summary>Consecutive double elements from the first lane's index on, 0 in inactive lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 LoadRowF64(LanesWarp warp, byte* view, I64 index, long length, Mask mask) =>
        mask.AllLanes ? LoadRowF64(warp, view, index, length) : LoadF64(warp, (long)view, index, length, 8, 0, mask);
}
