namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>Indices, shared memory, barriers, shuffles, votes, reductions.</summary>
internal static partial class Cooperation
{
    [Kernel, Check(PerThread = 12, Dimensions = true)]
    public static void Indices(ArrayView<int> r)
    {
        int i = Thread.Index * 12;
        r[i] = Grid.IdxX + (100 * Grid.IdxY) + (10000 * Grid.IdxZ);
        r[i + 1] = Grid.DimX + (100 * Grid.DimY) + (10000 * Grid.DimZ);
        r[i + 2] = Group.IdxX + (100 * Group.IdxY) + (10000 * Group.IdxZ);
        r[i + 3] = Group.DimX + (100 * Group.DimY) + (10000 * Group.DimZ);
        r[i + 4] = Group.LinearIndex;
        r[i + 5] = Group.Dimension;
        r[i + 6] = Warp.LaneIdx;
        r[i + 7] = Warp.WarpIdx;
        Index3D global = Grid.GlobalIndex;
        r[i + 8] = global.X + (1000 * global.Y) + (100000 * global.Z);
        r[i + 9] = Warp.WarpSize;
        r[i + 10] = Target.IsCuda ? 5 : 5;
    }

    [Kernel(GroupSize = 96), Check(PerThread = 4)]
    public static void FixedGroup(ArrayView<int> r)
    {
        int i = Thread.Index * 4;
        r[i] = Group.Dimension + Group.DimX + Group.DimY + Group.IdxY + Group.IdxZ;
        r[i + 1] = Group.LinearIndex + Warp.WarpIdx;
        ArrayView<int> shared = SharedMemory.Allocate<int>(Group.Dimension);
        shared[Group.IdxX] = Group.IdxX * 3;
        Group.Barrier();
        r[i + 2] = shared[Group.Dimension - 1 - Group.IdxX];
        r[i + 3] = Warp.ReduceAdd(Group.IdxX);
    }

    [Kernel, Check(Cooperative = true, DynamicShared = 4096, Dimensions = true)]
    public static void SharedTranspose(ArrayView<int> a, ArrayView<int> r)
    {
        ArrayView<int> stage = SharedMemory.GetDynamic<int>();
        int i = Thread.Index, t = Group.LinearIndex;
        ArrayView<int> still = SharedMemory.Allocate<int>(256);
        stage[t] = a[i];
        still[t] = t;
        Group.Barrier();
        int other = still[Group.Dimension - 1 - t];
        r[i] = stage[other] + stage.IntLength + still.IntLength;
        Group.Barrier();
        ArrayView<Half> narrow = stage.Cast<Half>();
        narrow[t] = (Half)t;
        Group.Barrier();
        r[i] += (int)narrow[other];
    }

    [Kernel, Check(Cooperative = true, Integers = 1000)]
    public static void TreeSum(ArrayView<int> a, ArrayView<int> r)
    {
        int t = Group.LinearIndex, size = Group.Dimension;
        ArrayView<int> sums = SharedMemory.Allocate<int>(256, 128);
        sums[t] = a[Thread.Index];
        Group.Barrier();
        for (int left = size; left > 1; left = (left + 1) / 2)
        {
            int half = (left + 1) / 2;
            if (t + half < left) sums[t] += sums[t + half];
            Group.Barrier();
        }

        r[Thread.Index] = sums[0];
    }

    [Kernel, Check(Cooperative = true, Integers = 30)]
    public static void BarrierVotes(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Thread.Index, x = a[i];
        int result = Group.BarrierPopCount(x > 10);
        if (Group.BarrierAnd(x >= 0)) result += 1000;
        if (Group.BarrierOr(x == 30)) result += 2000;
        for (int k = 0; Group.BarrierOr(x > k * 10); k++) result += k;
        r[i] = result;
    }

    internal struct Trio
    {
        public byte A;
        public double B;
        public bool C;
    }

    [Kernel, Check(Cooperative = true)]
    public static void GroupBroadcast(ArrayView<double> a, ArrayView<int> b, ArrayView<double> r, ArrayView<int> s)
    {
        int i = Thread.Index;
        r[i] = Group.Broadcast(a[i], 0);
        s[i] = Group.Broadcast(b[i], Group.Dimension - 1) + Group.Broadcast(i, Group.Dimension / 2);
        Trio t = Group.Broadcast(new Trio { A = (byte)i, B = a[i], C = i % 2 == 0 }, Group.Dimension - 1);
        r[i] = t.C ? r[i] : t.B;
        for (int k = 0; k < Group.Broadcast(i % 3, 0) + 2; k++) s[i] += Group.Broadcast(t.A + i, k % Group.Dimension);
    }

