using System.Runtime.CompilerServices;
using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

public static partial class Warp
{
    /// <summary>The sum of <paramref name="value"/> over the threads of the warp; every thread receives it.</summary>
    /// <remarks>Integers wrap around: <c>redux.sync.add</c>, or the butterflies. <see cref="float"/>: five butterflies <c>shfl.sync.bfly</c> with distances 16, 8, 4, 2, 1 and
    /// <c>add.rn.f32</c>, so that all lanes and all machines get the same bits.</remarks>
    /// <typeparam name="T"><see cref="int"/>, <see cref="uint"/> or <see cref="float"/>.</typeparam>
    /// <param name="value">This thread's term.</param>
    /// <returns>The sum.</returns>
    public static T ReduceAdd<T>(T value)
        where T : unmanaged => Reduce("Warp.ReduceAdd", value, 0, 0, 0f, static (a, b) => a + b, static (a, b) => a + b, static (a, b) => a + b);

    /// <summary>The greatest <paramref name="value"/> over the threads of the warp; every thread receives it. NaN wins.</summary>
    /// <remarks>Integers: <c>redux.sync.max</c>, or butterflies. <see cref="float"/>: five butterflies and <c>max.NaN.f32</c>.</remarks>
    /// <typeparam name="T"><see cref="int"/>, <see cref="uint"/> or <see cref="float"/>.</typeparam>
    /// <param name="value">This thread's value.</param>
    /// <returns>The maximum.</returns>
    public static T ReduceMax<T>(T value)
        where T : unmanaged => Reduce("Warp.ReduceMax", value, int.MinValue, uint.MinValue, float.NegativeInfinity, Math.Max, Math.Max, Math.Max);

    /// <summary>The least <paramref name="value"/> over the threads of the warp; every thread receives it. NaN wins.</summary>
    /// <remarks>Integers: <c>redux.sync.min</c>, or butterflies. <see cref="float"/>: five butterflies and <c>min.NaN.f32</c>.</remarks>
    /// <typeparam name="T"><see cref="int"/>, <see cref="uint"/> or <see cref="float"/>.</typeparam>
    /// <param name="value">This thread's value.</param>
    /// <returns>The minimum.</returns>
    public static T ReduceMin<T>(T value)
        where T : unmanaged => Reduce("Warp.ReduceMin", value, int.MaxValue, uint.MaxValue, float.PositiveInfinity, Math.Min, Math.Min, Math.Min);

    private static T Reduce<T>(
        string operation,
        T value,
        int identity,
        uint unsignedIdentity,
        float floatIdentity,
        Func<int, int, int> combine,
        Func<uint, uint, uint> combineUnsigned,
        Func<float, float, float> combineFloat)
        where T : unmanaged
    {
        ScalarMeeting values = ScalarLane.Require(operation).MeetWarp(operation, value);
        if (typeof(T) == typeof(int))
        {
            return Butterfly<T, int>(values, identity, combine);
        }

        if (typeof(T) == typeof(uint))
        {
            return Butterfly<T, uint>(values, unsignedIdentity, combineUnsigned);
        }

        return typeof(T) == typeof(float)
            ? Butterfly<T, float>(values, floatIdentity, combineFloat)
            : throw new NotSupportedException($"{operation} takes int, uint or float, not {typeof(T).Name}; convert the value or combine it with Warp.ShuffleXor.");
    }

    // The order of the butterfly is part of the contract: float sums must have the same bits on the GPU.
    private static T Butterfly<T, TElement>(ScalarMeeting values, TElement identity, Func<TElement, TElement, TElement> combine)
        where T : unmanaged
        where TElement : unmanaged
    {
        Span<TElement> lanes = stackalloc TElement[WarpSize];
        Span<TElement> next = stackalloc TElement[WarpSize];
        for (int lane = 0; lane < WarpSize; lane++)
        {
            lanes[lane] = values.IsPresent(lane) ? values.Read<TElement>(lane) : identity;
        }

        for (int distance = WarpSize / 2; distance > 0; distance /= 2)
        {
            for (int lane = 0; lane < WarpSize; lane++)
            {
                next[lane] = combine(lanes[lane], lanes[lane ^ distance]);
            }

            next.CopyTo(lanes);
        }

        // Addition, maximum and minimum commute, so all lanes hold the same bits.
        TElement result = lanes[0];
        return Unsafe.As<TElement, T>(ref result);
    }
}
