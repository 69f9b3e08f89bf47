using System.Numerics;
using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

public static unsafe partial class Lanes
{
    /// <summary>
    /// cp.async: copies 4, 8 or 16 bytes in every active lane, at once. Where <paramref name="valid"/> is false the source is not touched and zeros are
    /// written. Indices and lengths count elements of <paramref name="stride"/> bytes.
    /// </summary>
    /// <exception cref="KernelFaultException">A lane is outside the target, or a valid one outside the source.</exception>
    public static void CopyAsync(
        LanesWarp warp, I64 target, I64 targetIndex, I64 targetLength, I64 source, I64 sourceIndex, I64 sourceLength, int stride, int bytes, Mask valid, Mask mask)
    {
        long* to = (long*)&target, toIndex = (long*)&targetIndex, toLength = (long*)&targetLength;
        long* from = (long*)&source, fromIndex = (long*)&sourceIndex, fromLength = (long*)&sourceLength;
        uint copied = valid.Bits;
        for (uint rest = mask.Bits; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* block = LaneBlocks.Address(warp, lane, (byte*)to[lane], toIndex[lane], toLength[lane], stride, 0, bytes);
            if ((copied >> lane & 1) == 0) Unsafe.InitBlockUnaligned(block, 0, (uint)bytes);
            else Unsafe.CopyBlockUnaligned(block, LaneBlocks.Address(warp, lane, (byte*)from[lane], fromIndex[lane], fromLength[lane], stride, 0, bytes), (uint)bytes);
        }
    }
}
