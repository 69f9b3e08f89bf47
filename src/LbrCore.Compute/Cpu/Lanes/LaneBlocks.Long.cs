using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

// One view with a 64-bit index in every lane: what a kernel computes for an element of a matrix that may be large.
internal static unsafe partial class LaneBlocks
{
    /// <summary>Copies the block of every active lane to <c>blocks[lane]</c>; blocks of inactive lanes become zero.</summary>
    /// <exception cref="KernelFaultException">The block of an active lane is not inside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gather<T>(LanesWarp warp, byte* view, I64 index, long length, int stride, int offset, Mask mask, T* blocks) where T : unmanaged
    {
        long* lanes = (long*)&index;
        uint active = mask.Bits;
        bool plain = stride == sizeof(T) && offset == 0 && IsInside(index, length, mask);
        if (active == uint.MaxValue && plain)
        {
            for (int lane = 0; lane < 32; lane++) blocks[lane] = ((T*)view)[lanes[lane]];
            return;
        }

        new Span<T>(blocks, 32).Clear();
        for (uint rest = active; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* source = plain ? view + (lanes[lane] * sizeof(T)) : Address(warp, lane, view, lanes[lane], length, stride, offset, sizeof(T));
            blocks[lane] = Unsafe.ReadUnaligned<T>(source);
        }
    }

    /// <summary>Copies <c>blocks[lane]</c> of every active lane to its place, lowest lane first: where lanes collide the highest one wins.</summary>
    /// <exception cref="KernelFaultException">The block of an active lane is not inside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scatter<T>(LanesWarp warp, byte* view, I64 index, long length, int stride, int offset, Mask mask, T* blocks) where T : unmanaged
    {
        long* lanes = (long*)&index;
        bool plain = stride == sizeof(T) && offset == 0 && IsInside(index, length, mask);
        for (uint rest = mask.Bits; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* target = plain ? view + (lanes[lane] * sizeof(T)) : Address(warp, lane, view, lanes[lane], length, stride, offset, sizeof(T));
            Unsafe.WriteUnaligned(target, blocks[lane]);
        }
    }

    // Whether every active lane's index is one of the view's elements.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsInside(I64 index, long length, Mask mask)
    {
        Vector512<ulong> end = Vector512.Create((ulong)length);
        Vector512<int> low = Vector512.Narrow(Vector512.LessThan(index.V0.AsUInt64(), end).AsInt64(), Vector512.LessThan(index.V1.AsUInt64(), end).AsInt64());
        Vector512<int> high = Vector512.Narrow(Vector512.LessThan(index.V2.AsUInt64(), end).AsInt64(), Vector512.LessThan(index.V3.AsUInt64(), end).AsInt64());
        return (Vector512.AndNot(mask.Lo, low) | Vector512.AndNot(mask.Hi, high)) == Vector512<int>.Zero;
    }
}
