/// <summary>Products of a warp group: factors along and across k by asynchronous copies, sums that stay in their registers from round to round.</summary>
public static partial class WarpGroups
{
    [Kernel(GroupSize = 128)]
    public static void Run(ArrayView<BFloat16> a, ArrayView<BFloat16> b, ArrayView<float> c, int rounds)
    {
        ArrayView<BFloat16> shared = SharedMemory.GetDynamic<BFloat16>(), left = shared.SubView(0, 64 * 64), right = shared.SubView(64 * 64, 64 * 64);
        int thread = Group.IdxX, row = thread / 8, chunk = thread % 8;
        ArrayView<float> sums = LocalMemory.Allocate<float>(4);
        for (int round = 0; round < rounds; round++)
        {
            for (int pass = 0; pass < 64; pass += 16)
            {
                int to = ((row + pass) * 64) + ((chunk ^ (row & 7)) * 8);
                AsyncCopy.Copy16(left, to, a, (((round * 64) + row + pass) * 64) + (chunk * 8));
                AsyncCopy.Copy16(right, to, b, (((round * 64) + row + pass) * 64) + (chunk * 8));
            }

            AsyncCopy.Commit();
            AsyncCopy.Wait(0);
            WarpGroup.ProxyFence();
            Group.Barrier();
            WarpGroup.Fence();
            for (int step = 0; step < 64; step += 32)
            {
                WarpGroup.MultiplyK16(sums, left, step, right, step);
                WarpGroup.MultiplyK16(sums, left, (step + 16) * 64, right, (step + 16) * 64, true, true, 4096);
            }

            WarpGroup.Commit();
            WarpGroup.Wait(0);
            Group.Barrier();
        }

        for (int i = 0; i < 4; i++) c[(thread * 4) + i] = sums[i];
    }
}
