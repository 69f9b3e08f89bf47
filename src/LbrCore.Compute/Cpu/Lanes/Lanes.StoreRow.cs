using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

// Stores where generated code knows that the lanes' indices follow one another: only the first one is looked at, and the fast path is small enough to be
// inlined. With a mask the fast path needs all lanes.
public static unsafe partial class Lanes
{
    /// <summary>Stores 32 consecutive sbyte elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS8(LanesWarp warp, byte* view, I32 index, long length, I32 value) =>
        LaneElements.WriteS8(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 1, 0, 1), value);

    /// <summary>Stores consecutive sbyte elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS8(LanesWarp warp, byte* view, I32 index, long length, Mask mask, I32 value)
    {
        if (mask.AllLanes) StoreRowS8(warp, view, index, length, value);
        else StoreS8(warp, view, index, length, mask, value);
    }

    /// <summary>Stores 32 consecutive sbyte elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS8(LanesWarp warp, byte* view, I64 index, long length, I32 value) =>
        LaneElements.WriteS8(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 1, 0, 1), value);

    /// <summary>Stores consecutive sbyte elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS8(LanesWarp warp, byte* view, I64 index, long length, Mask mask, I32 value)
    {
        if (mask.AllLanes) StoreRowS8(warp, view, index, length, value);
        else StoreS8(warp, (long)view, index, length, 1, 0, mask, value);
    }

    /// <summary>Stores 32 consecutive byte elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU8(LanesWarp warp, byte* view, I32 index, long length, U32 value) =>
        LaneElements.WriteU8(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 1, 0, 1), value);

    /// <summary>Stores consecutive byte elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU8(LanesWarp warp, byte* view, I32 index, long length, Mask mask, U32 value)
    {
        if (mask.AllLanes) StoreRowU8(warp, view, index, length, value);
        else StoreU8(warp, view, index, length, mask, value);
    }

    /// <summary>Stores 32 consecutive byte elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU8(LanesWarp warp, byte* view, I64 index, long length, U32 value) =>
        LaneElements.WriteU8(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 1, 0, 1), value);

    /// <summary>Stores consecutive byte elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU8(LanesWarp warp, byte* view, I64 index, long length, Mask mask, U32 value)
    {
        if (mask.AllLanes) StoreRowU8(warp, view, index, length, value);
        else StoreU8(warp, (long)view, index, length, 1, 0, mask, value);
    }

    /// <summary>Stores 32 consecutive short elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS16(LanesWarp warp, byte* view, I32 index, long length, I32 value) =>
        LaneElements.WriteS16(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 2, 0, 2), value);

    /// <summary>Stores consecutive short elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS16(LanesWarp warp, byte* view, I32 index, long length, Mask mask, I32 value)
    {
        if (mask.AllLanes) StoreRowS16(warp, view, index, length, value);
        else StoreS16(warp, view, index, length, mask, value);
    }

    /// <summary>Stores 32 consecutive short elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS16(LanesWarp warp, byte* view, I64 index, long length, I32 value) =>
        LaneElements.WriteS16(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 2, 0, 2), value);

    /// <summary>Stores consecutive short elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS16(LanesWarp warp, byte* view, I64 index, long length, Mask mask, I32 value)
    {
        if (mask.AllLanes) StoreRowS16(warp, view, index, length, value);
        else StoreS16(warp, (long)view, index, length, 2, 0, mask, value);
    }

    /// <summary>Stores 32 consecutive ushort elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU16(LanesWarp warp, byte* view, I32 index, long length, U32 value) =>
        LaneElements.WriteU16(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 2, 0, 2), value);

    /// <summary>Stores consecutive ushort elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU16(LanesWarp warp, byte* view, I32 index, long length, Mask mask, U32 value)
    {
        if (mask.AllLanes) StoreRowU16(warp, view, index, length, value);
        else StoreU16(warp, view, index, length, mask, value);
    }

    /// <summary>Stores 32 consecutive ushort elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU16(LanesWarp warp, byte* view, I64 index, long length, U32 value) =>
        LaneElements.WriteU16(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 2, 0, 2), value);

    /// <summary>Stores consecutive ushort elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU16(LanesWarp warp, byte* view, I64 index, long length, Mask mask, U32 value)
    {
        if (mask.AllLanes) StoreRowU16(warp, view, index, length, value);
        else StoreU16(warp, (long)view, index, length, 2, 0, mask, value);
    }

    /// <summary>Stores 32 consecutive int elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS32(LanesWarp warp, byte* view, I32 index, long length, I32 value) =>
        LaneElements.WriteS32(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 4, 0, 4), value);

    /// <summary>Stores consecutive int elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS32(LanesWarp warp, byte* view, I32 index, long length, Mask mask, I32 value)
    {
        if (mask.AllLanes) StoreRowS32(warp, view, index, length, value);
        else StoreS32(warp, view, index, length, mask, value);
    }

    /// <summary>Stores 32 consecutive int elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS32(LanesWarp warp, byte* view, I64 index, long length, I32 value) =>
        LaneElements.WriteS32(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 4, 0, 4), value);

    /// <summary>Stores consecutive int elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS32(LanesWarp warp, byte* view, I64 index, long length, Mask mask, I32 value)
    {
        if (mask.AllLanes) StoreRowS32(warp, view, index, length, value);
        else StoreS32(warp, (long)view, index, length, 4, 0, mask, value);
    }

    /// <summary>Stores 32 consecutive uint elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU32(LanesWarp warp, byte* view, I32 index, long length, U32 value) =>
        LaneElements.WriteU32(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 4, 0, 4), value);

    /// <summary>Stores consecutive uint elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU32(LanesWarp warp, byte* view, I32 index, long length, Mask mask, U32 value)
    {
        if (mask.AllLanes) StoreRowU32(warp, view, index, length, value);
        else StoreU32(warp, view, index, length, mask, value);
    }

    /// <summary>Stores 32 consecutive uint elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU32(LanesWarp warp, byte* view, I64 index, long length, U32 value) =>
        LaneElements.WriteU32(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 4, 0, 4), value);

    /// <summary>Stores consecutive uint elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU32(LanesWarp warp, byte* view, I64 index, long length, Mask mask, U32 value)
    {
        if (mask.AllLanes) StoreRowU32(warp, view, index, length, value);
        else StoreU32(warp, (long)view, index, length, 4, 0, mask, value);
    }

    /// <summary>Stores 32 consecutive float elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowF32(LanesWarp warp, byte* view, I32 index, long length, F32 value) =>
        LaneElements.WriteF32(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 4, 0, 4), value);

    /// <summary>Stores consecutive float elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowF32(LanesWarp warp, byte* view, I32 index, long length, Mask mask, F32 value)
    {
        if (mask.AllLanes) StoreRowF32(warp, view, index, length, value);
        else StoreF32(warp, view, index, length, mask, value);
    }

    /// <summary>Stores 32 consecutive float elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowF32(LanesWarp warp, byte* view, I64 index, long length, F32 value) =>
        LaneElements.WriteF32(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 4, 0, 4), value);

    /// <summary>Stores consecutive float elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowF32(LanesWarp warp, byte* view, I64 index, long length, Mask mask, F32 value)
    {
        if (mask.AllLanes) StoreRowF32(warp, view, index, length, value);
        else StoreF32(warp, (long)view, index, length, 4, 0, mask, value);
    }

    /// <summary>Stores 32 consecutive long elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS64(LanesWarp warp, byte* view, I32 index, long length, I64 value) =>
        LaneElements.WriteS64(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 8, 0, 8), value);

    /// <summary>Stores consecutive long elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS64(LanesWarp warp, byte* view, I32 index, long length, Mask mask, I64 value)
    {
        if (mask.AllLanes) StoreRowS64(warp, view, index, length, value);
        else StoreS64(warp, view, index, length, mask, value);
    }

    /// <summary>Stores 32 consecutive long elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS64(LanesWarp warp, byte* view, I64 index, long length, I64 value) =>
        LaneElements.WriteS64(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 8, 0, 8), value);

    /// <summary>Stores consecutive long elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowS64(LanesWarp warp, byte* view, I64 index, long length, Mask mask, I64 value)
    {
        if (mask.AllLanes) StoreRowS64(warp, view, index, length, value);
        else StoreS64(warp, (long)view, index, length, 8, 0, mask, value);
    }

    /// <summary>Stores 32 consecutive ulong elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU64(LanesWarp warp, byte* view, I32 index, long length, U64 value) =>
        LaneElements.WriteU64(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 8, 0, 8), value);

    /// <summary>Stores consecutive ulong elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU64(LanesWarp warp, byte* view, I32 index, long length, Mask mask, U64 value)
    {
        if (mask.AllLanes) StoreRowU64(warp, view, index, length, value);
        else StoreU64(warp, view, index, length, mask, value);
    }

    /// <summary>Stores 32 consecutive ulong elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU64(LanesWarp warp, byte* view, I64 index, long length, U64 value) =>
        LaneElements.WriteU64(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 8, 0, 8), value);

    /// <summary>Stores consecutive ulong elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowU64(LanesWarp warp, byte* view, I64 index, long length, Mask mask, U64 value)
    {
        if (mask.AllLanes) StoreRowU64(warp, view, index, length, value);
        else StoreU64(warp, (long)view, index, length, 8, 0, mask, value);
    }

    /// <summary>Stores 32 consecutive double elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowF64(LanesWarp warp, byte* view, I32 index, long length, F64 value) =>
        LaneElements.WriteF64(LaneBlocks.Row(warp, view, index.Lo.ToScalar(), length, 8, 0, 8), value);

    /// <summary>Stores consecutive double elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowF64(LanesWarp warp, byte* view, I32 index, long length, Mask mask, F64 value)
    {
        if (mask.AllLanes) StoreRowF64(warp, view, index, length, value);
        else StoreF64(warp, view, index, length, mask, value);
    }

    /// <summary>Stores 32 consecutive double elements from the first lane's index on.</summary>
    /// <exception cref="KernelFaultException">One is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowF64(LanesWarp warp, byte* view, I64 index, long length, F64 value) =>
        LaneElements.WriteF64(LaneBlocks.Row(warp, view, index.V0.ToScalar(), length, 8, 0, 8), value);

    /// <summary>Stores consecutive double elements from the first lane's index on, in active lanes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreRowF64(LanesWarp warp, byte* view, I64 index, long length, Mask mask, F64 value)
    {
        if (mask.AllLanes) StoreRowF64(warp, view, index, length, value);
        else StoreF64(warp, (long)view, index, length, 8, 0, mask, value);
    }
}
