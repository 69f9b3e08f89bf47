/// <summary>Two buffers in shared memory: the next tile is on its way while this one is used.</summary>
public static partial class Pipeline
{
    [Kernel(GroupSize = 64)]
    public static void Run(ArrayView<float> x, ArrayView<float> sums, int tiles)
    {
        ArrayView<float> stage = SharedMemory.Allocate<float>(2 * 256, 16);
        int t = Group.IdxX;
        AsyncCopy.Copy16(stage, t * 4, x, t * 4, tiles > 0);
        AsyncCopy.Commit();
        float sum = 0;
        for (int tile = 0; tile < tiles; tile++)
        {
            AsyncCopy.Copy16(stage, ((tile + 1) % 2 * 256) + (t * 4), x, (tile + 1 < tiles ? (tile + 1) * 256 : 0) + (t * 4), tile + 1 < tiles);
            AsyncCopy.Commit();
            AsyncCopy.Wait(1);
            Group.Barrier();
            for (int i = 0; i < 4; i++) sum += stage[(tile % 2 * 256) + (i * 64) + (63 - t)];
            Group.Barrier();
        }

        sums[t] = sum;
    }
}
