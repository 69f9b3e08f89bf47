namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>Tensor cores, matrix loads, asynchronous copies, raw PTX beside its C#.</summary>
internal static partial class Tensors
{
    [Kernel(GroupSize = 64), Check(PerThread = 16, Floats = 8, Whole = true)]
    [Variant(typeof(BFloat16)), Variant(typeof(Half))]
    public static void Product<T>(ArrayView<T> a, ArrayView<T> b, ArrayView<float> r) where T : unmanaged
    {
        int warp = Warp.WarpIdx, lane = Warp.LaneIdx;
        ArrayView<T> stage = SharedMemory.Allocate<T>(2 * 384).SubView(warp * 384, 384);
        for (int k = lane; k < 256; k += 32) stage[k] = a[(warp * 256) + k];
        for (int k = lane; k < 128; k += 32) stage[256 + k] = b[(warp * 128) + k];
        Group.Barrier();
        var x = new FragmentA(LoadMatrix.X4(stage, ((lane % 16) * 16) + (lane / 16 * 8)));
        var y = new FragmentB(LoadMatrix.X2Transposed(stage, 256 + ((lane % 16) * 8)));
        var sum = new Accumulator(1, 2, 3, lane);
        for (int k = 0; k < 3; k++) Mma.M16N8K16<T>(ref sum, x, y);
        Accumulator other = default;
        Mma.M16N8K16<T>(ref other, new FragmentA(y.X0, y.X1, x.X2, 0), new FragmentB { X0 = x.X0, X1 = x.X3 });
        int i = Thread.Index * 4;
        r[i] = sum.X0 + other.X0;
        r[i + 1] = sum.X1 - other.X1;
        r[i + 2] = sum.X2 + other.X2;
        r[i + 3] = sum.X3 - other.X3;
    }

    [Kernel(GroupSize = 256), Check(PerThread = 64, Floats = 8, Whole = true, DynamicShared = 4 * 8192, NoInterpreter = "products of warp groups")]
    [Variant(typeof(BFloat16)), Variant(typeof(Half))]
    public static void WarpGroupProduct<T>(ArrayView<T> a, ArrayView<float> r) where T : unmanaged
    {
        // Whatever lies in shared memory is a matrix along k and one across it.
        ArrayView<T> stage = SharedMemory.GetDynamic<T>();
        for (int k = Group.IdxX; k < 4 * 4096; k += 256) stage[k] = a[k];
        WarpGroup.ProxyFence();
        Group.Barrier();
        int first = Warp.WarpIdx / 4 * 4096;
        ArrayView<float> sums = LocalMemory.Allocate<float>(64);
        for (int i = 0; i < 64; i++) sums[i] = i;
        WarpGroup.Fence();
        for (int step = 0; step < 64; step += 16) WarpGroup.MultiplyK16(sums.SubView(0, 32), stage, first + step, stage, 8192 + step);
        WarpGroup.MultiplyK16(sums.SubView(32, 32), stage, first + 2048, stage, 8192, true, false, 0);
        WarpGroup.MultiplyK16(sums, stage, first, stage, 8192, false, true, 4096);
        WarpGroup.Commit();
        WarpGroup.Wait(0);
        for (int i = 0; i < 64; i++) r[(Thread.Index * 64) + i] = sums[i];
    }

    [Kernel(GroupSize = 32), Check(PerThread = 16)]
    public static void MatrixLoads(ArrayView<ushort> a, ArrayView<uint> r)
    {
        int lane = Warp.LaneIdx, i = Thread.Index * 16;
        ArrayView<ushort> stage = SharedMemory.Allocate<ushort>(512);
        for (int k = lane; k < 512; k += 32) stage[k] = a[k];
        Group.Barrier();
        UInt4 x = LoadMatrix.X4(stage, lane * 16), y = LoadMatrix.X4Transposed(stage.Cast<Half>(), (31 - lane) * 16);
        UInt2 z = LoadMatrix.X2(stage, lane % 16 * 8), w = LoadMatrix.X2Transposed(stage, lane % 16 * 32);
        (r[i], r[i + 1], r[i + 2], r[i + 3]) = (x.X, x.Y, x.Z, x.W);
        (r[i + 4], r[i + 5], r[i + 6], r[i + 7]) = (y.X, y.Y, y.Z, y.W);
        (r[i + 8], r[i + 9]) = (z.X, z.Y);
        (r[i + 10], r[i + 11]) = (w.X, w.Y);
        r[i + 12] = LoadMatrix.X1(stage, lane % 8 * 8);
    }

    [Kernel, Check(PerThread = 16, Cooperative = true)]
    [Variant(typeof(float)), Variant(typeof(Half)), Variant(typeof(Float4))]
    public static void AsyncCopies<T>(ArrayView<T> a, ArrayView<T> r, int n) where T : unmanaged
    {
        int t = Group.LinearIndex, per = 16 / Interop.SizeOf<T>();
        ArrayView<T> stage = SharedMemory.Allocate<T>(256 * 16 / Interop.SizeOf<T>());
        int from = Thread.Index * per;
        AsyncCopy.Copy16(stage, t * per, a, from);
        AsyncCopy.Commit();
        AsyncCopy.Wait(0);
        Group.Barrier();
        for (int k = 0; k < per; k++) r[from + k] = stage[((Group.Dimension - 1 - t) * per) + k];
        Group.Barrier();
        AsyncCopy.Copy16(stage, t * per, a, (long)from, Thread.Index < n / 2);
        AsyncCopy.Commit();
        AsyncCopy.Wait(0);
        Group.Barrier();
        r[from + (int)(r.Length / 2)] = stage[t * per];
    }

    [Kernel, Check(PerThread = 4)]
    public static void SmallAsyncCopies(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int t = Group.LinearIndex, i = Thread.Index;
        ArrayView<int> stage = SharedMemory.Allocate<int>(1024);
        AsyncCopy.Copy4(stage, t * 4, a, i * 4);
        AsyncCopy.Copy4(stage, (t * 4) + 1, a, (i * 4) + 1, i % 2 == 0);
        AsyncCopy.Commit();
        AsyncCopy.Copy8(stage, (t * 4) + 2, a, (long)(i * 4) + 2, i < n);
        AsyncCopy.Commit();
        AsyncCopy.Wait(1);
        AsyncCopy.Wait(0);
        for (int k = 0; k < 4; k++) r[(i * 4) + k] = stage[(t * 4) + k];
    }

    [Kernel, Check(NoInterpreter = "raw PTX")]
    public static void Door(ArrayView<uint> a, ArrayView<uint> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        uint x = a[i], y;
        if (Target.IsCuda)
        {
            Ptx.Emit("prmt.b32 %0, %1, %2, 0x0123;", out y, x, 0u);
            Ptx.Update("add.u32 %0, %0, %1;", ref y, 5u);
        }
        else
        {
            y = ((x >> 24) | ((x >> 8) & 0xff00) | ((x << 8) & 0xff0000) | (x << 24)) + 5;
        }

        r[i] = Target.IsCuda ? y : y;
    }
}
