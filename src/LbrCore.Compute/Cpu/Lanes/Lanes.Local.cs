using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// Local memory: an array of lane structs, so that all lanes reach the element of one index as a vector. With an index of its own a lane picks its value there.
public static unsafe partial class Lanes
{
    /// <summary>An index into local memory that all lanes share, checked.</summary>
    /// <exception cref="KernelFaultException">It is outside the array.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int LocalIndex(LanesWarp warp, int index, int count)
    {
        if ((uint)index >= (uint)count) warp.FaultIndex(-1, index, count, 0);
        return index;
    }

    /// <summary>In every active lane its value at its own index, in inactive ones 0.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the array.</exception>
    public static I32 LoadLocal(LanesWarp warp, I32* array, int count, I32 index, Mask mask)
    {
        I32 result = default;
        LaneLocals.Load(warp, (int*)array, count, (int*)&index, mask.Bits, (int*)&result);
        return result;
    }

    /// <summary>In every active lane its value at its own index, in inactive ones 0.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the array.</exception>
    public static U32 LoadLocal(LanesWarp warp, U32* array, int count, I32 index, Mask mask)
    {
        U32 result = default;
        LaneLocals.Load(warp, (uint*)array, count, (int*)&index, mask.Bits, (uint*)&result);
        return result;
    }

    /// <summary>In every active lane its value at its own index, in inactive ones 0.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the array.</exception>
    public static F32 LoadLocal(LanesWarp warp, F32* array, int count, I32 index, Mask mask)
    {
        F32 result = default;
        LaneLocals.Load(warp, (float*)array, count, (int*)&index, mask.Bits, (float*)&result);
        return result;
    }

    /// <summary>In every active lane its value at its own index, in inactive ones 0.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the array.</exception>
    public static I64 LoadLocal(LanesWarp warp, I64* array, int count, I32 index, Mask mask)
    {
        I64 result = default;
        LaneLocals.Load(warp, (long*)array, count, (int*)&index, mask.Bits, (long*)&result);
        return result;
    }

    /// <summary>In every active lane its value at its own index, in inactive ones 0.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the array.</exception>
    public static U64 LoadLocal(LanesWarp warp, U64* array, int count, I32 index, Mask mask)
    {
        U64 result = default;
        LaneLocals.Load(warp, (ulong*)array, count, (int*)&index, mask.Bits, (ulong*)&result);
        return result;
    }

    /// <summary>In every active lane its value at its own index, in inactive ones 0.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the array.</exception>
    public static F64 LoadLocal(LanesWarp warp, F64* array, int count, I32 index, Mask mask)
    {
        F64 result = default;
        LaneLocals.Load(warp, (double*)array, count, (int*)&index, mask.Bits, (double*)&result);
        return result;
    }

    /// <summary>Stores the value of every active lane at its own index.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the array.</exception>
    public static void StoreLocal(LanesWarp warp, I32* array, int count, I32 index, Mask mask, I32 value) =>
        LaneLocals.Store(warp, (int*)array, count, (int*)&index, mask.Bits, (int*)&value);

    /// <summary>Stores the value of every active lane at its own index.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the array.</exception>
    public static void StoreLocal(LanesWarp warp, U32* array, int count, I32 index, Mask mask, U32 value) =>
        LaneLocals.Store(warp, (uint*)array, count, (int*)&index, mask.Bits, (uint*)&value);

    /// <summary>Stores the value of every active lane at its own index.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the array.</exception>
    public static void StoreLocal(LanesWarp warp, F32* array, int count, I32 index, Mask mask, F32 value) =>
        LaneLocals.Store(warp, (float*)array, count, (int*)&index, mask.Bits, (float*)&value);

    /// <summary>Stores the value of every active lane at its own index.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the array.</exception>
    public static void StoreLocal(LanesWarp warp, I64* array, int count, I32 index, Mask mask, I64 value) =>
        LaneLocals.Store(warp, (long*)array, count, (int*)&index, mask.Bits, (long*)&value);

    /// <summary>Stores the value of every active lane at its own index.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the array.</exception>
    public static void StoreLocal(LanesWarp warp, U64* array, int count, I32 index, Mask mask, U64 value) =>
        LaneLocals.Store(warp, (ulong*)array, count, (int*)&index, mask.Bits, (ulong*)&value);

    /// <summary>Stores the value of every active lane at its own index.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside the array.</exception>
    public static void StoreLocal(LanesWarp warp, F64* array, int count, I32 index, Mask mask, F64 value) =>
        LaneLocals.Store(warp, (double*)array, count, (int*)&index, mask.Bits, (double*)&value);
}
