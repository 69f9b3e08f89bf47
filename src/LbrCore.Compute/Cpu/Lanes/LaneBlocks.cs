using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

/// <summary>
/// Memory as lanes see it: every lane addresses one block of 1 to 16 bytes at <c>index * stride + offset</c> of a view of <c>length</c> elements of
/// <c>stride</c> bytes. A block is inside when it ends before <c>length * stride</c>; every active lane is checked, inactive lanes touch nothing.
/// </summary>
internal static unsafe class LaneBlocks
{
    /// <summary>The widest block of a lane, in bytes.</summary>
    public const int MaxBytes = 16;

    /// <summary>
    /// If all lanes are active and their blocks lie one after the other inside the view, where the first one is; else null (also when something is out
    /// of bounds: the lane by lane path finds out what).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Consecutive(byte* view, I32 index, long length, int stride, int offset, int bytes, Mask mask)
    {
        int step = stride == bytes ? 1 : bytes / stride;
        int first = index.Lo.ToScalar();
        I32 expected = I32.LaneIdx * step + first;
        bool consecutive = (((index.Lo ^ expected.Lo) | (index.Hi ^ expected.Hi)) | ~(mask.Lo & mask.Hi)) == Vector512<int>.Zero;
        if (!consecutive || step * stride != bytes || first < 0 || offset < 0) return null;
        long start = (long)first * stride + offset;
        return start + 32 * bytes <= length * stride ? view + start : null;
    }

    /// <summary>Where the 32 blocks lie one after the other: in the view itself if they do so there, else copied to <paramref name="blocks"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Read(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, int bytes, Mask mask, byte* blocks)
    {
        byte* direct = Consecutive(view, index, length, stride, offset, bytes, mask);
        if (direct != null) return direct;
        Gather(warp, view, index, length, stride, offset, bytes, mask, blocks);
        return blocks;
    }

    /// <summary>Where the 32 blocks lie one after the other: in memory itself if they do so there, else copied to <paramref name="blocks"/>.</summary>
    public static byte* Read(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, int bytes, Mask mask, byte* blocks)
    {
        // Most often only the index is wide: the same view everywhere and lanes side by side.
        byte* view = (byte*)views[0];
        long first = index[0];
        I32 step = (I32)(index - first);
        bool narrow = mask.AllLanes && ((views == (long)view) & (length == length[0]) & ((I64)step == index - first)).AllLanes;
        if (narrow && first >= 0 && first < length[0])
        {
            byte* direct = Consecutive(view + first * stride, step, length[0] - first, stride, offset, bytes, mask);
            if (direct != null) return direct;
        }

        Gather(warp, views, index, length, stride, offset, bytes, mask, blocks);
        return blocks;
    }

    /// <summary>Copies the block of every active lane to <c>blocks + lane * bytes</c>; blocks of inactive lanes become zero.</summary>
    public static void Gather(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, int bytes, Mask mask, byte* blocks)
    {
        uint active = mask.Bits;
        if (active != uint.MaxValue) Unsafe.InitBlockUnaligned(blocks, 0, (uint)(32 * bytes));
        if (active == 0) return;
        int* lanes = (int*)&index;

        int leader = BitOperations.TrailingZeroCount(active);
        if ((Mask.Except(mask, index == lanes[leader])).Bits == 0)
        {
            byte* source = Address(warp, leader, view, lanes[leader], length, stride, offset, bytes);
            for (uint rest = active; rest != 0; rest &= rest - 1) Copy(blocks + BitOperations.TrailingZeroCount(rest) * bytes, source, bytes);
            return;
        }

        for (uint rest = active; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            Copy(blocks + lane * bytes, Address(warp, lane, view, lanes[lane], length, stride, offset, bytes), bytes);
        }
    }

    /// <summary>Copies <c>blocks + lane * bytes</c> of every active lane to its place, lowest lane first: where lanes collide the highest one wins.</summary>
    public static void Scatter(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, int bytes, Mask mask, byte* blocks)
    {
        int* lanes = (int*)&index;
        for (uint rest = mask.Bits; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            Copy(Address(warp, lane, view, lanes[lane], length, stride, offset, bytes), blocks + lane * bytes, bytes);
        }
    }

    /// <summary>As the other overload, for 64-bit indices and a view of its own in every lane.</summary>
    public static void Gather(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, int bytes, Mask mask, byte* blocks)
    {
        Unsafe.InitBlockUnaligned(blocks, 0, (uint)(32 * bytes));
        long* pointers = (long*)&views, lanes = (long*)&index, lengths = (long*)&length;
        for (uint rest = mask.Bits; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            Copy(blocks + lane * bytes, Address(warp, lane, (byte*)pointers[lane], lanes[lane], lengths[lane], stride, offset, bytes), bytes);
        }
    }

    /// <summary>As the other overload, for 64-bit indices and a view of its own in every lane.</summary>
    public static void Scatter(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, int bytes, Mask mask, byte* blocks)
    {
        long* pointers = (long*)&views, lanes = (long*)&index, lengths = (long*)&length;
        for (uint rest = mask.Bits; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            Copy(Address(warp, lane, (byte*)pointers[lane], lanes[lane], lengths[lane], stride, offset, bytes), blocks + lane * bytes, bytes);
        }
    }

    /// <summary>The address of one lane's block.</summary>
    /// <exception cref="KernelFaultException">The block is not inside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Address(LanesWarp warp, int lane, byte* view, long index, long length, int stride, int offset, int bytes)
    {
        // index < length first, so that the second product cannot overflow.
        if ((ulong)index >= (ulong)length || offset < 0 || index * stride + offset + bytes > length * stride) warp.FaultIndex(lane, index, length, bytes);
        return view + (index * stride + offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(byte* target, byte* source, int bytes)
    {
        switch (bytes)
        {
            case 1: *target = *source; break;
            case 2: Unsafe.WriteUnaligned(target, Unsafe.ReadUnaligned<ushort>(source)); break;
            case 4: Unsafe.WriteUnaligned(target, Unsafe.ReadUnaligned<uint>(source)); break;
            case 8: Unsafe.WriteUnaligned(target, Unsafe.ReadUnaligned<ulong>(source)); break;
            default: Vector128.Load(source).Store(target); break;
        }
    }
}
