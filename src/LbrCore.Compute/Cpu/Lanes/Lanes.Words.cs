using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// Wide accesses: 8 or 16 consecutive bytes a lane, as words of 32 bits (two bfloat16, four bytes, half a double ... are cut out of a word by shifts).
public static unsafe partial class Lanes
{
    /// <summary>Two consecutive words at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LoadWords(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, out U32 word0, out U32 word1)
    {
        byte* scratch = stackalloc byte[32 * 8];
        LaneTranspose.Split2((uint*)LaneBlocks.Read(warp, view, index, length, stride, offset, 8, mask, scratch), out word0, out word1);
    }

    /// <summary>Four consecutive words at <c>index * stride + offset</c> bytes.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LoadWords(
        LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, out U32 word0, out U32 word1, out U32 word2, out U32 word3)
    {
        byte* scratch = stackalloc byte[32 * 16];
        LaneTranspose.Split4((uint*)LaneBlocks.Read(warp, view, index, length, stride, offset, 16, mask, scratch), out word0, out word1, out word2, out word3);
    }

    /// <summary>Two consecutive words of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LoadWords(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, out U32 word0, out U32 word1)
    {
        byte* scratch = stackalloc byte[32 * 8];
        LaneTranspose.Split2((uint*)LaneBlocks.Read(warp, views, index, length, stride, offset, 8, mask, scratch), out word0, out word1);
    }

    /// <summary>Four consecutive words of each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void LoadWords(
        LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, out U32 word0, out U32 word1, out U32 word2, out U32 word3)
    {
        byte* scratch = stackalloc byte[32 * 16];
        LaneTranspose.Split4((uint*)LaneBlocks.Read(warp, views, index, length, stride, offset, 16, mask, scratch), out word0, out word1, out word2, out word3);
    }

    /// <summary>Stores two consecutive words.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreWords(LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, U32 word0, U32 word1)
    {
        byte* scratch = stackalloc byte[32 * 8];
        byte* direct = LaneBlocks.Consecutive(view, index, length, stride, offset, 8, mask);
        LaneTranspose.Join2(word0, word1, (uint*)(direct != null ? direct : scratch));
        if (direct == null) LaneBlocks.Scatter(warp, view, index, length, stride, offset, 8, mask, scratch);
    }

    /// <summary>Stores four consecutive words.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreWords(
        LanesWarp warp, byte* view, I32 index, long length, int stride, int offset, Mask mask, U32 word0, U32 word1, U32 word2, U32 word3)
    {
        byte* scratch = stackalloc byte[32 * 16];
        byte* direct = LaneBlocks.Consecutive(view, index, length, stride, offset, 16, mask);
        LaneTranspose.Join4(word0, word1, word2, word3, (uint*)(direct != null ? direct : scratch));
        if (direct == null) LaneBlocks.Scatter(warp, view, index, length, stride, offset, 16, mask, scratch);
    }

    /// <summary>Stores two consecutive words to each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreWords(LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U32 word0, U32 word1)
    {
        byte* scratch = stackalloc byte[32 * 8];
        LaneTranspose.Join2(word0, word1, (uint*)scratch);
        LaneBlocks.Scatter(warp, views, index, length, stride, offset, 8, mask, scratch);
    }

    /// <summary>Stores four consecutive words to each lane's own view.</summary>
    /// <exception cref="KernelFaultException">An active lane is outside.</exception>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void StoreWords(
        LanesWarp warp, I64 views, I64 index, I64 length, int stride, int offset, Mask mask, U32 word0, U32 word1, U32 word2, U32 word3)
    {
        byte* scratch = stackalloc byte[32 * 16];
        LaneTranspose.Join4(word0, word1, word2, word3, (uint*)scratch);
        LaneBlocks.Scatter(warp, views, index, length, stride, offset, 16, mask, scratch);
    }

    /// <summary>Two consecutive words at one address for all lanes.</summary>
    /// <exception cref="KernelFaultException">They are outside the view.</exception>
    public static void ReadWords(LanesWarp warp, byte* view, long index, long length, int stride, int offset, out uint word0, out uint word1)
    {
        uint* words = (uint*)LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 8);
        (word0, word1) = (words[0], words[1]);
    }

    /// <summary>Four consecutive words at one address for all lanes.</summary>
    /// <exception cref="KernelFaultException">They are outside the view.</exception>
    public static void ReadWords(
        LanesWarp warp, byte* view, long index, long length, int stride, int offset, out uint word0, out uint word1, out uint word2, out uint word3)
    {
        uint* words = (uint*)LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 16);
        (word0, word1, word2, word3) = (words[0], words[1], words[2], words[3]);
    }

    /// <summary>Stores two consecutive words at one address for all lanes.</summary>
    /// <exception cref="KernelFaultException">They are outside the view.</exception>
    public static void WriteWords(LanesWarp warp, byte* view, long index, long length, int stride, int offset, uint word0, uint word1)
    {
        uint* words = (uint*)LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 8);
        (words[0], words[1]) = (word0, word1);
    }

    /// <summary>Stores four consecutive words at one address for all lanes.</summary>
    /// <exception cref="KernelFaultException">They are outside the view.</exception>
    public static void WriteWords(
        LanesWarp warp, byte* view, long index, long length, int stride, int offset, uint word0, uint word1, uint word2, uint word3)
    {
        uint* words = (uint*)LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 16);
        (words[0], words[1], words[2], words[3]) = (word0, word1, word2, word3);
    }
}
