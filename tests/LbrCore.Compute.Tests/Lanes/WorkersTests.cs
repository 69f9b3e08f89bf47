using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

public unsafe class WorkersTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 2)]
    [InlineData(15, 3)]
    [InlineData(1000, 1)]
    [InlineData(1000, 2)]
    [InlineData(4749, 7)]
    public void Every_group_runs_once_however_stretches_are_cut(int groups, int parallelism)
    {
        int[] runs = new int[groups];
        KernelVariant kernel = KernelHarness.Kernel((warp, _) =>
        {
            Interlocked.Increment(ref runs[warp.GroupX]);
            return true;
        });
        for (int repeat = 1; repeat <= 20; repeat++)
        {
            KernelHarness.Run(kernel, new LaunchConfig(groups, 32), parallelism);
            Assert.All(runs, count => Assert.Equal(repeat, count));
        }
    }

    [Fact]
    public void A_worker_runs_groups_beside_the_caller()
    {
        // Both groups wait for each other: they end only if two threads run them.
        using var both = new Barrier(2);
        KernelVariant kernel = KernelHarness.Kernel((_, _) => both.SignalAndWait(s_patience) ? true : throw new TimeoutException());
        ulong slot = 0;
        var launch = new LanesLaunch(kernel, 2, 32, 0, &slot, 1);
        launch.Expect();
        Assert.True(new LanesWorker(0).Offer(launch, wake: true));
        launch.Run();
        Assert.Equal(1, both.CurrentPhaseNumber);
    }

    [Fact]
    public void A_launch_ends_without_workers_that_are_busy()
    {
        using var release = new ManualResetEventSlim();
        using var started = new CountdownEvent(1);
        KernelVariant blocked = KernelHarness.Kernel((warp, _) =>
        {
            if (!started.IsSet) started.Signal();
            return release.Wait(s_patience);
        }), quick = KernelHarness.Kernel((_, _) =>
        {
            Thread.SpinWait(5000);
            return true;
        });
        var blocks = new Thread(() => KernelHarness.Run(blocked, new LaunchConfig(1, 32), 2));
        blocks.Start();
        Assert.True(started.Wait(s_patience));

        var runs = new Thread(() => KernelHarness.Run(quick, new LaunchConfig(200, 32), 8));
        runs.Start();
        bool ended = runs.Join(s_patience);
        release.Set();
        blocks.Join();
        Assert.True(ended);
    }

    [Fact]
    public void A_fault_stops_groups_that_other_workers_run_and_is_the_one_reported()
    {
        int begun = 0;
        KernelVariant kernel = KernelHarness.Kernel((warp, state) =>
        {
            if (state == 0) Interlocked.Increment(ref begun);
            if (warp.GroupX == 40 && state == 3) throw new InvalidOperationException("group 40");
            Thread.SpinWait(200);
            return state == 5 || warp.Stop(state + 1);
        });
        for (int repeat = 0; repeat < 20; repeat++)
        {
            begun = 0;
            var fault = Assert.Throws<KernelFaultException>(() => KernelHarness.Run(kernel, new LaunchConfig(100_000, 32), 4));
            Assert.Equal((new Dim3(40, 0, 0), 0), (fault.Group, fault.Warp));
            Assert.True(begun < 100_000);
        }
    }

    [Fact]
    public void Devices_and_threads_launch_at_once()
    {
        // Launches of one and of many groups, from pool threads and others: every one must have run all its groups when it returns.
        var failures = new List<string>();
        var threads = new Thread[6];
        for (int t = 0; t < threads.Length; t++)
        {
            int groups = t % 2 == 0 ? 64 : 3, parallelism = 1 + t;
            threads[t] = new Thread(() =>
            {
                for (int repeat = 0; repeat < 200; repeat++)
                {
                    int ran = 0;
                    KernelVariant kernel = KernelHarness.Kernel((_, _) =>
                    {
                        Thread.SpinWait(50);
                        Interlocked.Increment(ref ran);
                        return true;
                    });
                    KernelHarness.Run(kernel, new LaunchConfig(groups, 32), parallelism);
                    if (ran != groups) lock (failures) failures.Add($"{ran} of {groups} groups");
                }
            });
        }

        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) Assert.True(thread.Join(s_patience));
        Assert.Empty(failures);
    }

    [Fact]
    public void A_worker_without_work_sleeps()
    {
        var worker = new LanesWorker(0);
        Assert.True(SpinWait.SpinUntil(() => worker.IsAsleep, s_patience));

        int ran = 0;
        KernelVariant kernel = KernelHarness.Kernel((_, _) =>
        {
            Interlocked.Increment(ref ran);
            return true;
        });
        ulong slot = 0;
        var launch = new LanesLaunch(kernel, 5, 32, 0, &slot, 1);
        Assert.False(worker.Offer(launch, wake: false));
        launch.Expect();
        Assert.True(worker.Offer(launch, wake: true));
        launch.Run();
        Assert.Equal(5, ran);
        Assert.True(SpinWait.SpinUntil(() => worker.IsAsleep, s_patience));
        Assert.False(worker.Revoke(launch));
    }
}
