using LbrCore.Compute.Cuda;
using Xunit;

namespace LbrCore.Compute.Tests.Cuda;

public class CudaGraphTests : CudaTestBase
{
    private readonly KernelVariant _add = TestKernels.AddScalar();

    [Fact]
    public void ACaptureBecomesAGraphThatIsLaunchedInOneCall()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(10), y = Device.Allocate<float>(10);
        ComputeStream stream = Device.DefaultStream;
        using Graph graph = Device.Capture(stream, s =>
        {
            TestKernels.Launch(s, _add, new LaunchConfig(1), x, 1);
            s.Copy<float>(x, y);
        });
        Assert.Equal(2, graph.NodeCount);
        Assert.Contains(nameof(IDriverApi.GraphDestroy), Driver.Calls);
        Driver.Calls.Clear();
        graph.Upload(stream);
        graph.Launch(stream);
        graph.Launch(stream);
        Assert.Equal([nameof(IDriverApi.GraphUpload), nameof(IDriverApi.GraphLaunch), nameof(IDriverApi.GraphLaunch)], Driver.Calls);
        Assert.Equal(new StreamCounters(0, 2, 0, 0, 0, 0, 2), stream.Counters);
    }

    [Fact]
    public void CallsToTheDriverAreCountedByKind()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(10);
        using PinnedBuffer<float> host = Device.AllocatePinned<float>(10);
        using ComputeEvent mark = Device.CreateEvent();
        ComputeStream stream = Device.DefaultStream;
        using Graph graph = Device.Capture(stream, s => TestKernels.Launch(s, _add, new LaunchConfig(1), x, 1));
        DriverCalls before = Device.DriverCalls;
        Driver.Calls.Clear();
        for (int i = 0; i < 3; i++)
        {
            graph.Launch(stream);
            stream.CopyToHost(x.View, host);
            stream.Record(mark);
            mark.Synchronize();
        }

        TestKernels.Launch(stream, _add, new LaunchConfig(1), x, 1);
        stream.Fill(x.View, 1f);
        DriverCalls calls = Device.DriverCalls - before;
        Assert.Equal(new DriverCalls(KernelLaunches: 1, GraphLaunches: 3, Copies: 3, Fills: 1, Waits: 3, Events: 3, Allocations: 0, Others: 0), calls);
        Assert.Equal(Driver.Calls.Count, calls.Total);
    }

    [Fact]
    public void AKernelThatIsFirstUsedInACaptureIsLoadedOutsideOfIt()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(10);
        Device.Capture(Device.DefaultStream, s => TestKernels.Launch(s, _add, new LaunchConfig(1), x, 1)).Dispose();
        int load = Driver.Calls.IndexOf(nameof(IDriverApi.ModuleLoadDataEx));
        Assert.Equal(nameof(IDriverApi.ThreadExchangeStreamCaptureMode), Driver.Calls[load - 1]);
        Assert.Equal(2, Driver.Count(nameof(IDriverApi.ThreadExchangeStreamCaptureMode)));
    }

    [Fact]
    public void AFailedRecordingIsDroppedAndItsErrorKept()
    {
        ComputeStream stream = Device.DefaultStream;
        Driver.Fail(nameof(IDriverApi.StreamEndCapture), 901);
        Assert.Throws<FormatException>(() => Device.Capture(stream, _ => throw new FormatException()));
        Assert.False(stream.IsCapturing);
        stream.Synchronize();
    }

    [Fact]
    public void ABufferDisposedInACaptureIsReturnedAfterIt()
    {
        DeviceBuffer<float> x = Device.Allocate<float>(10);
        ComputeStream stream = Device.DefaultStream;
        stream.BeginCapture();
        x.Dispose();
        Assert.Equal(0, Driver.Count(nameof(IDriverApi.MemFreeAsync)));
        stream.EndCapture().Dispose();
        Assert.Equal(1, Driver.Count(nameof(IDriverApi.MemFreeAsync)));
        Assert.Equal(1, Driver.Count(nameof(IDriverApi.GraphExecDestroy)));
    }

    [Fact]
    public void AFailureAfterAGraphNamesItsKernels()
    {
        DeviceBuffer<float> x = Device.Allocate<float>(10);
        ComputeStream stream = Device.DefaultStream;
        Graph graph = Device.Capture(stream, s => TestKernels.Launch(s, _add, new LaunchConfig(9), x, 1));
        graph.Launch(stream);
        Driver.Sticky = DriverCode.IllegalAddress;
        Assert.Contains("graph of 1 nodes [Add.Scalar (T=Single), grid (9, 1, 1)", Assert.Throws<DriverException>(stream.Synchronize).Message);
        graph.Dispose();
    }
}
