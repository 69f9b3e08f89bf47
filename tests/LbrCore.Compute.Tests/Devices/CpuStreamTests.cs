using Xunit;

namespace LbrCore.Compute.Tests.Devices;

public sealed class CpuStreamTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu:scalar");
    private readonly KernelVariant _add = TestKernels.AddScalar();

    public void Dispose() => _device.Dispose();

    [Fact]
    public void WorkRunsInTheOrderOfItsSubmission()
    {
        using DeviceBuffer<float> x = _device.Allocate<float>(40);
        ComputeStream stream = _device.DefaultStream;
        stream.Fill(x.View, 1f);
        TestKernels.Launch(stream, _add, new LaunchConfig(2), x, 2);
        TestKernels.Launch(stream, _add, LaunchConfig.Cover(40, 32), x, 0.5f);
        Assert.Equal(Enumerable.Repeat(3.5f, 40), x.ToArray());
        Assert.Equal(new StreamCounters(Launches: 2, GraphLaunches: 0, Copies: 1, Fills: 1, Synchronizations: 1, EventOperations: 0, Captured: 0), stream.Counters);
    }

    [Fact]
    public void AnEmptyGridDoesNothing()
    {
        using DeviceBuffer<float> x = _device.Allocate<float>([1]);
        TestKernels.Launch(_device.DefaultStream, _add, new LaunchConfig(0), x, 2);
        TestKernels.Prepare(_device, _add, new LaunchConfig((3, 0)), x, 2).Launch(_device.DefaultStream);
        Assert.Equal(0, _device.DefaultStream.LaunchCount);
        Assert.Equal([1f], x.ToArray());
    }

    [Fact]
    public void EventsMeasureTime()
    {
        ComputeStream stream = _device.CreateStream();
        using ComputeEvent start = _device.CreateEvent(), end = _device.CreateEvent(), untimed = _device.CreateEvent(timing: false);
        stream.Record(start);
        Thread.Sleep(5);
        stream.Record(end);
        stream.Record(untimed);
        Assert.True(end.IsComplete);
        Assert.InRange(end.MillisecondsSince(start), 4, 60_000);
        Assert.Throws<InvalidOperationException>(() => untimed.MillisecondsSince(start));
        Assert.Throws<InvalidOperationException>(() => _device.CreateEvent().MillisecondsSince(start));
    }

    [Fact]
    public void EventsAndGraphsOfAnotherDeviceAreRefused()
    {
        using Device other = Device.Open("cpu");
        Assert.Throws<ArgumentException>(() => _device.DefaultStream.Record(other.CreateEvent()));
        using Graph graph = other.Capture(other.DefaultStream, _ => { });
        Assert.Throws<ArgumentException>(() => graph.Launch(_device.DefaultStream));
        Assert.Throws<ArgumentException>(() => _device.Capture(other.DefaultStream, _ => { }));
        using DeviceBuffer<float> x = _device.Allocate<float>(1);
        PreparedLaunch launch = TestKernels.Prepare(_device, _add, new LaunchConfig(1), x, 1);
        Assert.Throws<ArgumentException>(() => launch.Launch(other.DefaultStream));
    }

    [Fact]
    public void AKernelsFailureNamesItAndLeavesTheDeviceUsable()
    {
        unsafe static void Fails(ulong* slots) => throw new InvalidOperationException("broken");
        unsafe
        {
            var bad = new KernelVariant { Name = "bad", Kernel = "Bad.Run", GroupSize = 1, Scalar = Fails };
            var exception = Assert.Throws<KernelFaultException>(() => _device.DefaultStream.Launch(bad, new LaunchConfig(1), []));
            Assert.Equal("Bad.Run", exception.Kernel);
            Assert.Contains("broken", exception.Message);
        }

        WorkRunsInTheOrderOfItsSubmission();
    }

    [Fact]
    public void AKernelWithoutTheFormThatTheDeviceRunsIsRefused()
    {
        using Device lanes = Device.Open("cpu");
        var exception = Assert.Throws<KernelNotSupportedException>(() => lanes.Load(_add));
        Assert.Contains("Add.Scalar (T=Single) has no lanes form", exception.Message);
        Assert.Same(_device.Load(_add), _device.Load(_add));
    }

    [Fact]
    public void ADisposedStreamIsRefusedButTheDefaultOneStays()
    {
        ComputeStream stream = _device.CreateStream();
        stream.Dispose();
        stream.Dispose();
        Assert.Throws<ObjectDisposedException>(stream.Synchronize);
        _device.DefaultStream.Dispose();
        _device.DefaultStream.Synchronize();
        _device.Synchronize();
    }
}
