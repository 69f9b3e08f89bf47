using Xunit;

namespace LbrCore.Compute.Tests.Cuda;

/// <summary>The CUDA layer on a real GPU.</summary>
public sealed class GpuTests : IDisposable
{
    private Device? _device;

    private Device Device => _device ??= Device.Open("cuda");

    public void Dispose() => _device?.Dispose();

    [GpuFact]
    public void AKernelRunsAndItsAttributesAreKnown()
    {
        KernelVariant add = GpuKernels.Add();
        using DeviceBuffer<float> x = Device.Allocate<float>([.. Enumerable.Range(0, 1000).Select(i => (float)i)]);
        TestKernels.Launch(Device.DefaultStream, add, LaunchConfig.Cover(1000, 128), x, 0.5f);
        PreparedLaunch prepared = TestKernels.Prepare(Device, add, LaunchConfig.Cover(1000, 128), x, 1f);
        for (int i = 0; i < 3; i++) prepared.Launch(Device.DefaultStream);
        prepared.SetScalar("value", -3f);
        prepared.Launch(Device.DefaultStream);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => i + 0.5f), x.ToArray());
        LoadedKernel kernel = Device.Load(add);
        Assert.InRange(kernel.Registers, 4, 32);
        Assert.Equal(0, kernel.LocalBytes);
        Assert.Equal(80, kernel.PtxVersion);
        Assert.Equal(Device.Info.ComputeCapability.Value, kernel.BinaryVersion);
        Assert.InRange(kernel.MaxActiveGroupsPerMultiprocessor(128), 1, 32);
    }

    [GpuFact]
    public void AGraphOfDependentKernelsReplays()
    {
        KernelVariant add = GpuKernels.AddDependent();
        using DeviceBuffer<float> x = Device.Allocate<float>(1000);
        using ComputeStream stream = Device.CreateStream();
        x.Clear(stream);
        using Graph graph = Device.Capture(stream, s =>
        {
            for (int i = 0; i < 100; i++) TestKernels.Launch(s, add, LaunchConfig.Cover(1000, 128) with { DependentLaunch = true }, x, 1f);
        });
        Assert.Equal(100, graph.NodeCount);
        graph.Upload(stream);
        for (int i = 0; i < 10; i++) graph.Launch(stream);
        Assert.All(x.ToArray(stream), value => Assert.Equal(1000f, value));
        Assert.Equal(10, stream.Counters.GraphLaunches);
    }

    [GpuFact]
    public void AllSharedMemoryOfAGroupCanBeUsed()
    {
        int bytes = Device.Info.SharedMemoryPerGroup;
        using DeviceBuffer<float> x = Device.Allocate<float>(64);
        var config = new LaunchConfig(1, 64) { DynamicSharedBytes = bytes };
        Span<ulong> slots = stackalloc ulong[4];
        var arguments = new KernelArguments(slots);
        arguments.Add(x.View);
        arguments.Add(2.5f);
        arguments.Add(bytes - 4);
        Device.DefaultStream.Launch(GpuKernels.LastSharedWord(), config, slots);
        Assert.All(x.ToArray(), value => Assert.Equal(2.5f, value));
    }

    [GpuFact(90)]
    public void ClustersAndCooperativeLaunchesRun()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(16 * 128);
        x.Clear();
        foreach (int cluster in new[] { 2, 8, 16 })
            TestKernels.Launch(Device.DefaultStream, GpuKernels.Add(), new LaunchConfig(16) { Cluster = cluster }, x, 1f);
        TestKernels.Launch(Device.DefaultStream, GpuKernels.Add(), new LaunchConfig(16) { Cooperative = true }, x, 1f);
        Assert.All(x.ToArray(), value => Assert.Equal(4f, value));
    }

    [GpuFact]
    public void StreamsEventsAndPinnedCopiesKeepTheirOrder()
    {
        const int Length = 1 << 20;
        using ComputeStream copies = Device.CreateStream();
        using PinnedBuffer<float> host = Device.AllocatePinned<float>(Length);
        using DeviceBuffer<float> x = Device.Allocate<float>(Length);
        using ComputeEvent start = Device.CreateEvent(), copied = Device.CreateEvent(), added = Device.CreateEvent();
        KernelVariant add = GpuKernels.Add();
        host.Span.Fill(1f);
        copies.Record(start);
        copies.CopyFromHost(host, x.View);
        copies.Record(copied);
        Device.DefaultStream.Wait(copied);
        TestKernels.Launch(Device.DefaultStream, add, LaunchConfig.Cover(Length, 128), x, 2f);
        Device.DefaultStream.Record(added);
        copies.Wait(added);
        copies.CopyToHost(x.View, host);
        copies.Synchronize();
        Assert.False(host.Span.ContainsAnyExcept(3f));
        Assert.InRange(copied.MillisecondsSince(start), 0.01, 1000);
        Device.DefaultStream.Fill(x.View, 7f);
        Assert.All(x.ToArray()[^10..], value => Assert.Equal(7f, value));
    }

    [GpuFact]
    public void MemoryReturnedOnOneStreamIsNotOverwrittenByAnother()
    {
        const int Length = 1 << 22;
        using ComputeStream side = Device.CreateStream();
        KernelVariant add = GpuKernels.Add();
        using DeviceBuffer<float> sum = Device.Allocate<float>(Length);
        sum.Clear();
        for (int round = 0; round < 20; round++)
        {
            DeviceBuffer<float> x = Device.Allocate<float>(Length);
            x.Clear(side);
            for (int i = 0; i < 5; i++) TestKernels.Launch(side, add, LaunchConfig.Cover(Length, 128), x, 1f);
            side.Copy<float>(x, sum);
            x.Dispose();
            using DeviceBuffer<float> next = Device.Allocate<float>(Length);
            Device.DefaultStream.Fill(next.View, -1f);
        }

        side.Synchronize();
        Assert.DoesNotContain(sum.ToArray(), value => value != 5f);
    }

    [GpuFact]
    public void BrokenPtxIsReportedWithItsLine()
    {
        var exception = Assert.Throws<PtxCompilationException>(() => Device.Load(GpuKernels.Broken()));
        Assert.Equal((8, "add.bogus %f1, %f2;", "Add.cs:12"), (exception.Line, exception.LineText, exception.SourcePlace));
        AKernelRunsAndItsAttributesAreKnown();
    }

    [GpuFact]
    public void TooMuchMemoryIsRefusedAndTheDeviceStaysUsable()
    {
        long tooMuch = Device.Info.TotalMemory * 2;
        var exception = Assert.Throws<OutOfDeviceMemoryException>(() => Device.Allocate<byte>(tooMuch));
        Assert.InRange(exception.FreeBytes, 1ul, (ulong)Device.Info.TotalMemory);
        AKernelRunsAndItsAttributesAreKnown();
    }

    [GpuFact(endsTheProcess: true)]
    public void AWildStoreEndsTheDeviceAndNamesTheKernel()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(1);
        TestKernels.Launch(Device.DefaultStream, GpuKernels.Wild(), new LaunchConfig(1, 1), x, 0);
        var exception = Assert.Throws<DriverException>(Device.DefaultStream.Synchronize);
        Assert.Equal(700, exception.Code);
        Assert.Contains("Add.Scalar, grid (1, 1, 1), group (1, 1, 1)", exception.Message);
        Assert.Throws<DeviceUnavailableException>(() => Device.Allocate<int>(1));
    }
}
