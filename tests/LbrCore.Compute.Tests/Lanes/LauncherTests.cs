using System.Collections.Concurrent;
using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

public unsafe class LauncherTests
{
    [Theory]
    [InlineData(1, 1, 1, 32, 1, 1)]
    [InlineData(5, 3, 2, 7, 3, 4)]
    [InlineData(2, 1, 1, 1, 1, 1)]
    [InlineData(3, 1, 1, 100, 10, 1)]
    public void Every_thread_runs_once_with_its_indices(int gridX, int gridY, int gridZ, int groupX, int groupY, int groupZ)
    {
        var seen = new ConcurrentDictionary<(int, int, int, int, int, int), int>();
        KernelVariant kernel = KernelHarness.Kernel((warp, _) =>
        {
            Assert.Equal((gridX, gridY, gridZ), warp.GridDim);
            Assert.Equal((groupX, groupY, groupZ), warp.GroupDim);
            for (int lane = 0; lane < 32; lane++)
            {
                if (!warp.Active[lane]) continue;
                Assert.Equal(warp.WarpIdx * 32 + lane, warp.IdxX[lane] + groupX * (warp.IdxY[lane] + groupY * warp.IdxZ[lane]));
                seen.AddOrUpdate((warp.GridIdx.X, warp.GridIdx.Y, warp.GridIdx.Z, warp.IdxX[lane], warp.IdxY[lane], warp.IdxZ[lane]), 1, (_, count) => count + 1);
            }

            return true;
        });
        KernelHarness.Run(kernel, new LaunchConfig((gridX, gridY, gridZ), (groupX, groupY, groupZ)));
        Assert.Equal(gridX * gridY * gridZ * groupX * groupY * groupZ, seen.Count);
        Assert.All(seen.Values, count => Assert.Equal(1, count));
        Assert.All(seen.Keys, key => Assert.True(key.Item4 < groupX && key.Item5 < groupY && key.Item6 < groupZ));
    }

    [Fact]
    public void Barriers_in_a_loop_order_shared_memory()
    {
        // A tree sum of 256 numbers in shared memory: wrong at once if a warp runs ahead of a barrier.
        const int GroupSize = 256;
        int[] sums = new int[500];
        fixed (int* p = sums)
        {
            nint output = (nint)p;
            KernelVariant kernel = KernelHarness.Kernel((warp, state) =>
            {
                I32 thread = warp.IdxX;
                byte* shared = warp.Shared;
                if (state == 0)
                {
                    Cpu.Lanes.StoreS32(warp, shared, thread, GroupSize, warp.Active, thread + warp.GroupX);
                    warp.Counter = GroupSize / 2;
                    return warp.Stop(1);
                }

                if (warp.Counter > 0)
                {
                    Mask adds = thread < warp.Counter;
                    if (adds.AnyLane)
                    {
                        I32 sum = Cpu.Lanes.LoadS32(warp, shared, thread, GroupSize, adds) + Cpu.Lanes.LoadS32(warp, shared, thread + warp.Counter, GroupSize, adds);
                        Cpu.Lanes.StoreS32(warp, shared, thread, GroupSize, adds, sum);
                    }

                    warp.Counter /= 2;
                    return warp.Stop(1);
                }

                if (warp.WarpIdx == 0) Cpu.Lanes.WriteS32(warp, (byte*)output, warp.GroupX, 500, Cpu.Lanes.ReadS32(warp, shared, 0, GroupSize));
                return true;
            }, GroupSize, GroupSize * 4);
            KernelHarness.Run(kernel, new LaunchConfig(500));
        }

        for (int group = 0; group < 500; group++) Assert.Equal(255 * 256 / 2 + 256 * group, sums[group]);
    }

