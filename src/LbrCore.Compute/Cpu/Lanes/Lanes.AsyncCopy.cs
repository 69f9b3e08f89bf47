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
        LanesWarp warp, byte* target, I32 targetIndex, long targetLength, byte* source, I64 sourceIndex, long sourceLength, int stride, int bytes, Mask valid, Mask mask)
    {
        int* to = (int*)&targetIndex;
        long* from = (long*)&sourceIndex;
        uint copied = valid.Bits;
        for (uint rest = mask.Bits; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            byte* block = LaneBlocks.Address(warp, lane, target, to[lane], targetLength, stride, 0, bytes);
            if ((copied >> lane & 1) == 0) Unsafe.InitBlockUnaligned(block, 0, (uint)bytes);
            else Unsafe.CopyBlockUnaligned(block, LaneBlocks.Address(warp, lane, source, from[lane], sourceLength, stride, 0, bytes), (uint)bytes);
        }
    }
}
