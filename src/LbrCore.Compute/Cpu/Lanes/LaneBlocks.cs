using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

/// <summary>
/// Memory as lanes see it: every lane addresses one block of 1 to 16 bytes at <c>index * stride + offset</c> of a view of <c>length</c> elements of
/// <c>stride</c> bytes. A block is inside when it ends before <c>length * stride</c>; every active lane is checked, inactive lanes touch nothing.
/// </summary>
internal static unsafe partial class LaneBlocks
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    /// <summary>The address of 32 consecutive blocks that start at one index.</summary>
    /// <exception cref="KernelFaultException">A block is not inside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Row(LanesWarp warp, byte* view, long index, long length, int stride, int offset, int bytes)
    {
        if ((ulong)index >= (ulong)length || offset < 0 || index * stride + offset + 32 * bytes > length * stride) FaultRow(warp, index, length, stride, offset, bytes);
        return view + (index * stride + offset);
    }

    /// <summary>Copies the block of every active lane to <c>blocks + lane * bytes</c>; blocks of inactive lanes become zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gather(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, int bytes, Mask mask, byte* blocks)
    {
        switch (bytes)
        {
            case 1: Gather<byte>(warp, view, index, length, stride, offset, mask, blocks); break;
            case 2: Gather<ushort>(warp, view, index, length, stride, offset, mask, (ushort*)blocks); break;
            case 4: Gather<uint>(warp, view, index, length, stride, offset, mask, (uint*)blocks); break;
            case 8: Gather<ulong>(warp, view, index, length, stride, offset, mask, (ulong*)blocks); break;
            default: Gather<Vector128<byte>>(warp, view, index, length, stride, offset, mask, (Vector128<byte>*)blocks); break;
        }
    }

    /// <summary>Copies <c>blocks + lane * bytes</c> of every active lane to its place, lowest lane first: where lanes collide the highest one wins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scatter(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, int bytes, Mask mask, byte* blocks)
    {
        switch (bytes)
        {
            case 1: Scatter<byte>(warp, view, index, length, stride, offset, mask, blocks); break;
            case 2: Scatter<ushort>(warp, view, index, length, stride, offset, mask, (ushort*)blocks); break;
            case 4: Scatter<uint>(warp, view, index, length, stride, offset, mask, (uint*)blocks); break;
            case 8: Scatter<ulong>(warp, view, index, length, stride, offset, mask, (ulong*)blocks); break;
            default: Scatter<Vector128<byte>>(warp, view, index, length, stride, offset, mask, (Vector128<byte>*)blocks); break;
        }
    }

    /// <summary>As the other overload, for 64-bit indices and a view of its own in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, int bytes, Mask mask, byte* blocks)
    {
        I64 addresses = Addresses(warp, views, index, length, stride, offset, bytes, mask);
        byte** sources = (byte**)&addresses;
        Unsafe.InitBlockUnaligned(blocks, 0, (uint)(32 * bytes));
        for (uint rest = mask.Bits; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            Copy(blocks + lane * bytes, sources[lane], bytes);
        }
    }

    /// <summary>As the other overload, for 64-bit indices and a view of its own in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scatter(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, int bytes, Mask mask, byte* blocks)
    {
        I64 addresses = Addresses(warp, views, index, length, stride, offset, bytes, mask);
        byte** targets = (byte**)&addresses;
        for (uint rest = mask.Bits; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            Copy(targets[lane], blocks + lane * bytes, bytes);
        }
    }

    /// <summary>The addresses of all lanes' blocks, those of inactive lanes unchecked.</summary>
    /// <exception cref="KernelFaultException">The block of an active lane is not inside its view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I64 Addresses(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, int bytes, Mask mask)
    {
        I64 start = index * stride + offset;
        Mask inside = ((U64)index < (U64)length) & (start + bytes <= length * stride);
        if (offset < 0 || Mask.Except(mask, inside).AnyLane)
        {
            int lane = BitOperations.TrailingZeroCount(offset < 0 ? mask.Bits : Mask.Except(mask, inside).Bits);
            if (mask.AnyLane) warp.FaultIndex(lane, index[lane], length[lane], bytes);
        }

        return views + start;
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather<T>(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, T* blocks) where T : unmanaged
    {
        uint active = mask.Bits;
        int* lanes = (int*)&index;
        bool inside = IsInside(index, length, stride, offset, sizeof(T), mask);
        if (active == uint.MaxValue && inside)
        {
            byte* start = view + offset;
            if (index.Lo == Vector512.Create(lanes[0]) && index.Hi == Vector512.Create(lanes[0]))
            {
                // Lanes beyond the end of a row repeat its last element.
                new Span<T>(blocks, 32).Fill(Unsafe.ReadUnaligned<T>(start + ((long)lanes[0] * stride)));
                return;
            }

            for (int lane = 0; lane < 32; lane++) blocks[lane] = Unsafe.ReadUnaligned<T>(start + (long)lanes[lane] * stride);
            return;
        }

        new Span<T>(blocks, 32).Clear();
        for (uint rest = active; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* source = inside ? view + ((long)lanes[lane] * stride + offset) : Address(warp, lane, view, lanes[lane], length, stride, offset, sizeof(T));
            blocks[lane] = Unsafe.ReadUnaligned<T>(source);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter<T>(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, T* blocks) where T : unmanaged
    {
        int* lanes = (int*)&index;
        bool inside = IsInside(index, length, stride, offset, sizeof(T), mask);
        for (uint rest = mask.Bits; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* target = inside ? view + ((long)lanes[lane] * stride + offset) : Address(warp, lane, view, lanes[lane], length, stride, offset, sizeof(T));
            Unsafe.WriteUnaligned(target, blocks[lane]);
        }
    }

    /// <summary>Whether the blocks of all active lanes are inside the view.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool IsInside(I32 index, long length, int stride, int offset, int bytes, Mask mask)
    {
        // The largest index whose block still ends inside; a negative index is a huge one without its sign.
        long last = (length * stride - offset - bytes) / stride;
        if (offset < 0 || length * stride < offset + (long)bytes) return !mask.AnyLane;
        U32 limit = (uint)Math.Min(last, int.MaxValue);
        return !Mask.Except(mask, (U32)index <= limit).AnyLane;
    }

    // The JIT sees that a method does not return only where it may look into it and finds no way out but a throw; else every load is a call that might return,
    // and all vectors are written to memory around it.
    [DoesNotReturn]
    private static void FaultRow(LanesWarp warp, long index, long length, int stride, int offset, int bytes) => throw RowFault(warp, index, length, stride, offset, bytes);

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static Exception RowFault(LanesWarp warp, long index, long length, int stride, int offset, int bytes)
    {
        // The lane that is outside first.
        for (int lane = 0; ; lane++) Address(warp, lane, view: null, index + (long)lane * (bytes / stride), length, stride, offset, bytes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(byte* target, byte* source, int bytes)
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