    /// <summary>What comes from a lane that the warp does not have is open, and not looked at.</summary>
    [Kernel, Check(Cooperative = true, PerThread = 9)]
    [Variant(typeof(int)), Variant(typeof(ulong)), Variant(typeof(float)), Variant(typeof(double)), Variant(typeof(Half)), Variant(typeof(BFloat16)), Variant(typeof(byte)), Variant(typeof(short)), Variant(typeof(bool)), Variant(typeof(Float4)), Variant(typeof(Trio))]
    public static void Shuffles<T>(ArrayView<T> a, ArrayView<T> r) where T : unmanaged
    {
        int i = Thread.Index, lane = Warp.LaneIdx, lanes = XMath.Min(32, Group.Dimension - (Warp.WarpIdx * 32));
        T x = a[i];
        T fromThird = Warp.Broadcast(x, 3), mixed = Warp.Shuffle(x, (lane * 7) & 31), reversed = Warp.Shuffle(x, lanes - 1 - lane);
        T up = Warp.ShuffleUp(x, 1), down = Warp.ShuffleDown(x, 4), far = Warp.ShuffleDown(x, 31), across = Warp.ShuffleXor(x, 16), near = Warp.ShuffleXor(x, 5);
        r[i * 9] = Warp.Broadcast(x, lanes - 1);
        if (lanes > 3) r[(i * 9) + 1] = fromThird;
        if (((lane * 7) & 31) < lanes) r[(i * 9) + 2] = mixed;
        r[(i * 9) + 3] = reversed;
        r[(i * 9) + 4] = up;
        if (lane + 4 < lanes || lane + 4 > 31) r[(i * 9) + 5] = down;
        if (lane + 31 < lanes || lane > 0) r[(i * 9) + 6] = far;
        if ((lane ^ 16) < lanes) r[(i * 9) + 7] = across;
        if ((lane ^ 5) < lanes) r[(i * 9) + 8] = near;
    }

    [Kernel, Check(Cooperative = true, PerThread = 4, Integers = 12)]
    public static void Votes(ArrayView<int> a, ArrayView<uint> r)
    {
        int i = Thread.Index;
        r[i * 4] = Warp.Ballot(a[i] > 6);
        r[(i * 4) + 1] = (Warp.All(a[i] < 12) ? 1u : 0) + (Warp.Any(a[i] == 7) ? 2u : 0);
        Warp.Barrier();
        uint votes = 0;
        for (int k = 0; Warp.Any(a[i] > k); k++) votes += Warp.Ballot(a[i] == k) * (uint)k;
        r[(i * 4) + 2] = votes;
    }

    [Kernel, Check(Cooperative = true, PerThread = 3)]
    [Variant(typeof(int)), Variant(typeof(uint)), Variant(typeof(float))]
    public static void Reductions<T>(ArrayView<T> a, ArrayView<T> r) where T : unmanaged
    {
        int i = Thread.Index;
        r[i * 3] = Warp.ReduceAdd(a[i]);
        r[(i * 3) + 1] = Warp.ReduceMax(a[i]);
        r[(i * 3) + 2] = Warp.ReduceMin(a[i]);
    }

    [Kernel(GroupSize = 48), Check]
    public static void ReductionOfFixedGroup(ArrayView<float> a, ArrayView<float> r)
    {
        r[Thread.Index] = Warp.ReduceAdd(a[Thread.Index]);
    }

    /// <summary>Barriers and shuffles under conditions that the whole group or warp shares.</summary>
    [Kernel, Check(Cooperative = true, Integers = 9)]
    public static void UniformFlow(ArrayView<int> a, ArrayView<int> r, int n, bool flag)
    {
        int i = Thread.Index, t = Group.LinearIndex;
        ArrayView<int> shared = SharedMemory.Allocate<int>(256);
        int x = a[i];
        if (flag)
        {
            shared[t] = x;
            Group.Barrier();
            x += shared[(t + 1) % Group.Dimension];
        }

        int rounds = Group.Broadcast(a[i] % 3, 0);
        for (int k = 0; k <= rounds; k++)
        {
            Group.Barrier();
            shared[t] = x + k;
            Group.Barrier();
            x += shared[Group.Dimension - 1 - t];
            if (k == 1 && Grid.IdxX == 1) break;
        }

        if (Warp.WarpIdx == 0) x += Warp.ShuffleUp(x, 1);
        if (Warp.Any(x > 20)) x += Warp.Shuffle(x, 0);
        if (i < n) r[i] = x;
    }

    [Kernel, Check(Cooperative = true)]
    public static void Fences(ArrayView<int> a, ArrayView<int> r)
    {
        int i = Thread.Index;
        Grid.DependencySynchronize();
        r[i] = a[i];
        MemoryFence.GroupLevel();
        MemoryFence.DeviceLevel();
        MemoryFence.SystemLevel();
        Grid.TriggerLaunchCompletion();
    }
}
