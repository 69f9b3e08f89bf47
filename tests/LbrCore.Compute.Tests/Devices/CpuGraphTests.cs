using Xunit;

namespace LbrCore.Compute.Tests.Devices;

public sealed class CpuGraphTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu:scalar");
    private readonly KernelVariant _add = TestKernels.AddScalar();

    public void Dispose() => _device.Dispose();

    [Fact]
    public void CapturedWorkRunsOnlyWhenTheGraphIsLaunched()
    {
        using DeviceBuffer<float> x = _device.Allocate<float>([1, 2]), y = _device.Allocate<float>(2);
        using PinnedBuffer<float> host = _device.AllocatePinned<float>(2);
        host.Span.Clear();
        ComputeStream stream = _device.CreateStream();
        using Graph graph = _device.Capture(stream, s =>
        {
            TestKernels.Launch(s, _add, new LaunchConfig(1), x, 10);
            s.Copy<float>(x, y);
            s.Fill(x.View, 0.5f);
            s.CopyToHost(y.View, host);
        });
        Assert.Equal([1f, 2f], x.ToArray());
        Assert.Equal(4, graph.NodeCount);
        Assert.Equal(new StreamCounters(0, 0, 0, 0, 0, 0, 4), stream.Counters);

        graph.Upload(stream);
        graph.Launch(stream);
        Assert.Equal([11f, 12f], host.Span.ToArray());
        graph.Launch(stream);
        Assert.Equal([10.5f, 10.5f], host.Span.ToArray());
        Assert.Equal([0.5f, 0.5f], x.ToArray());
        Assert.Equal(2, stream.Counters.GraphLaunches);
        Assert.Equal(0, stream.LaunchCount);
    }

    [Fact]
    public void AGraphKeepsTheArgumentsOfItsCapture()
    {
        using DeviceBuffer<float> x = _device.Allocate<float>([0]);
        ComputeStream stream = _device.DefaultStream;
        PreparedLaunch add = TestKernels.Prepare(_device, _add, new LaunchConfig(1), x, 1);
        using Graph graph = _device.Capture(stream, add.Launch);
        add.SetScalar("value", 100f);
        add.Launch(stream);
        graph.Launch(stream);
        Assert.Equal([101f], x.ToArray());
    }

    [Fact]
    public void AStreamThatWaitsForACapturedMarkJoinsTheCapture()
    {
        using DeviceBuffer<float> x = _device.Allocate<float>([0]);
        ComputeStream main = _device.DefaultStream, side = _device.CreateStream();
        using ComputeEvent fork = _device.CreateEvent(false), join = _device.CreateEvent(false);
        main.BeginCapture();
        main.Record(fork);
        side.Wait(fork);
        Assert.True(side.IsCapturing);
        TestKernels.Launch(side, _add, new LaunchConfig(1), x, 1);
        side.Record(join);
        main.Wait(join);
        Assert.Throws<InvalidOperationException>(() => side.EndCapture());
        using Graph graph = main.EndCapture();
        Assert.False(side.IsCapturing);
        Assert.Equal([0f], x.ToArray());
        graph.Launch(main);
        Assert.Equal([1f], x.ToArray());
    }

    [Fact]
    public void AFailedRecordingLeavesTheStreamAsItWas()
    {
        using DeviceBuffer<float> x = _device.Allocate<float>([0]);
        ComputeStream stream = _device.DefaultStream;
        Assert.Throws<FormatException>(() => _device.Capture(stream, _ => throw new FormatException()));
        Assert.False(stream.IsCapturing);
        TestKernels.Launch(stream, _add, new LaunchConfig(1), x, 1);
        Assert.Equal([1f], x.ToArray());
    }

    [Fact]
    public void WhatACaptureCannotHoldIsRefused()
    {
        using DeviceBuffer<float> x = _device.Allocate<float>([0]);
        DeviceBuffer<float> old = _device.Allocate<float>(8);
        ComputeStream stream = _device.DefaultStream;
        Assert.Throws<InvalidOperationException>(() => stream.EndCapture());
        using Graph empty = _device.Capture(stream, _ => { });
        Assert.Equal(0, empty.NodeCount);
        stream.BeginCapture();
        Assert.Throws<InvalidOperationException>(stream.BeginCapture);
        Assert.Throws<InvalidOperationException>(stream.Synchronize);
        Assert.Throws<InvalidOperationException>(() => _device.Allocate<float>(1));
        Assert.Throws<InvalidOperationException>(() => _device.CreateStream());
        Assert.Throws<InvalidOperationException>(() => x.CopyFrom([1]));
        Assert.Throws<InvalidOperationException>(() => x.ToArray());
        Assert.Throws<InvalidOperationException>(() => empty.Launch(stream));
        old.Dispose();
        stream.EndCapture().Dispose();
        Assert.Equal(4, _device.GetMemoryInfo().Allocated);
        empty.Dispose();
        Assert.Throws<ObjectDisposedException>(() => empty.Launch(stream));
    }
}
