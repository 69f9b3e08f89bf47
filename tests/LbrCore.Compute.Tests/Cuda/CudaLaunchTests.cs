using System.Runtime.CompilerServices;
using LbrCore.Compute.Cuda;
using Xunit;

namespace LbrCore.Compute.Tests.Cuda;

public class CudaLaunchTests : CudaTestBase
{
    private readonly KernelVariant _add = TestKernels.AddScalar(groupSize: 0, staticShared: 1024);

    [Fact]
    public void TheDriversStructuresHaveTheDriversSizes()
    {
        Assert.Equal(56, Unsafe.SizeOf<LaunchParameters>());
        Assert.Equal(72, Unsafe.SizeOf<LaunchAttribute>());
    }

    [Fact]
    public void ALaunchHandsOverSizesAndArguments()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(100);
        TestKernels.Launch(Device.DefaultStream, _add, new LaunchConfig((2, 3, 4), (32, 2)) { DynamicSharedBytes = 512 }, x, 1.5f);
        FakeLaunch launch = Assert.Single(Driver.Launches);
        Assert.Equal((2, 3, 4), launch.Grid);
        Assert.Equal((Dim3)(32, 2), launch.Group);
        Assert.Equal(512u, launch.SharedBytes);
        Assert.Empty(launch.Attributes);
        Assert.Equal([(ulong)x.View.Pointer, 100, BitConverter.SingleToUInt32Bits(1.5f), 7], launch.Arguments);
        Assert.Equal(1, Device.DefaultStream.LaunchCount);
        Assert.True(x.View.OnDeviceOnly);
    }

    [Fact]
    public void APreparedLaunchHandsOverTheSame()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(100);
        PreparedLaunch prepared = TestKernels.Prepare(Device, _add, new LaunchConfig(5, 64) { Cooperative = true }, x, 1.5f);
        GC.Collect();
        prepared.Launch(Device.DefaultStream);
        prepared.SetScalar("value", -2f);
        prepared.Launch(Device.CreateStream());
        Assert.Equal(2, Driver.Launches.Count);
        Assert.NotEqual(Driver.Launches[0].Stream, Driver.Launches[1].Stream);
        Assert.Equal([(ulong)x.View.Pointer, 100, BitConverter.SingleToUInt32Bits(1.5f), 7], Driver.Launches[0].Arguments);
        Assert.Equal(BitConverter.SingleToUInt32Bits(-2f), Driver.Launches[1].Arguments[2]);
        Assert.All(Driver.Launches, launch => Assert.Equal([(LaunchAttribute.Cooperative, 1u, 0u, 0u)], launch.Attributes));
    }

    [Fact]
    public void AttributesAreHandedOver()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(1);
        TestKernels.Launch(Device.DefaultStream, _add, new LaunchConfig(8, 32) { Cluster = (4, 1, 1), DependentLaunch = true, Cooperative = true }, x, 0);
        Assert.Equal(
            [
                (LaunchAttribute.ClusterDimension, 4u, 1u, 1u), (LaunchAttribute.ProgrammaticStreamSerialization, 1u, 0u, 0u),
                (LaunchAttribute.Cooperative, 1u, 0u, 0u),
            ],
            Assert.Single(Driver.Launches).Attributes);
    }

    [Theory]
    [InlineData(13000, 72, 72)]
    [InlineData(12080, 100, 100)]
    [InlineData(12040, 72, null)]
    [InlineData(13000, null, null)]
    public void LaunchesFollowTheCarveoutOfTheirStream(int version, int? preferred, int? handedOver)
    {
        var driver = new FakeDriver { ArgumentCount = 4, Version = version };
        using Device device = new DeviceSelector(driver, _ => null).Open("cuda");
        using DeviceBuffer<float> x = device.Allocate<float>(1);
        PreparedLaunch prepared = TestKernels.Prepare(device, _add, new LaunchConfig(8, 32) { Cooperative = true }, x, 0);
        ComputeStream stream = device.DefaultStream;
        stream.SharedMemoryCarveout = preferred;
        TestKernels.Launch(stream, _add, new LaunchConfig(8, 32), x, 0);
        prepared.Launch(stream);
        stream.SharedMemoryCarveout = null;
        prepared.Launch(stream);
        (int, uint, uint, uint)[] expected = handedOver is { } percent ? [(LaunchAttribute.PreferredSharedMemoryCarveout, (uint)percent, 0u, 0u)] : [];
        Assert.Equal(expected, driver.Launches[0].Attributes);
        Assert.Equal([(LaunchAttribute.Cooperative, 1u, 0u, 0u), .. expected], driver.Launches[1].Attributes);
        Assert.Equal([(LaunchAttribute.Cooperative, 1u, 0u, 0u)], driver.Launches[2].Attributes);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(101)]
    public void ACarveoutIsAPercentage(int percent)
    {
        Assert.Contains($"{percent}", Assert.Throws<ArgumentOutOfRangeException>(() => Device.DefaultStream.SharedMemoryCarveout = percent).Message);
        Assert.Null(Device.DefaultStream.SharedMemoryCarveout);
    }

    [Fact]
    public void BeforeHopperADependentLaunchIsAnOrdinaryOne()
    {
        Driver.Attributes[DeviceAttribute.ComputeCapabilityMajor] = 8;
        using DeviceBuffer<float> x = Device.Allocate<float>(1);
        TestKernels.Launch(Device.DefaultStream, _add, new LaunchConfig(8, 32) { DependentLaunch = true }, x, 0);
        Assert.Empty(Assert.Single(Driver.Launches).Attributes);
    }

    [Fact]
    public void MoreSharedMemoryIsOptedInToOnce()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(1);
        Driver.FunctionAttributes[FunctionAttribute.SharedSizeBytes] = 1024;
        foreach (int bytes in new[] { 0, 47 << 10, (47 << 10) + 1, 100_000, 60_000, 100_000 })
            TestKernels.Launch(Device.DefaultStream, _add, new LaunchConfig(1, 32) { DynamicSharedBytes = bytes }, x, 0);
        Assert.Equal(
            [(FunctionAttribute.MaxDynamicSharedSizeBytes, (47 << 10) + 1), (FunctionAttribute.MaxDynamicSharedSizeBytes, 100_000)],
            Driver.FunctionSettings);
    }

    [Fact]
    public void LargeClustersAreOptedInToOnce()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(1);
        foreach (int cluster in new[] { 8, 16, 16 })
            TestKernels.Launch(Device.DefaultStream, _add, new LaunchConfig(16, 32) { Cluster = cluster }, x, 0);
        Assert.Equal([(FunctionAttribute.NonPortableClusterSizeAllowed, 1)], Driver.FunctionSettings);
    }

    [Fact]
    public void AGroupThatItsRegistersForbidIsRefusedOnTheHost()
    {
        Driver.FunctionAttributes[FunctionAttribute.MaxThreadsPerBlock] = 256;
        Driver.FunctionAttributes[FunctionAttribute.NumRegs] = 255;
        using DeviceBuffer<float> x = Device.Allocate<float>(1);
        var exception = Assert.Throws<LaunchContractException>(() => TestKernels.Launch(Device.DefaultStream, _add, new LaunchConfig(1, 512), x, 0));
        Assert.Contains("at most 256 threads, since each needs 255 registers", exception.Message);
        Assert.Throws<LaunchContractException>(() => TestKernels.Prepare(Device, _add, new LaunchConfig(1, 512), x, 0));
        Assert.Empty(Driver.Launches);
    }

    [Fact]
    public void LaunchesAllocateNothing()
    {
        using DeviceBuffer<float> buffer = Device.Allocate<float>(1);
        ComputeStream stream = Device.DefaultStream;
        ArrayView<float> x = buffer;
        PreparedLaunch prepared = TestKernels.Prepare(Device, _add, new LaunchConfig(1, 32), x, 0);
        Driver.Notes = false;
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Run();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Run()
        {
            TestKernels.Launch(stream, _add, new LaunchConfig(1, 32) { DependentLaunch = true }, x, 0);
            prepared.Launch(stream);
            stream.Copy(x, x);
            stream.Fill(x, 1f);
        }
    }

    [Fact]
    public void TheContextIsMadeCurrentOnceOnEachThread()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(1);
        int Before() => Driver.Count(nameof(IDriverApi.CtxSetCurrent));
        int before = Before();
        for (int i = 0; i < 3; i++) TestKernels.Launch(Device.DefaultStream, _add, new LaunchConfig(1, 32), x, 0);
        Assert.Equal(before, Before());
        var thread = new Thread(() =>
        {
            for (int i = 0; i < 3; i++) TestKernels.Launch(Device.DefaultStream, _add, new LaunchConfig(1, 32), x, 0);
        });
        thread.Start();
        thread.Join();
        Assert.Equal(before + 1, Before());
    }
}
