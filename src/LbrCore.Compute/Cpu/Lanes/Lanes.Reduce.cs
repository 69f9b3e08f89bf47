using System.Numerics;
using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// Votes and reductions over the lanes of a warp. Every lane receives the same result, so that it is a scalar here.
public static partial class Lanes
{
    /// <summary>The value of the lowest active lane; 0 where none is active.</summary>
    public static long First(I64 value, Mask active) => active.AnyLane ? value[BitOperations.TrailingZeroCount(active.Bits)] : 0;

    /// <summary>Bit i is set where lane i is active and true.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Ballot(Mask predicate, Mask active) => (predicate & active).Bits;

    /// <summary>Whether all active lanes are true.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool VoteAll(Mask predicate, Mask active) => !Mask.Except(active, predicate).AnyLane;

    /// <summary>Whether any active lane is true.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool VoteAny(Mask predicate, Mask active) => (predicate & active).AnyLane;

    /// <summary>Sum over the active lanes, wrapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int ReduceAdd(I32 value, Mask active)
    {
        value = Select(active, value, 0);
        for (int distance = 16; distance > 0; distance >>= 1) value += ShuffleXor(value, distance);
        return value[0];
    }

    /// <summary>The largest value of the active lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int ReduceMax(I32 value, Mask active)
    {
        value = Select(active, value, int.MinValue);
        for (int distance = 16; distance > 0; distance >>= 1) value = Max(value, ShuffleXor(value, distance));
        return value[0];
    }

    /// <summary>The smallest value of the active lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int ReduceMin(I32 value, Mask active)
    {
        value = Select(active, value, int.MaxValue);
        for (int distance = 16; distance > 0; distance >>= 1) value = Min(value, ShuffleXor(value, distance));
        return value[0];
    }

    /// <summary>Sum over the active lanes, wrapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint ReduceAdd(U32 value, Mask active)
    {
        value = Select(active, value, 0u);
        for (int distance = 16; distance > 0; distance >>= 1) value += ShuffleXor(value, distance);
        return value[0];
    }

    /// <summary>The largest value of the active lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint ReduceMax(U32 value, Mask active)
    {
        value = Select(active, value, uint.MinValue);
        for (int distance = 16; distance > 0; distance >>= 1) value = Max(value, ShuffleXor(value, distance));
        return value[0];
    }

    /// <summary>The smallest value of the active lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint ReduceMin(U32 value, Mask active)
    {
        value = Select(active, value, uint.MaxValue);
        for (int distance = 16; distance > 0; distance >>= 1) value = Min(value, ShuffleXor(value, distance));
        return value[0];
    }

    /// <summary>Sum over the active lanes by the butterfly of lane distances 16, 8, 4, 2, 1, bit for bit as the GPU code adds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float ReduceAdd(F32 value, Mask active)
    {
        value = Select(active, value, -0f);
        for (int distance = 16; distance > 0; distance >>= 1) value += ShuffleXor(value, distance);
        return value[0];
    }

    /// <summary>The largest value of the active lanes; NaN if one is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float ReduceMax(F32 value, Mask active)
    {
        value = Select(active, value, float.NegativeInfinity);
        for (int distance = 16; distance > 0; distance >>= 1) value = Max(value, ShuffleXor(value, distance));
        return value[0];
    }

    /// <summary>The smallest value of the active lanes; NaN if one is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float ReduceMin(F32 value, Mask active)
    {
        value = Select(active, value, float.PositiveInfinity);
        for (int distance = 16; distance > 0; distance >>= 1) value = Min(value, ShuffleXor(value, distance));
        return value[0];
    }

    /// <summary>Sum over the active lanes, wrapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long ReduceAdd(I64 value, Mask active)
    {
        value = Select(active, value, 0L);
        for (int distance = 16; distance > 0; distance >>= 1) value += ShuffleXor(value, distance);
        return value[0];
    }

    /// <summary>The largest value of the active lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long ReduceMax(I64 value, Mask active)
    {
        value = Select(active, value, long.MinValue);
        for (int distance = 16; distance > 0; distance >>= 1) value = Max(value, ShuffleXor(value, distance));
        return value[0];
    }

    /// <summary>The smallest value of the active lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long ReduceMin(I64 value, Mask active)
    {
        value = Select(active, value, long.MaxValue);
        for (int distance = 16; distance > 0; distance >>= 1) value = Min(value, ShuffleXor(value, distance));
        return value[0];
    }

    /// <summary>Sum over the active lanes, wrapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong ReduceAdd(U64 value, Mask active)
    {
        value = Select(active, value, 0ul);
        for (int distance = 16; distance > 0; distance >>= 1) value += ShuffleXor(value, distance);
        return value[0];
    }

    /// <summary>The largest value of the active lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong ReduceMax(U64 value, Mask active)
    {
        value = Select(active, value, ulong.MinValue);
        for (int distance = 16; distance > 0; distance >>= 1) value = Max(value, ShuffleXor(value, distance));
        return value[0];
    }

    /// <summary>The smallest value of the active lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ulong ReduceMin(U64 value, Mask active)
    {
        value = Select(active, value, ulong.MaxValue);
        for (int distance = 16; distance > 0; distance >>= 1) value = Min(value, ShuffleXor(value, distance));
        return value[0];
    }

    /// <summary>Sum over the active lanes by the butterfly of lane distances 16, 8, 4, 2, 1, bit for bit as the GPU code adds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double ReduceAdd(F64 value, Mask active)
    {
        value = Select(active, value, -0.0);
        for (int distance = 16; distance > 0; distance >>= 1) value += ShuffleXor(value, distance);
        return value[0];
    }

    /// <summary>The largest value of the active lanes; NaN if one is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double ReduceMax(F64 value, Mask active)
    {
        value = Select(active, value, double.NegativeInfinity);
        for (int distance = 16; distance > 0; distance >>= 1) value = Max(value, ShuffleXor(value, distance));
        return value[0];
    }

    /// <summary>The smallest value of the active lanes; NaN if one is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double ReduceMin(F64 value, Mask active)
    {
        value = Select(active, value, double.PositiveInfinity);
        for (int distance = 16; distance > 0; distance >>= 1) value = Min(value, ShuffleXor(value, distance));
        return value[0];
    }
}
