namespace LbrCore.Compute.Cpu;

// Atomic operations at index * stride + offset bytes of each lane's view, in global or shared memory, lowest active lane first. Each returns the old values;
// inactive lanes get their operand back.
public static unsafe partial class Lanes
{
    /// <summary>Adds <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I32 AtomicAdd(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I32 value)
    {
        LaneAtomics.Apply<int, AtomicSum<int>>(warp, views, index, length, stride, offset, mask, (int*)&value);
        return value;
    }

    /// <summary>Adds <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U32 AtomicAdd(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U32 value)
    {
        LaneAtomics.Apply<uint, AtomicSum<uint>>(warp, views, index, length, stride, offset, mask, (uint*)&value);
        return value;
    }

    /// <summary>Adds <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static F32 AtomicAdd(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, F32 value)
    {
        LaneAtomics.Apply<float, AtomicSum<float>>(warp, views, index, length, stride, offset, mask, (float*)&value);
        return value;
    }

    /// <summary>Adds <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I64 AtomicAdd(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I64 value)
    {
        LaneAtomics.Apply<long, AtomicSum<long>>(warp, views, index, length, stride, offset, mask, (long*)&value);
        return value;
    }

    /// <summary>Adds <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U64 AtomicAdd(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U64 value)
    {
        LaneAtomics.Apply<ulong, AtomicSum<ulong>>(warp, views, index, length, stride, offset, mask, (ulong*)&value);
        return value;
    }

    /// <summary>Adds <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static F64 AtomicAdd(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, F64 value)
    {
        LaneAtomics.Apply<double, AtomicSum<double>>(warp, views, index, length, stride, offset, mask, (double*)&value);
        return value;
    }

    /// <summary>Takes the smaller of target and <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I32 AtomicMin(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I32 value)
    {
        LaneAtomics.Apply<int, AtomicMinimum<int>>(warp, views, index, length, stride, offset, mask, (int*)&value);
        return value;
    }

    /// <summary>Takes the smaller of target and <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U32 AtomicMin(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U32 value)
    {
        LaneAtomics.Apply<uint, AtomicMinimum<uint>>(warp, views, index, length, stride, offset, mask, (uint*)&value);
        return value;
    }

    /// <summary>Takes the smaller of target and <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I64 AtomicMin(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I64 value)
    {
        LaneAtomics.Apply<long, AtomicMinimum<long>>(warp, views, index, length, stride, offset, mask, (long*)&value);
        return value;
    }

    /// <summary>Takes the smaller of target and <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U64 AtomicMin(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U64 value)
    {
        LaneAtomics.Apply<ulong, AtomicMinimum<ulong>>(warp, views, index, length, stride, offset, mask, (ulong*)&value);
        return value;
    }

    /// <summary>Takes the larger of target and <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I32 AtomicMax(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I32 value)
    {
        LaneAtomics.Apply<int, AtomicMaximum<int>>(warp, views, index, length, stride, offset, mask, (int*)&value);
        return value;
    }

    /// <summary>Takes the larger of target and <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U32 AtomicMax(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U32 value)
    {
        LaneAtomics.Apply<uint, AtomicMaximum<uint>>(warp, views, index, length, stride, offset, mask, (uint*)&value);
        return value;
    }

    /// <summary>Takes the larger of target and <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I64 AtomicMax(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I64 value)
    {
        LaneAtomics.Apply<long, AtomicMaximum<long>>(warp, views, index, length, stride, offset, mask, (long*)&value);
        return value;
    }

    /// <summary>Takes the larger of target and <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U64 AtomicMax(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U64 value)
    {
        LaneAtomics.Apply<ulong, AtomicMaximum<ulong>>(warp, views, index, length, stride, offset, mask, (ulong*)&value);
        return value;
    }

    /// <summary>Takes bitwise and with <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I32 AtomicAnd(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I32 value)
    {
        LaneAtomics.Apply<int, AtomicConjunction<int>>(warp, views, index, length, stride, offset, mask, (int*)&value);
        return value;
    }

    /// <summary>Takes bitwise and with <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U32 AtomicAnd(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U32 value)
    {
        LaneAtomics.Apply<uint, AtomicConjunction<uint>>(warp, views, index, length, stride, offset, mask, (uint*)&value);
        return value;
    }

    /// <summary>Takes bitwise and with <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I64 AtomicAnd(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I64 value)
    {
        LaneAtomics.Apply<long, AtomicConjunction<long>>(warp, views, index, length, stride, offset, mask, (long*)&value);
        return value;
    }

    /// <summary>Takes bitwise and with <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U64 AtomicAnd(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U64 value)
    {
        LaneAtomics.Apply<ulong, AtomicConjunction<ulong>>(warp, views, index, length, stride, offset, mask, (ulong*)&value);
        return value;
    }

    /// <summary>Takes bitwise or with <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I32 AtomicOr(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I32 value)
    {
        LaneAtomics.Apply<int, AtomicDisjunction<int>>(warp, views, index, length, stride, offset, mask, (int*)&value);
        return value;
    }

    /// <summary>Takes bitwise or with <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U32 AtomicOr(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U32 value)
    {
        LaneAtomics.Apply<uint, AtomicDisjunction<uint>>(warp, views, index, length, stride, offset, mask, (uint*)&value);
        return value;
    }

