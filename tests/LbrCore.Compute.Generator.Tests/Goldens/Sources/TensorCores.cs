/// <summary>One product of tensor cores: fragments from shared memory by ldmatrix, the sums to global memory by their map.</summary>
public static partial class TensorCores
{
    [Kernel(GroupSize = 32)]
    public static void Run(ArrayView<BFloat16> a, ArrayView<BFloat16> b, ArrayView<float> c)
    {
        ArrayView<BFloat16> left = SharedMemory.Allocate<BFloat16>(16 * 16, 16), right = SharedMemory.Allocate<BFloat16>(8 * 16, 16);
        int lane = Warp.LaneIdx;
        left.StorePacked(lane * 8, a.LoadPacked(lane * 8));
        if (lane < 16) right.StorePacked(lane * 8, b.LoadPacked(lane * 8));
        Group.Barrier();
        var x = new FragmentA(LoadMatrix.X4(left, ((lane % 16) * 16) + (lane / 16 * 8)));
        var y = new FragmentB(LoadMatrix.X2(right, ((lane % 8) * 16) + (lane / 8 % 2 * 8)));
        Accumulator sum = default;
        Mma.M16N8K16<BFloat16>(ref sum, x, y);
        int row = lane / 4, column = lane % 4 * 2;
        c[(row * 8) + column] = sum.X0;
        c[(row * 8) + column + 1] = sum.X1;
        c[((row + 8) * 8) + column] = sum.X2;
        c[((row + 8) * 8) + column + 1] = sum.X3;
    }
}
