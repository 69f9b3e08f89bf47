using Xunit;

namespace LbrCore.Compute.Tests.Scalar;

public class BarrierTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(100)]
    [InlineData(1024)]
    public void Barriers_in_a_loop_make_a_prefix_sum(int size)
    {
        int[] sums = new int[size];
        ScalarTest.Run(2, size, () =>
        {
            ArrayView<int> shared = SharedMemory.Allocate<int>(1024);
            int me = Group.LinearIndex;
            shared[me] = me + 1;
            Group.Barrier();
            for (int distance = 1; distance < Group.Dimension; distance *= 2)
            {
                int below = me >= distance ? shared[me - distance] : 0;
                Group.Barrier();
                shared[me] += below;
                Group.Barrier();
            }

            sums[me] = shared[me];
        });
        for (int i = 0; i < size; i++)
        {
            Assert.Equal((i + 1) * (i + 2) / 2, sums[i]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(96)]
    public void Barriers_that_vote_tell_every_thread_the_same(int size)
    {
        var results = new (bool And, bool AndAll, bool Or, bool OrNone, int Count)[size];
        ScalarTest.Run(1, size, () =>
        {
            int me = Group.LinearIndex;
            results[me] = (
                Group.BarrierAnd(me != size - 1),
                Group.BarrierAnd(me >= 0),
                Group.BarrierOr(me == size - 1),
                Group.BarrierOr(me < 0),
                Group.BarrierPopCount(me % 3 == 0));
        });
        Assert.All(results, result => Assert.Equal((false, true, true, false, (size + 2) / 3), result));
    }

    [Fact]
    public void Threads_that_have_returned_are_not_waited_for()
    {
        int[] counts = new int[70];
        ScalarTest.Run(1, 70, () =>
        {
            int me = Group.LinearIndex;
            if (me % 2 == 1)
            {
                return;
            }

            Group.Barrier();
            if (me > 40)
            {
                return;
            }

            counts[me] = Group.BarrierPopCount(true) + (Group.BarrierAnd(true) ? 1000 : 0) + (int)(Warp.Ballot(true) & 1);
        });
        for (int i = 0; i < 70; i++)
        {
            Assert.Equal(i % 2 == 1 || i > 40 ? 0 : 1022, counts[i]);
        }
    }

    [Fact]
    public void The_last_thread_to_return_releases_those_who_wait()
    {
        int passed = 0;
        ScalarTest.Run(1, 64, () =>
        {
            if (Group.LinearIndex < 63)
            {
                Group.Barrier();
                Warp.Barrier();
                passed++;
            }
        });
        Assert.Equal(63, passed);
    }

    [Fact]
    public void Broadcast_gives_all_the_value_of_one()
    {
        double[] values = new double[50];
        ScalarTest.Run(1, 50, () => values[Group.LinearIndex] = Group.Broadcast(Group.LinearIndex * 1.5, 37));
        Assert.All(values, value => Assert.Equal(55.5, value));
    }

    [Fact]
    public void Broadcast_from_a_thread_that_has_returned_is_a_fault()
    {
        KernelFaultException fault = ScalarTest.Fails(1, 40, () =>
        {
            if (Group.LinearIndex != 5)
            {
                Group.Broadcast(1, 5);
            }
        });
        Assert.Contains("Group.Broadcast asks for the value of thread 5", fault.Message);
    }

    [Fact]
    public void Named_barriers_hand_work_from_warp_to_warp()
    {
        int[] received = new int[96];
        ScalarTest.Run(1, 96, () =>
        {
            ArrayView<int> box = SharedMemory.Allocate<int>(32);
            for (int round = 0; round < 3; round++)
            {
                if (Warp.WarpIdx == 0)
                {
                    box[Warp.LaneIdx] = (100 * round) + Warp.LaneIdx;
                    Group.NamedBarrier(1, 64);
                    Group.NamedBarrier(2, 64);
                }
                else if (Warp.WarpIdx == 2)
                {
                    Group.NamedBarrier(1, 64);
                    received[Group.LinearIndex] += box[31 - Warp.LaneIdx];
                    Group.NamedBarrier(2, 64);
                }
            }
        });
        for (int lane = 0; lane < 32; lane++)
        {
            Assert.Equal(300 + (3 * (31 - lane)), received[64 + lane]);
            Assert.Equal(0, received[32 + lane]);
        }
    }

    [Theory]
    [InlineData(0, 32)]
    [InlineData(16, 32)]
    [InlineData(1, 33)]
    [InlineData(1, 0)]
    [InlineData(1, 96)]
    public void Named_barriers_check_their_arguments(int id, int threads) =>
        Assert.Contains("NamedBarrier", ScalarTest.Fails(1, 64, () => Group.NamedBarrier(id, threads)).Message);
}