    [Fact]
    public void Barrier_votes_combine_the_warps_that_came()
    {
        var results = new ConcurrentBag<(int, bool, bool)>();
        KernelVariant kernel = KernelHarness.Kernel((warp, state) =>
        {
            if (state == 0) return warp.WarpIdx == 2 || warp.StopWithVote(1, warp.IdxX % 2 == 0);
            results.Add((warp.BarrierPopCount, warp.BarrierAnd, warp.BarrierOr));
            if (state == 1) return warp.StopWithVote(2, true);
            if (state == 2) return warp.StopWithVote(3, false);
            return true;
        });

        // Warp 2 has left before the barrier, warp 3 has 4 threads.
        KernelHarness.Run(kernel, new LaunchConfig(1, 100));
        Assert.Equal(9, results.Count);
        Assert.Equal(3, results.Count(r => r == (16 + 16 + 2, false, true)));
        Assert.Equal(3, results.Count(r => r == (68, true, true)));
        Assert.Equal(3, results.Count(r => r == (0, false, false)));
    }

    [Fact]
    public void Shared_memory_is_aligned_and_as_large_as_asked()
    {
        KernelVariant kernel = KernelHarness.Kernel((warp, _) =>
        {
            Assert.Equal(0, (long)warp.Shared % 128);
            Assert.Equal(0, (long)warp.DynamicShared % 128);
            Assert.Equal(1000, warp.DynamicSharedBytes);
            Assert.True(warp.DynamicShared - warp.Shared >= 77);
            new Span<byte>(warp.Shared, 77).Clear();
            new Span<byte>(warp.DynamicShared, 1000).Clear();
            return true;
        }, 64, 77);
        KernelHarness.Run(kernel, new LaunchConfig(3) { DynamicSharedBytes = 1000 });
    }

    [Fact]
    public void An_exception_stops_the_launch_and_is_wrapped()
    {
        int groups = 0;
        KernelVariant kernel = KernelHarness.Kernel((warp, _) =>
        {
            Interlocked.Increment(ref groups);
            return warp.GroupX != 5 ? true : throw new InvalidOperationException("no such thing");
        });
        var fault = Assert.Throws<KernelFaultException>(() => KernelHarness.Run(kernel, new LaunchConfig(100000, 32), 2));
        Assert.IsType<InvalidOperationException>(fault.InnerException);
        Assert.Equal((new Dim3(5, 0, 0), 0), (fault.Group, fault.Warp));
        Assert.Contains("no such thing", fault.Message);
        Assert.True(groups < 100000);

        // The kernel can run again.
        KernelHarness.Run(kernel, new LaunchConfig(3, 32));
    }

    [Fact]
    public void Launches_may_be_nested_in_the_thread_pool()
    {
        // More launches at once than the pool has threads, each asking for helpers: none may wait for the others.
        int total = 0;
        KernelVariant kernel = KernelHarness.Kernel((warp, _) =>
        {
            Thread.SpinWait(2000);
            Interlocked.Increment(ref total);
            return true;
        });
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 16 }, _ => KernelHarness.Run(kernel, new LaunchConfig(20, 32), 4));
        Assert.Equal(320, total);
    }

    [Fact]
    public void Bad_sizes_are_refused_and_an_empty_grid_is_nothing()
    {
        KernelVariant kernel = KernelHarness.Kernel((_, _) => throw new InvalidOperationException());
        KernelHarness.Run(kernel, new LaunchConfig(0, 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => KernelHarness.Run(kernel, new LaunchConfig(-1, 32)));
        Assert.Throws<ArgumentOutOfRangeException>(() => KernelHarness.Run(kernel, new LaunchConfig(1, 1025)));
        Assert.Throws<ArgumentOutOfRangeException>(() => KernelHarness.Run(kernel, new LaunchConfig(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => KernelHarness.Run(kernel, new LaunchConfig(1, 32) { DynamicSharedBytes = -1 }));
        var none = new KernelVariant { Name = "none", Kernel = "None" };
        Assert.Throws<KernelNotSupportedException>(() => KernelHarness.Run(none, new LaunchConfig(1, 32)));
    }
}
