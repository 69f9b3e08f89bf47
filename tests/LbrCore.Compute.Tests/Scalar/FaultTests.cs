using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Scalar;

public unsafe class FaultTests
{
    [Fact]
    public void Different_collectives_in_the_branches_of_a_warp_are_a_fault()
    {
        KernelFaultException fault = ScalarTest.Fails(1, 64, () =>
        {
            if (Warp.LaneIdx < 16)
            {
                Warp.Shuffle(1, 0);
            }
            else
            {
                Warp.Ballot(true);
            }
        });
        Assert.Contains("reaches Warp.Ballot while warp 0, lane 0 waits at Warp.Shuffle", fault.Message);
        Assert.Equal((new Dim3(0, 0, 0), 0, 16), (fault.Group, fault.Warp, fault.Lane));
    }

    [Fact]
    public void A_barrier_that_some_threads_never_reach_is_a_fault_and_no_hang()
    {
        KernelFaultException fault = ScalarTest.Fails(new Dim3(2, 3), 64, () =>
        {
            if (Grid.IdxX == 1 && Grid.IdxY == 2 && Group.LinearIndex == 40)
            {
                Warp.Barrier();
            }
            else
            {
                Group.Barrier();
            }
        });
        Assert.Contains("wait for each other for ever", fault.Message);
        Assert.Contains("1 at Warp.Barrier (warp 1, lane 8)", fault.Message);
        Assert.Contains("63 at Group.Barrier", fault.Message);
        Assert.Equal(new Dim3(1, 2, 0), fault.Group);
    }

    [Fact]
    public void A_named_barrier_short_of_threads_is_a_fault_when_the_others_have_returned()
    {
        KernelFaultException fault = ScalarTest.Fails(1, 96, () =>
        {
            if (Warp.WarpIdx == 1)
            {
                Group.NamedBarrier(3, 64);
            }
        });
        Assert.Contains("32 at Group.NamedBarrier(3, 64)", fault.Message);
        Assert.Contains("64 have returned", fault.Message);
    }

    [Fact]
    public void An_index_outside_a_view_names_kernel_group_lane_and_index()
    {
        float* memory = stackalloc float[10];
        nint address = (nint)memory;
        KernelFaultException fault = ScalarTest.Fails(3, 64, () =>
        {
            var view = new ArrayView<float>(address, 10);
            if (Grid.IdxX == 2 && Group.LinearIndex == 45)
            {
                view[Group.LinearIndex] = 1;
            }
        });
        Assert.Equal("Tests.Kernel (T=float)", fault.Kernel);
        Assert.Equal((new Dim3(2, 0, 0), 1, 13, 45L), (fault.Group, fault.Warp, fault.Lane, fault.Index));
        Assert.Contains("index 45 is outside a view of 10 elements of Single", fault.Message);
    }

    [Fact]
    public void An_exception_ends_the_launch_while_others_wait()
    {
        int passed = 0;
        KernelFaultException fault = ScalarTest.Fails(4, 64, () =>
        {
            if (Group.LinearIndex == 63)
            {
                throw new ArithmeticException("too much");
            }

            Group.Barrier();
            passed++;
        });
        Assert.IsType<ArithmeticException>(fault.InnerException);
        Assert.Contains("ArithmeticException: too much", fault.Message);
        Assert.Equal((1, 31), (fault.Warp, fault.Lane));
        Assert.Equal(0, passed);
    }

    [Fact]
    public void Division_of_integers_by_zero_is_reported()
    {
        int zero = 0;
        Assert.IsType<DivideByZeroException>(ScalarTest.Fails(1, 1, () => zero = 1 / zero).InnerException);
    }

    [Fact]
    public void Launches_after_a_fault_run_as_if_nothing_had_happened()
    {
        for (int round = 0; round < 20; round++)
        {
            ScalarTest.Fails(1, 48, () =>
            {
                Group.Barrier();
                if (Group.LinearIndex == 17)
                {
                    throw new InvalidOperationException();
                }

                Warp.Barrier();
            });
            int count = 0;
            ScalarTest.Run(2, 48, () => Atomic.Add(ref count, Group.BarrierPopCount(true) == 48 ? 1 : 0));
            Assert.Equal(96, count);
        }
    }

    [Fact]
    public void Waiting_for_what_another_group_should_write_is_a_fault_and_no_hang()
    {
        int flag = 0;
        KernelFaultException fault = ScalarTest.Fails(2, 3, () =>
        {
            if (Grid.IdxX == 1)
            {
                Atomic.Exchange(ref flag, 1);
            }

            if (Group.LinearIndex == 2)
            {
                while (Atomic.Add(ref flag, 0) == 0)
                {
                }
            }

            Group.Barrier();
        });
        Assert.Contains("groups run one after another", fault.Message);
        Assert.Equal((new Dim3(0, 0, 0), 2), (fault.Group, fault.Lane));
    }

    [Fact]
    public void Exchanging_too_large_a_value_is_a_fault() =>
        Assert.Contains("at most 64 bytes", ScalarTest.Fails(1, 1, () => Warp.Shuffle(default(Large), 0)).Message);

    [Fact]
    public void Impossible_launches_are_refused_with_a_reason()
    {
        KernelVariant any = ScalarTest.Variant(() => { });
        KernelVariant fixedSize = ScalarTest.Variant(() => { }, groupSize: 128);
        Assert.Contains("1 to 1024", Assert.Throws<ArgumentException>(() => ScalarLauncher.Run(any, new LaunchConfig(1), null)).Message);
        Assert.Contains("1 to 1024", Assert.Throws<ArgumentException>(() => ScalarLauncher.Run(any, new LaunchConfig(1, 1025), null)).Message);
        Assert.Contains("1 to 1024", Assert.Throws<ArgumentException>(() => ScalarLauncher.Run(any, new LaunchConfig(1, new Dim3(1, 0)), null)).Message);
        Assert.Contains("negative", Assert.Throws<ArgumentException>(() => ScalarLauncher.Run(any, new LaunchConfig(-1, 1), null)).Message);
        Assert.Contains("groups of 128", Assert.Throws<ArgumentException>(() => ScalarLauncher.Run(fixedSize, new LaunchConfig(1, 64), null)).Message);
        var none = new KernelVariant { Name = "x", Kernel = "X" };
        Assert.Contains("no scalar form", Assert.Throws<ArgumentException>(() => ScalarLauncher.Run(none, new LaunchConfig(1, 1), null)).Message);
    }

    [Fact]
    public void A_grid_with_a_zero_runs_nothing()
    {
        int runs = 0;
        ScalarTest.Run(new Dim3(4, 0, 2), 32, () => runs++);
        Assert.Equal(0, runs);
    }

    [Fact]
    public void The_vocabulary_outside_a_kernel_says_what_to_do()
    {
        Action[] calls =
        [
            () => _ = Grid.IdxX, () => _ = Group.Dimension, () => _ = Warp.LaneIdx, Group.Barrier, Warp.Barrier,
            () => Warp.Shuffle(1, 0), () => SharedMemory.Allocate<int>(1), () => SharedMemory.GetDynamic<int>(),
            () => LocalMemory.Allocate<int>(1), AsyncCopy.Commit, Grid.DependencySynchronize,
        ];
        Assert.All(calls, call => Assert.Contains("generated Launch method", Assert.Throws<InvalidOperationException>(call).Message));
    }

    private struct Large
    {
        public fixed byte Bytes[65];
    }
}
