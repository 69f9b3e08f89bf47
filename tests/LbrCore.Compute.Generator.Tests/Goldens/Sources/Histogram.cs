/// <summary>Counts in shared memory by atomics, then one atomic a bucket in global memory.</summary>
public static partial class Histogram
{
    [Kernel(GroupSize = 256)]
    public static void Run(ArrayView<byte> x, ArrayView<uint> counts, int n)
    {
        ArrayView<uint> local = SharedMemory.Allocate<uint>(256);
        int t = Group.IdxX;
        local[t] = 0;
        Group.Barrier();
        for (int i = (Grid.IdxX * 256) + t; i < n; i += Grid.DimX * 256) Atomic.Add(ref local[x[i]], 1u);
        Group.Barrier();
        if (local[t] != 0) Atomic.Add(ref counts[t], local[t]);
    }
}
