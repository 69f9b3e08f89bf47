using LbrCore.Compute.Cuda;
using Xunit;

namespace LbrCore.Compute.Tests.Cuda;

public class KernelLoadingTests : CudaTestBase
{
    [Fact]
    public void AKernelIsLoadedOnFirstUseAndKept()
    {
        KernelVariant add = TestKernels.AddScalar();
        Device device = Device;
        Assert.Equal(0, Driver.Count(nameof(IDriverApi.ModuleLoadDataEx)));
        var loaded = new LoadedKernel[8];
        Parallel.For(0, loaded.Length, i => loaded[i] = device.Load(add));
        Assert.Equal(1, Driver.Count(nameof(IDriverApi.ModuleLoadDataEx)));
        Assert.All(loaded, kernel => Assert.Same(loaded[0], kernel));
        device.Dispose();
        Assert.Equal(1, Driver.Count(nameof(IDriverApi.ModuleUnload)));
    }

    [Fact]
    public void AttributesAreRead()
    {
        Driver.FunctionAttributes[FunctionAttribute.NumRegs] = 96;
        Driver.FunctionAttributes[FunctionAttribute.LocalSizeBytes] = 8;
        Driver.FunctionAttributes[FunctionAttribute.SharedSizeBytes] = 4096;
        Driver.FunctionAttributes[FunctionAttribute.PtxVersion] = 80;
        Driver.FunctionAttributes[FunctionAttribute.BinaryVersion] = 90;
        LoadedKernel kernel = Device.Load(TestKernels.AddScalar());
        Assert.Equal((96, 8, 4096, 80, 90), (kernel.Registers, kernel.LocalBytes, kernel.StaticSharedBytes, kernel.PtxVersion, kernel.BinaryVersion));
        Assert.Equal(8, kernel.MaxActiveGroupsPerMultiprocessor(256));
    }

    [Fact]
    public void RefusedPtxIsReportedWithItsLineAndTheLineOfTheSource()
    {
        Driver.ErrorLog = "ptxas application ptx input, line 8; error   : Not a name of any known instruction: 'bogus'\nptxas fatal   : Ptx assembly aborted due to errors";
        Driver.Fail(nameof(IDriverApi.ModuleLoadDataEx), DriverCode.InvalidPtx);
        var exception = Assert.Throws<PtxCompilationException>(() => Device.Load(TestKernels.AddScalar()));
        Assert.Equal((8, "bogus;", "Add.cs:13"), (exception.Line, exception.LineText, exception.SourcePlace));
        Assert.Contains("Add.Scalar (T=Single): CUDA_ERROR_INVALID_PTX (218)", exception.Message);
        Assert.Contains("PTX line 8: bogus;\nfrom Add.cs:13\n", exception.Message);
        Assert.Contains("Ptx assembly aborted", exception.Log);
        Assert.NotNull(Device.Load(TestKernels.AddScalar()));
    }

    [Fact]
    public void ARefusalWithoutALineNamesTheKernelsPlace()
    {
        Driver.Fail(nameof(IDriverApi.ModuleLoadDataEx), DriverCode.UnsupportedPtxVersion);
        var exception = Assert.Throws<PtxCompilationException>(() => Device.Load(TestKernels.AddScalar()));
        Assert.Contains("The driver is too old", exception.Message);
        Assert.Contains("from Add.cs:10", exception.Message);
    }

    [Fact]
    public void AFailureAfterCompilingReturnsTheModule()
    {
        Driver.Fail(nameof(IDriverApi.ModuleGetFunction), 500);
        var exception = Assert.Throws<DriverException>(() => Device.Load(TestKernels.AddScalar()));
        Assert.Contains("Finding the entry add_scalar", exception.Message);
        Assert.Equal(1, Driver.Count(nameof(IDriverApi.ModuleUnload)));
        Assert.Equal(2, Driver.Count(nameof(IDriverApi.ThreadExchangeStreamCaptureMode)));
    }

    [Theory]
    [InlineData(8, 0, 90, false, "needs compute capability 9.0")]
    [InlineData(10, 0, 90, true, "needs compute capability exactly 9.0")]
    [InlineData(8, 6, 90, true, "needs compute capability exactly 9.0")]
    public void AChipThatCannotRunAKernelIsNamed(int major, int minor, int needed, bool specific, string sentence)
    {
        Driver.Attributes[DeviceAttribute.ComputeCapabilityMajor] = major;
        Driver.Attributes[DeviceAttribute.ComputeCapabilityMinor] = minor;
        var exception = Assert.Throws<KernelNotSupportedException>(() => Device.Load(TestKernels.AddScalar(minimumCapability: needed, specific: specific)));
        Assert.Contains(sentence, exception.Message);
        Assert.Contains($"has {major}.{minor}", exception.Message);
    }

    [Fact]
    public void AKernelWithoutPtxIsRefused()
    {
        var variant = new KernelVariant { Name = "none", Kernel = "None.Run" };
        Assert.Contains("None.Run has no PTX", Assert.Throws<KernelNotSupportedException>(() => Device.Load(variant)).Message);
    }

    [Fact]
    public void AnOlderChipGetsTheLoweredText()
    {
        Driver.Attributes[DeviceAttribute.ComputeCapabilityMajor] = 8;
        Device.Load(TestKernels.AddScalar(".version 7.8\n// minimum: sm_80\n.target sm_90\ngriddepcontrol.wait; // optional: sm_90\nret;\n"));
        Assert.Equal(".version 7.8\n// minimum: sm_80\n.target sm_80\n\nret;\n", Assert.Single(Driver.LoadedTexts));
    }
}
