using System.Numerics;
using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

/// <summary>Local memory lane by lane: element i of lane l is scalar number 32 i + l.</summary>
internal static unsafe class LaneLocals
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Load<T>(LanesWarp warp, T* array, int count, int* index, uint active, T* values) where T : unmanaged
    {
        for (uint rest = active; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            values[lane] = array[Place(warp, lane, index[lane], count)];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store<T>(LanesWarp warp, T* array, int count, int* index, uint active, T* values) where T : unmanaged
    {
        for (uint rest = active; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            array[Place(warp, lane, index[lane], count)] = values[lane];
        }
    }

    private static int Place(LanesWarp warp, int lane, int index, int count)
    {
        if ((uint)index >= (uint)count) warp.FaultIndex(lane, index, count, 0);
        return 32 * index + lane;
    }
}
