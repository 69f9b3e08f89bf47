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
        I64 sources = LaneBlocks.Addresses(warp, source, sourceIndex, sourceLength, stride, 0, bytes, mask & valid);
        I64 targets = LaneBlocks.Addresses(warp, target, targetIndex, targetLength, stride, 0, bytes, mask);
        byte** from = (byte**)&sources, to = (byte**)&targets;
        uint copied = valid.Bits;
        for (uint rest = mask.Bits; rest != 0; rest &= rest - 1)
        {
            int lane = BitOperations.TrailingZeroCount(rest);
            if ((copied >> lane & 1) != 0) LaneBlocks.Copy(to[lane], from[lane], bytes);
            else Unsafe.InitBlockUnaligned(to[lane], 0, (uint)bytes);
        }
    }
}
