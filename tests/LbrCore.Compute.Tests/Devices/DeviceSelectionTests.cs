using LbrCore.Compute.Cuda;
using LbrCore.Compute.Tests.Cuda;
using Xunit;

namespace LbrCore.Compute.Tests.Devices;

public class DeviceSelectionTests
{
    private static readonly FakeDriver s_none = new() { Missing = "no NVIDIA driver (libcuda.so.1 is not on this machine)" };

    [Fact]
    public void WithoutADriverTheCpuIsChosenAndTheReasonSaysWhy()
    {
        using Device device = Select(s_none).Open(null);
        Assert.Equal(DeviceKind.Cpu, device.Info.Kind);
        Assert.StartsWith("cpu ", device.SelectionReason);
        Assert.Contains("libcuda.so.1", device.SelectionReason);
    }

    [Fact]
    public void WithADriverTheFirstGpuIsChosen()
    {
        using Device device = Select(new FakeDriver { DeviceCount = 2 }).Open(null);
        Assert.Equal("cuda:0", device.Info.Selection);
        Assert.Contains("Fake 0", device.SelectionReason);
        Assert.Equal(new ComputeCapability(9, 0), device.Info.ComputeCapability);
        Assert.Equal(new Version(12, 4), device.Info.DriverVersion);
        Assert.Equal(132, device.Info.MultiprocessorCount);
        Assert.Equal(232448, device.Info.SharedMemoryPerGroup);
    }

    [Theory]
    [InlineData("cpu", "cpu")]
    [InlineData("CPU:Scalar", "cpu:scalar")]
    [InlineData(" cuda ", "cuda:0")]
    [InlineData("cuda:1", "cuda:1")]
    public void TheVariableChooses(string variable, string selection)
    {
        using Device device = Select(new FakeDriver { DeviceCount = 2 }, variable).Open(null);
        Assert.Equal(selection, device.Info.Selection);
        Assert.Contains("LBR_DEVICE", device.SelectionReason);
    }

    [Fact]
    public void TheArgumentIsStrongerThanTheVariable()
    {
        using Device device = Select(new FakeDriver(), "cuda").Open("cpu:scalar");
        Assert.Equal(DeviceKind.CpuScalar, device.Info.Kind);
        Assert.Contains("asked for by the program", device.SelectionReason);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:x")]
    [InlineData("cuda:99999999999")]
    [InlineData("cpu:fast")]
    public void AnUnknownNameIsRefusedWithTheChoices(string name)
    {
        var exception = Assert.Throws<ArgumentException>(() => Select(new FakeDriver(), name).Open(null));
        Assert.Contains($"'{name}'", exception.Message);
        Assert.Contains("cpu, cpu:scalar, cuda, cuda:N", exception.Message);
    }

    [Fact]
    public void AGpuThatDoesNotExistIsRefusedWithThoseThatDo()
    {
        var exception = Assert.Throws<DeviceUnavailableException>(() => Select(new FakeDriver { DeviceCount = 2 }).Open("cuda:2"));
        Assert.Contains("cuda:2 does not exist", exception.Message);
        Assert.Contains("cuda:0 Fake 0, cuda:1 Fake 1", exception.Message);
    }

    [Fact]
    public void AskingForAGpuWithoutADriverIsAnError()
    {
        var exception = Assert.Throws<DeviceUnavailableException>(() => Select(s_none).Open("cuda"));
        Assert.Contains("libcuda.so.1", exception.Message);
    }

    [Fact]
    public void AnOldDriverIsNamedWithWhatIsNeeded()
    {
        var driver = new FakeDriver { Version = 11040 };
        using Device device = Select(driver).Open(null);
        Assert.Equal(DeviceKind.Cpu, device.Info.Kind);
        Assert.Contains("speaks CUDA 11.4, needed is 12.0", device.SelectionReason);
        Assert.DoesNotContain("Init", driver.Calls);
        Assert.Contains("525", Assert.Throws<DeviceUnavailableException>(() => Select(driver).Open("cuda:0")).Message);
    }

    [Fact]
    public void ADriverWithoutAGpuSelectsTheCpu()
    {
        var driver = new FakeDriver();
        driver.Fail("Init", DriverCode.NoDevice);
        using Device device = Select(driver).Open(null);
        Assert.Equal(DeviceKind.Cpu, device.Info.Kind);
        Assert.Contains("no GPU", device.SelectionReason);
    }

    [Fact]
    public void ADriverThatDoesNotStartIsQuoted()
    {
        var driver = new FakeDriver();
        driver.Fail("Init", 803);
        using Device device = Select(driver).Open(null);
        Assert.Contains("CUDA_ERROR_803 (803): text of 803", device.SelectionReason);
    }

    [Fact]
    public void AnOldChipIsListedAsUnusable()
    {
        var driver = new FakeDriver();
        driver.Attributes[DeviceAttribute.ComputeCapabilityMajor] = 7;
        driver.Attributes[DeviceAttribute.ComputeCapabilityMinor] = 5;
        using Device device = Select(driver).Open(null);
        Assert.Equal(DeviceKind.Cpu, device.Info.Kind);
        Assert.Contains("compute capability 7.5, needed is 8.0", device.SelectionReason);
        Assert.Throws<DeviceUnavailableException>(() => Select(driver).Open("cuda"));
        Assert.DoesNotContain(Select(driver).Enumerate(), info => info.Kind == DeviceKind.Cuda);
    }

    [Fact]
    public void AContextThatCannotBeHadIsAnError()
    {
        var driver = new FakeDriver();
        driver.Fail("DevicePrimaryCtxRetain", 2);
        Assert.Contains("gives no context", Assert.Throws<DeviceUnavailableException>(() => Select(driver).Open("cuda")).Message);
    }

    [Fact]
    public void AllDevicesAreListed()
    {
        string[] names = [.. Select(new FakeDriver { DeviceCount = 2 }).Enumerate().Select(info => info.Selection)];
        Assert.Equal(["cuda:0", "cuda:1", "cpu", "cpu:scalar"], names);
    }

    [Theory]
    [InlineData("3", 3)]
    [InlineData(null, 0)]
    [InlineData("", 0)]
    public void TheNumberOfThreadsCanBeSet(string? variable, int expected)
    {
        using Device device = Select(s_none, threads: variable).Open("cpu");
        Assert.Equal(expected == 0 ? Environment.ProcessorCount : expected, device.Info.MultiprocessorCount);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-2")]
    [InlineData("many")]
    public void ABadNumberOfThreadsIsRefused(string variable)
    {
        var exception = Assert.Throws<ArgumentException>(() => Select(s_none, threads: variable).Open("cpu"));
        Assert.Contains($"LBR_CPU_THREADS is '{variable}'", exception.Message);
    }

    [Fact]
    public void TheRealDriverIsProbedWithoutHarm()
    {
        using Device device = Device.Open("cpu");
        Assert.Contains(Device.Enumerate(), info => info.Kind == DeviceKind.CpuScalar);
    }

    private static DeviceSelector Select(FakeDriver driver, string? variable = null, string? threads = null) =>
        new(driver, name => name == "LBR_DEVICE" ? variable : name == "LBR_CPU_THREADS" ? threads : null);
}
