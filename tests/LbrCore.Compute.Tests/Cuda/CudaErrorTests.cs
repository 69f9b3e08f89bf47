using LbrCore.Compute.Cuda;
using Xunit;

namespace LbrCore.Compute.Tests.Cuda;

public class CudaErrorTests : CudaTestBase
{
    private readonly KernelVariant _add = TestKernels.AddScalar();

    [Fact]
    public void ARefusedLaunchNamesTheKernelAndItsSizes()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(1);
        Driver.Fail(nameof(IDriverApi.LaunchKernelEx), DriverCode.LaunchOutOfResources);
        var exception = Assert.Throws<DriverException>(() => TestKernels.Launch(Device.DefaultStream, _add, new LaunchConfig((7, 2)) { DynamicSharedBytes = 64 }, x, 0));
        Assert.Equal((701, "CUDA_ERROR_701", "text of 701"), (exception.Code, exception.ErrorName, exception.ErrorText));
        Assert.Equal("Add.Scalar (T=Single)", exception.Kernel);
        Assert.Equal((Dim3)(7, 2), exception.Config!.Value.Grid);
        Assert.Contains("Launching a kernel (Add.Scalar (T=Single), grid (7, 2, 1), group (32, 1, 1), 64 bytes of dynamic shared memory) on cuda:0 failed: CUDA_ERROR_701 (701): text of 701. The group needs more registers", exception.Message);
        TestKernels.Launch(Device.DefaultStream, _add, new LaunchConfig(1), x, 0);
        Assert.Single(Driver.Launches);
    }

    [Fact]
    public void ABadAddressNamesTheSuspectsAndEndsTheDevice()
    {
        DeviceBuffer<float> x = Device.Allocate<float>(1);
        ComputeStream stream = Device.DefaultStream, other = Device.CreateStream();
        TestKernels.Launch(stream, _add, new LaunchConfig(1), x, 0);
        stream.Synchronize();
        TestKernels.Launch(stream, _add, new LaunchConfig(2), x, 0);
        TestKernels.Launch(stream, _add, new LaunchConfig(3), x, 0);
        TestKernels.Launch(other, _add, new LaunchConfig(4), x, 0);
        Driver.Sticky = DriverCode.IllegalAddress;
        var exception = Assert.Throws<DriverException>(stream.Synchronize);
        Assert.Contains("CUDA_ERROR_ILLEGAL_ADDRESS (700)", exception.Message);
        const string Suspects = "latest first: Add.Scalar (T=Single), grid (3, 1, 1), group (32, 1, 1); Add.Scalar (T=Single), grid (2, 1, 1), group (32, 1, 1) | Add.Scalar (T=Single), grid (4, 1, 1)";
        Assert.Contains(Suspects, exception.Message);
        Assert.DoesNotContain("grid (1, 1, 1)", exception.Message);

        var refused = Assert.Throws<DeviceUnavailableException>(() => TestKernels.Launch(stream, _add, new LaunchConfig(1), x, 0));
        Assert.Contains(Suspects, refused.Message);
        Assert.Contains("start a new one", refused.Message);
        Assert.Throws<DeviceUnavailableException>(() => Device.Allocate<int>(1));
        Assert.Throws<DeviceUnavailableException>(() => Device.Load(_add));
        x.Dispose();
        other.Dispose();
    }

    [Fact]
    public void OnlyTheLatestLaunchesAreNamedButAllAreCounted()
    {
        DeviceBuffer<float> x = Device.Allocate<float>(1);
        for (int i = 1; i <= 20; i++) TestKernels.Launch(Device.DefaultStream, _add, new LaunchConfig(i), x, 0);
        Driver.Sticky = DriverCode.LaunchFailed;
        var exception = Assert.Throws<DriverException>(Device.DefaultStream.Synchronize);
        Assert.Contains("grid (20, 1, 1)", exception.Message);
        Assert.Contains("grid (5, 1, 1)", exception.Message);
        Assert.DoesNotContain("grid (4, 1, 1)", exception.Message);
        Assert.Contains("and 4 before these", exception.Message);
    }

    [Fact]
    public void AnErrorThatShowsInADisposeIsKeptForTheNextCall()
    {
        DeviceBuffer<float> x = Device.Allocate<float>(1), y = Device.Allocate<float>(1);
        TestKernels.Launch(Device.DefaultStream, _add, new LaunchConfig(2), x, 0);
        Driver.Sticky = DriverCode.IllegalAddress;
        x.Dispose();
        Assert.Contains("grid (2, 1, 1)", Assert.Throws<DeviceUnavailableException>(Device.DefaultStream.Synchronize).Message);
        y.Dispose();
    }

    [Fact]
    public void OutOfMemorySaysWhatWasAskedAndWhatIsFree()
    {
        using DeviceBuffer<byte> first = Device.Allocate<byte>(100 << 20);
        var exception = Assert.Throws<OutOfDeviceMemoryException>(() => Device.Allocate<double>(1 << 27));
        Assert.Equal(1ul << 30, exception.RequestedBytes);
        Assert.Equal((1ul << 30) - (100 << 20), exception.FreeBytes);
        Assert.Contains("1073741824 bytes (1024 MiB) of device memory asked for, 968884224 bytes (924 MiB) free, 104857600 bytes in live buffers", exception.Message);
        using DeviceBuffer<double> after = Device.Allocate<double>(1 << 20);
        Assert.Equal((100 << 20) + (8 << 20), Device.GetMemoryInfo().Allocated);
        Assert.Throws<OutOfDeviceMemoryException>(() => Device.AllocatePinned<double>(1 << 27));
        Assert.Throws<OutOfDeviceMemoryException>(() => Device.Allocate<double>(long.MaxValue));
    }

    [Fact]
    public void MemoryOnItsWayBackIsWaitedForBeforeAnAllocationFails()
    {
        Device device = Device;
        Driver.Fail(nameof(IDriverApi.MemAllocAsync), DriverCode.OutOfMemory);
        using DeviceBuffer<int> buffer = device.Allocate<int>(4);
        Assert.Equal(2, Driver.Count(nameof(IDriverApi.MemAllocAsync)));
        Assert.Contains(nameof(IDriverApi.StreamSynchronize), Driver.Calls);
        Assert.Contains(nameof(IDriverApi.MemPoolTrimTo), Driver.Calls);
    }

    [Fact]
    public void ACaptureErrorSaysWhatACaptureAllows()
    {
        ComputeStream stream = Device.DefaultStream;
        stream.BeginCapture();
        Driver.Fail(nameof(IDriverApi.StreamEndCapture), 901);
        Assert.Contains("only launches, copies, fills and events", Assert.Throws<DriverException>(stream.EndCapture).Message);
        Assert.False(stream.IsCapturing);
    }
}
