using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

/// <summary>Matrix products of a whole warp on tensor cores. Usable inside a kernel only, by full warps without divergence.</summary>
/// <remarks>PTX ISA, Warp Level Matrix Instructions: <c>mma</c>.</remarks>
public static class Mma
{
    /// <summary>d += a · b with a 16 x 16, b 16 x 8 and d 16 x 8 in float.</summary>
    /// <remarks>
    /// <c>mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32</c> (or <c>.f16.f16</c>): 4096 operations. The tensor core does not say in which order it adds nor how it rounds between;
    /// the CPU adds in ascending k, each product fused with the addition.
    /// </remarks>
    /// <typeparam name="T"><see cref="BFloat16"/> or <see cref="Half"/>.</typeparam>
    /// <param name="d">This lane's part of the sum.</param>
    /// <param name="a">This lane's part of A.</param>
    /// <param name="b">This lane's part of B.</param>
    public static void M16N8K16<T>(ref Accumulator d, FragmentA a, FragmentB b)
        where T : unmanaged
    {
        if (typeof(T) != typeof(BFloat16) && typeof(T) != typeof(Half))
        {
            throw new NotSupportedException($"Mma.M16N8K16 multiplies BFloat16 or Half, not {typeof(T).Name}.");
        }

        ScalarLane lane = ScalarLane.Require("Mma.M16N8K16");
        ScalarMeeting fragments = lane.MeetWarp("Mma.M16N8K16", new Operands { A = a, B = b });
        if (fragments.PresentCount != Warp.WarpSize)
        {
            throw lane.Fault($"Mma.M16N8K16 needs all {Warp.WarpSize} lanes of the warp, but only {fragments.PresentCount} are there; choose a group size that is a multiple of {Warp.WarpSize} and let no lane return early.");
        }

        d.X0 = Dot<T>(fragments, lane.LaneIdx, 0, d.X0);
        d.X1 = Dot<T>(fragments, lane.LaneIdx, 1, d.X1);
        d.X2 = Dot<T>(fragments, lane.LaneIdx, 2, d.X2);
        d.X3 = Dot<T>(fragments, lane.LaneIdx, 3, d.X3);
    }

    // Finds the owners of the row of A and the column of B by inverting the layout: lane = 4 * (row % 8) + (k % 8) / 2.
    private static float Dot<T>(ScalarMeeting fragments, int lane, int register, float sum)
        where T : unmanaged
    {
        (int row, int column) = MmaLayout.Accumulator(lane, register);
        for (int k = 0; k < MmaLayout.K; k++)
        {
            FragmentA a = fragments.Read<Operands>((4 * (row & 7)) + ((k & 7) >> 1)).A;
            FragmentB b = fragments.Read<Operands>((4 * column) + ((k & 7) >> 1)).B;
            uint pairA = ((row >> 3) + (2 * (k >> 3))) switch { 0 => a.X0, 1 => a.X1, 2 => a.X2, _ => a.X3 };
            uint pairB = k < 8 ? b.X0 : b.X1;
            sum = MathF.FusedMultiplyAdd(Unpack<T>(pairA, k & 1), Unpack<T>(pairB, k & 1), sum);
        }

        return sum;
    }

    private static float Unpack<T>(uint pair, int half)
        where T : unmanaged
    {
        ushort bits = (ushort)(pair >> (16 * half));
        return typeof(T) == typeof(BFloat16) ? BFloat16.FromBits(bits) : (float)BitConverter.UInt16BitsToHalf(bits);
    }

    private struct Operands
    {
        public FragmentA A;
        public FragmentB B;
    }
}
