using Xunit;

namespace LbrCore.Compute.Tests.Scalar;

public class MemoryTests
{
    [Fact]
    public void Shared_arrays_are_the_same_for_all_threads_and_distinct_from_each_other()
    {
        var addresses = new (nint First, nint Second, nint Dynamic, nint DynamicAgain)[96];
        ScalarTest.Run(1, 96, () =>
        {
            ArrayView<float> first = SharedMemory.Allocate<float>(100);
            ArrayView<byte> second = SharedMemory.Allocate<byte>(10, 1024);
            Assert.Equal((100L, 10L), (first.Length, second.Length));
            addresses[Group.LinearIndex] = (first.Pointer, second.Pointer, SharedMemory.GetDynamic<int>().Pointer, SharedMemory.GetDynamic<byte>().Pointer);
        }, dynamicSharedBytes: 80);
        Assert.All(addresses, address => Assert.Equal(addresses[0], address));
        Assert.Equal((0, 0, 0), (addresses[0].First % 16, addresses[0].Second % 1024, addresses[0].Dynamic % 128));
        Assert.Equal(addresses[0].Dynamic, addresses[0].DynamicAgain);
        Assert.Equal(3, new[] { addresses[0].First, addresses[0].Second, addresses[0].Dynamic }.Distinct().Count());
    }

    [Fact]
    public void Shared_memory_is_undefined_again_in_every_group()
    {
        int undefined = 0;
        ScalarTest.Run(3, 32, () =>
        {
            ArrayView<float> array = SharedMemory.Allocate<float>(32);
            ArrayView<BFloat16> dynamic = SharedMemory.GetDynamic<BFloat16>();
            Assert.Equal(32, dynamic.Length);
            undefined += float.IsNaN(array[Warp.LaneIdx]) && BFloat16.IsNaN(dynamic[Warp.LaneIdx]) ? 1 : 0;
            Group.Barrier();
            array[Warp.LaneIdx] = 0;
            dynamic[Warp.LaneIdx] = BFloat16.Zero;
        }, dynamicSharedBytes: 65);
        Assert.Equal(96, undefined);
    }

    [Fact]
    public void Allocations_that_differ_between_threads_are_a_fault()
    {
        KernelFaultException fault = ScalarTest.Fails(1, 2, () => SharedMemory.Allocate<int>(Group.LinearIndex == 0 ? 4 : 8));
        Assert.Contains("allocation 0 of shared memory has 32 bytes", fault.Message);
        Assert.Equal(1, fault.Lane);
    }

    [Theory]
    [InlineData(12 * 1024 + 1, 16)]
    [InlineData(-1, 16)]
    [InlineData(4, 3)]
    [InlineData(4, 2048)]
    public void Impossible_shared_arrays_are_a_fault(int count, int alignment) =>
        Assert.Contains("shared memory", ScalarTest.Fails(1, 1, () => SharedMemory.Allocate<int>(count, alignment)).Message);

    [Fact]
    public void Dynamic_shared_memory_is_bounds_checked() =>
        Assert.Equal(0, ScalarTest.Fails(1, 1, () => SharedMemory.GetDynamic<int>()[0] = 1).Index);

    [Fact]
    public void Local_arrays_are_zeroed_and_belong_to_one_thread()
    {
        int[] sums = new int[64];
        ScalarTest.Run(2, 64, () =>
        {
            ArrayView<int> array = LocalMemory.Allocate<int>(9);
            for (int i = 0; i < 9; i++)
            {
                Assert.Equal(0, array[i]);
                array[i] = Group.LinearIndex + i;
            }

            Group.Barrier();
            int sum = 0;
            for (int i = 0; i < 9; i++)
            {
                sum += array[i];
            }

            sums[Group.LinearIndex] = sum;
        });
        Assert.Equal(Enumerable.Range(0, 64).Select(i => (9 * i) + 36), sums);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(131073)]
    [InlineData(int.MaxValue)]
    public void Impossible_local_arrays_are_a_fault(int count) =>
        Assert.Contains("LocalMemory.Allocate<Int32>", ScalarTest.Fails(1, 1, () => LocalMemory.Allocate<int>(count)).Message);

    [Fact]
    public void Async_copies_move_or_zero_and_check_both_sides()
    {
        var moved = new float[4];
        ScalarTest.Run(1, 1, () =>
        {
            ArrayView<float> source = SharedMemory.Allocate<float>(8);
            ArrayView<float> target = SharedMemory.Allocate<float>(8);
            for (int i = 0; i < 8; i++)
            {
                source[i] = i;
                target[i] = -1;
            }

            AsyncCopy.Copy16(target, 0, source, 4);
            AsyncCopy.Copy4(target, 4, source, 1L);
            AsyncCopy.Copy8(target, 6, source, 100, valid: false);
            AsyncCopy.Commit();
            AsyncCopy.Wait(0);
            Assert.Equal([4, 5, 6, 7, 1, -1, 0, 0], Enumerable.Range(0, 8).Select(i => target[i]));
            moved[0] = 1;
        });
        Assert.Equal(1, moved[0]);
        Assert.Equal(5, ScalarTest.Fails(1, 1, () => AsyncCopy.Copy16(SharedMemory.Allocate<float>(8), 5, SharedMemory.Allocate<float>(8), 0)).Index);
        Assert.Contains("no multiple of 16 bytes", ScalarTest.Fails(1, 1, () => AsyncCopy.Copy16(SharedMemory.Allocate<float>(8), 1, SharedMemory.Allocate<float>(8), 0)).Message);
    }
}
