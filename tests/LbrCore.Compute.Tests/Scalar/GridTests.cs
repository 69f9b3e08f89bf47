using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Scalar;

public unsafe class GridTests
{
    [Fact]
    public void Every_thread_of_a_three_dimensional_launch_runs_once_and_knows_its_place()
    {
        Dim3 grid = (3, 2, 2);
        Dim3 group = (5, 3, 4);
        int[] visits = new int[grid.Count * group.Count];
        ScalarTest.Run(grid, group, () =>
        {
            Assert.Equal((3, 2, 2), (Grid.DimX, Grid.DimY, Grid.DimZ));
            Assert.Equal((5, 3, 4, 60), (Group.DimX, Group.DimY, Group.DimZ, Group.Dimension));
            Assert.Equal((((Group.IdxZ * 3) + Group.IdxY) * 5) + Group.IdxX, Group.LinearIndex);
            Assert.Equal(Group.LinearIndex, (Warp.WarpIdx * 32) + Warp.LaneIdx);
            Index3D at = Grid.GlobalIndex;
            Assert.Equal((Grid.IdxX * 5) + Group.IdxX, at.X);
            visits[(((at.Z * 6) + at.Y) * 15) + at.X]++;
            Grid.DependencySynchronize();
            Grid.TriggerLaunchCompletion();
        });
        Assert.All(visits, count => Assert.Equal(1, count));
    }

    [Fact]
    public void The_kernel_receives_the_argument_block()
    {
        ulong seen = 0;
        var variant = new KernelVariant { Name = "k", Kernel = "K", GroupSize = 32, Scalar = slots => seen += slots[0] * slots[1] };
        ulong* block = stackalloc ulong[2] { 6, 7 };
        ScalarLauncher.Run(variant, new LaunchConfig(2), block);
        Assert.Equal(2ul * 32 * 42, seen);
    }

    [Fact]
    public void A_run_is_repeatable_to_the_last_bit_even_where_the_order_of_threads_decides()
    {
        float Sum()
        {
            float sum = 0;
            ScalarTest.Run(3, 100, () =>
            {
                for (int i = 0; i < 200; i++)
                {
                    Atomic.Add(ref sum, 1f / (1 + Group.LinearIndex + (i * 7)));
                }

                Group.Barrier();
                Atomic.Add(ref sum, Warp.ReduceAdd(0.1f * Group.LinearIndex));
            });
            return sum;
        }

        float first = Sum();
        Assert.All(Enumerable.Range(0, 3), _ => Assert.Equal(first, Sum()));
    }

    [Fact]
    public void Launches_from_many_host_threads_do_not_disturb_each_other()
    {
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 }, n =>
        {
            int sum = 0;
            ScalarTest.Run(3, 33 + n, () => Atomic.Add(ref sum, Group.BarrierPopCount(true)));
            Assert.Equal(3 * (33 + n) * (33 + n), sum);
        });
    }

    [Fact]
    public void A_thread_that_waits_in_a_loop_lets_the_others_run()
    {
        int flag = 0;
        int seen = 0;
        fixed (int* pinned = new int[1])
        {
            nint address = (nint)pinned;
            ScalarTest.Run(1, 64, () =>
            {
                var view = new ArrayView<int>(address, 1);
                if (Group.LinearIndex == 0)
                {
                    while (view.Load(0, CacheHint.Volatile) == 0)
                    {
                    }

                    while (Atomic.CompareExchange(ref flag, 2, 3) != 2)
                    {
                    }

                    seen = flag;
                }
                else if (Group.LinearIndex == 63)
                {
                    view.Store(0, 1, CacheHint.Volatile);
                    Atomic.Exchange(ref flag, 2);
                }
            });
        }

        Assert.Equal(3, seen);
    }
}
