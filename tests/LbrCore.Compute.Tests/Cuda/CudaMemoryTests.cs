using LbrCore.Compute.Cuda;
using Xunit;

namespace LbrCore.Compute.Tests.Cuda;

public class CudaMemoryTests : CudaTestBase
{
    private readonly KernelVariant _add = TestKernels.AddScalar();

    [Fact]
    public void ContentsGoInAndOut()
    {
        using DeviceBuffer<int> buffer = Device.Allocate([1, 2, 3]), copy = Device.Allocate<int>(3);
        Device.DefaultStream.Copy<int>(buffer, copy);
        Assert.Equal([1, 2, 3], copy.ToArray());
        Device.DefaultStream.Fill(copy.View, -1);
        Assert.Equal([-1, -1, -1], copy.ToArray());
        Assert.Equal(2, Driver.Count(nameof(IDriverApi.StreamSynchronize)));
    }

    [Theory]
    [InlineData(64 << 10, 0)]
    [InlineData((64 << 10) + 1, 1)]
    public void ALargeCopyFromOrdinaryMemoryIsWaitedFor(int bytes, int waits)
    {
        using DeviceBuffer<byte> buffer = Device.Allocate(new byte[bytes]);
        Assert.Equal(waits, Driver.Count(nameof(IDriverApi.StreamSynchronize)));
    }

    [Fact]
    public void MemoryComesFromThePoolAndGoesBack()
    {
        Device.Allocate<int>(10).Dispose();
        Device.Allocate<int>(10);
        Assert.Equal(1, Driver.Count(nameof(IDriverApi.MemFreeAsync)));
        Assert.Contains(nameof(IDriverApi.MemPoolSetAttribute), Driver.Calls);
        Device.Dispose();
        Assert.Equal(0, Driver.LiveBlocks);
        Assert.Equal(1, Driver.Count(nameof(IDriverApi.DevicePrimaryCtxRelease)));
    }

    [Fact]
    public void WithoutAPoolPlainAllocationServes()
    {
        Driver.Attributes[DeviceAttribute.MemoryPoolsSupported] = 0;
        Device.Allocate<int>(10).Dispose();
        Assert.Equal(1, Driver.Count(nameof(IDriverApi.MemAlloc)));
        Assert.Equal(1, Driver.Count(nameof(IDriverApi.MemFree)));
        Assert.Equal(0, Driver.Count(nameof(IDriverApi.MemAllocAsync)));
    }

    [Fact]
    public void TheDriverSaysWhatIsTakenAndThePoolItsPeaks()
    {
        using DeviceBuffer<byte> buffer = Device.Allocate<byte>(1 << 20);
        (Driver.PoolAttributes[MemPoolAttribute.UsedMemHigh], Driver.PoolAttributes[MemPoolAttribute.ReservedMemHigh]) = (3 << 20, 32 << 20);
        Assert.Equal(new DriverMemoryInfo(1 << 20, 3 << 20, 32 << 20), Device.GetDriverMemoryInfo());
        Device.ResetMemoryPeaks();
        Assert.Equal(new DriverMemoryInfo(1 << 20, 0, 0), Device.GetDriverMemoryInfo());
    }

    [Fact]
    public void OneStreamNeedsNoEvents()
    {
        DeviceBuffer<float> x = Device.Allocate<float>(10);
        TestKernels.Launch(Device.DefaultStream, _add, new LaunchConfig(1), x, 1);
        x.Dispose();
        Assert.Empty(Driver.Marks);
    }

    [Fact]
    public void AnotherStreamIsOrderedAfterAllocationsAndBeforeReturns()
    {
        ComputeStream main = Device.DefaultStream, side = Device.CreateStream();
        Driver.Marks.Clear();
        DeviceBuffer<float> x = Device.Allocate<float>(10);
        TestKernels.Launch(side, _add, new LaunchConfig(1), x, 1);
        TestKernels.Launch(side, _add, new LaunchConfig(1), x, 1);
        nint sideHandle = Driver.Launches[0].Stream;
        TestKernels.Launch(main, _add, new LaunchConfig(1), x, 1);
        nint mainHandle = Driver.Launches[2].Stream;
        nint allocated = Driver.Marks[0].Event;
        Assert.Equal([("record", mainHandle, allocated), ("wait", sideHandle, allocated)], Driver.Marks);

        Driver.Marks.Clear();
        x.Dispose();
        Assert.Equal(["record", "wait"], Driver.Marks.Select(mark => mark.What));
        Assert.Equal([sideHandle, mainHandle], Driver.Marks.Select(mark => mark.Stream));
        Device.Allocate<float>(1).Dispose();
        Assert.Equal(1, Driver.Marks.Count(mark => mark.What == "wait"));
    }

    [Fact]
    public void PinnedMemoryIsFreedAfterItsCopies()
    {
        PinnedBuffer<int> pinned = Device.AllocatePinned<int>(4);
        using DeviceBuffer<int> buffer = Device.Allocate<int>(4);
        Device.DefaultStream.CopyFromHost(pinned, buffer.View);
        pinned.Dispose();
        Assert.Equal([nameof(IDriverApi.StreamSynchronize), nameof(IDriverApi.MemFreeHost)], Driver.Calls[^2..]);
    }

    [Fact]
    public void EventsAreDriverEvents()
    {
        using ComputeEvent start = Device.CreateEvent(), end = Device.CreateEvent();
        Device.DefaultStream.Record(start);
        Device.DefaultStream.Record(end);
        Assert.Equal(1.5, end.MillisecondsSince(start));
        Driver.Fail(nameof(IDriverApi.EventQuery), DriverCode.NotReady);
        Assert.False(end.IsComplete);
        Assert.True(end.IsComplete);
        Driver.Fail(nameof(IDriverApi.EventElapsedTime), DriverCode.InvalidHandle);
        Assert.Throws<InvalidOperationException>(() => end.MillisecondsSince(start));
        end.Dispose();
        Assert.Throws<ObjectDisposedException>(end.Synchronize);
    }
}
