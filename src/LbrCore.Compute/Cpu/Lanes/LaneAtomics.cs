using System.Numerics;
using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

/// <summary>What an atomic operation makes of the old value and the operand.</summary>
internal interface IAtomicOperation<T>
{
    static abstract T Apply(T old, T operand);
}

internal readonly struct AtomicSum<T> : IAtomicOperation<T> where T : INumber<T>
{
    public static T Apply(T old, T operand) => unchecked(old + operand);
}

internal readonly struct AtomicMinimum<T> : IAtomicOperation<T> where T : INumber<T>
{
    public static T Apply(T old, T operand) => T.Min(old, operand);
}

internal readonly struct AtomicMaximum<T> : IAtomicOperation<T> where T : INumber<T>
{
    public static T Apply(T old, T operand) => T.Max(old, operand);
}

internal readonly struct AtomicConjunction<T> : IAtomicOperation<T> where T : IBinaryInteger<T>
{
    public static T Apply(T old, T operand) => old & operand;
}

internal readonly struct AtomicDisjunction<T> : IAtomicOperation<T> where T : IBinaryInteger<T>
{
    public static T Apply(T old, T operand) => old | operand;
}

internal readonly struct AtomicExclusion<T> : IAtomicOperation<T> where T : IBinaryInteger<T>
{
    public static T Apply(T old, T operand) => old ^ operand;
}

internal readonly struct AtomicExchange<T> : IAtomicOperation<T>
{
    public static T Apply(T old, T operand) => operand;
}

/// <summary>Atomic operations of the active lanes, lowest lane first; each is one compare-and-swap loop, so that they also hold between groups.</summary>
internal static unsafe class LaneAtomics
{
    /// <summary>Applies an operation at <c>index * stride + offset</c> bytes of every active lane; <paramref name="values"/> are 32 operands and become the old values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Apply<T, TOperation>(
        LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, T* values) where T : unmanaged where TOperation : IAtomicOperation<T>
    {
        long* pointers = (long*)&views, lanes = (long*)&index, lengths = (long*)&length;
        for (uint rest = mask.Bits; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            values[lane] = Apply<T, TOperation>((T*)Aligned(warp, lane, (byte*)pointers[lane], lanes[lane], lengths[lane], stride, offset, sizeof(T)), values[lane]);
        }
    }

    /// <summary>Replaces what equals the comparand; <paramref name="values"/> become the old values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CompareExchange<T>(
        LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, T* values, T* comparands) where T : unmanaged
    {
        long* pointers = (long*)&views, lanes = (long*)&index, lengths = (long*)&length;
        for (uint rest = mask.Bits; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            T* target = (T*)Aligned(warp, lane, (byte*)pointers[lane], lanes[lane], lengths[lane], stride, offset, sizeof(T));
            values[lane] = CompareExchange(target, values[lane], comparands[lane]);
        }
    }

    private static T Apply<T, TOperation>(T* target, T operand) where T : unmanaged where TOperation : IAtomicOperation<T>
    {
        T old = *target;
        while (true)
        {
            T seen = CompareExchange(target, TOperation.Apply(old, operand), old);
            if (SameBits(seen, old)) return old;
            old = seen;
        }
    }

    private static T CompareExchange<T>(T* target, T value, T comparand) where T : unmanaged
    {
        if (sizeof(T) == 4)
        {
            uint seen = Interlocked.CompareExchange(ref *(uint*)target, *(uint*)&value, *(uint*)&comparand);
            return *(T*)&seen;
        }

        ulong wide = Interlocked.CompareExchange(ref *(ulong*)target, *(ulong*)&value, *(ulong*)&comparand);
        return *(T*)&wide;
    }

    private static bool SameBits<T>(T left, T right) where T : unmanaged =>
        sizeof(T) == 4 ? *(uint*)&left == *(uint*)&right : *(ulong*)&left == *(ulong*)&right;

    private static byte* Aligned(LanesWarp warp, int lane, byte* view, long index, long length, int stride, int offset, int bytes)
    {
        byte* target = LaneBlocks.Address(warp, lane, view, index, length, stride, offset, bytes);
        if ((nuint)target % (nuint)bytes != 0) throw warp.Fault($"an atomic operation on {bytes} bytes at an address that is no multiple of {bytes}", lane, index);
        return target;
    }
}