    /// <summary>Takes bitwise or with <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I64 AtomicOr(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I64 value)
    {
        LaneAtomics.Apply<long, AtomicDisjunction<long>>(warp, views, index, length, stride, offset, mask, (long*)&value);
        return value;
    }

    /// <summary>Takes bitwise or with <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U64 AtomicOr(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U64 value)
    {
        LaneAtomics.Apply<ulong, AtomicDisjunction<ulong>>(warp, views, index, length, stride, offset, mask, (ulong*)&value);
        return value;
    }

    /// <summary>Takes bitwise exclusive or with <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I32 AtomicXor(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I32 value)
    {
        LaneAtomics.Apply<int, AtomicExclusion<int>>(warp, views, index, length, stride, offset, mask, (int*)&value);
        return value;
    }

    /// <summary>Takes bitwise exclusive or with <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U32 AtomicXor(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U32 value)
    {
        LaneAtomics.Apply<uint, AtomicExclusion<uint>>(warp, views, index, length, stride, offset, mask, (uint*)&value);
        return value;
    }

    /// <summary>Takes bitwise exclusive or with <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I64 AtomicXor(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I64 value)
    {
        LaneAtomics.Apply<long, AtomicExclusion<long>>(warp, views, index, length, stride, offset, mask, (long*)&value);
        return value;
    }

    /// <summary>Takes bitwise exclusive or with <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U64 AtomicXor(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U64 value)
    {
        LaneAtomics.Apply<ulong, AtomicExclusion<ulong>>(warp, views, index, length, stride, offset, mask, (ulong*)&value);
        return value;
    }

    /// <summary>Stores <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I32 AtomicExchange(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I32 value)
    {
        LaneAtomics.Apply<int, AtomicExchange<int>>(warp, views, index, length, stride, offset, mask, (int*)&value);
        return value;
    }

    /// <summary>Stores <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U32 AtomicExchange(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U32 value)
    {
        LaneAtomics.Apply<uint, AtomicExchange<uint>>(warp, views, index, length, stride, offset, mask, (uint*)&value);
        return value;
    }

    /// <summary>Stores <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static F32 AtomicExchange(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, F32 value)
    {
        LaneAtomics.Apply<float, AtomicExchange<float>>(warp, views, index, length, stride, offset, mask, (float*)&value);
        return value;
    }

    /// <summary>Stores <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I64 AtomicExchange(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I64 value)
    {
        LaneAtomics.Apply<long, AtomicExchange<long>>(warp, views, index, length, stride, offset, mask, (long*)&value);
        return value;
    }

    /// <summary>Stores <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U64 AtomicExchange(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U64 value)
    {
        LaneAtomics.Apply<ulong, AtomicExchange<ulong>>(warp, views, index, length, stride, offset, mask, (ulong*)&value);
        return value;
    }

    /// <summary>Stores <paramref name="value"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static F64 AtomicExchange(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, F64 value)
    {
        LaneAtomics.Apply<double, AtomicExchange<double>>(warp, views, index, length, stride, offset, mask, (double*)&value);
        return value;
    }

    /// <summary>Stores <paramref name="value"/> where the target has the bits of <paramref name="comparand"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I32 AtomicCompareExchange(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I32 value, I32 comparand)
    {
        LaneAtomics.CompareExchange(warp, views, index, length, stride, offset, mask, (int*)&value, (int*)&comparand);
        return value;
    }

    /// <summary>Stores <paramref name="value"/> where the target has the bits of <paramref name="comparand"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U32 AtomicCompareExchange(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U32 value, U32 comparand)
    {
        LaneAtomics.CompareExchange(warp, views, index, length, stride, offset, mask, (uint*)&value, (uint*)&comparand);
        return value;
    }

    /// <summary>Stores <paramref name="value"/> where the target has the bits of <paramref name="comparand"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static F32 AtomicCompareExchange(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, F32 value, F32 comparand)
    {
        LaneAtomics.CompareExchange(warp, views, index, length, stride, offset, mask, (float*)&value, (float*)&comparand);
        return value;
    }

    /// <summary>Stores <paramref name="value"/> where the target has the bits of <paramref name="comparand"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static I64 AtomicCompareExchange(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, I64 value, I64 comparand)
    {
        LaneAtomics.CompareExchange(warp, views, index, length, stride, offset, mask, (long*)&value, (long*)&comparand);
        return value;
    }

    /// <summary>Stores <paramref name="value"/> where the target has the bits of <paramref name="comparand"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static U64 AtomicCompareExchange(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U64 value, U64 comparand)
    {
        LaneAtomics.CompareExchange(warp, views, index, length, stride, offset, mask, (ulong*)&value, (ulong*)&comparand);
        return value;
    }

    /// <summary>Stores <paramref name="value"/> where the target has the bits of <paramref name="comparand"/>.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside, or its address is not aligned.</exception>
    public static F64 AtomicCompareExchange(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, F64 value, F64 comparand)
    {
        LaneAtomics.CompareExchange(warp, views, index, length, stride, offset, mask, (double*)&value, (double*)&comparand);
        return value;
    }
}
