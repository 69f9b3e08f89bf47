/// <summary>A sum over a group in shared memory: barriers in a loop that all lanes take alike.</summary>
public static partial class GroupSum
{
    [Kernel(GroupSize = 128)]
    public static void Run(ArrayView<float> x, ArrayView<float> sums)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(128);
        int t = Group.IdxX;
        shared[t] = x[(Grid.IdxX * 128) + t];
        Group.Barrier();
        for (int half = Group.DimX / 2; half > 0; half /= 2)
        {
            if (t < half) shared[t] += shared[t + half];
            Group.Barrier();
        }

        if (t == 0) sums[Grid.IdxX] = shared[0];
    }
}
