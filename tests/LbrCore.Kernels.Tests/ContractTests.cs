using LbrCore.Compute;
using LbrCore.Kernels;
using Xunit;

namespace LbrCore.Kernels.Tests;

/// <summary>Launches that cannot be right are refused with a sentence, and the device stays usable.</summary>
public sealed class ContractTests(CpuDevices devices) : IClassFixture<CpuDevices>
{
    private Device Device => devices.Scalar;

    private ComputeStream Stream => Device.DefaultStream;

    [Fact]
    public void A_view_too_short_is_named_with_what_it_needs()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(11), weight = Device.Allocate<float>(4), y = Device.Allocate<float>(12);
        var error = Assert.Throws<LaunchContractException>(() => RmsNorm.LaunchForward<float>(Stream, x, weight, y, 3, 4, 1e-6f));
        Assert.Contains("RmsNorm.Forward (T=Single", error.Message);
        Assert.Contains("x is a view of 11 elements", error.Message);
        Assert.Contains("12", error.Message);
        Elements.LaunchFill(Stream, y, 1f);
        Assert.All(y.ToArray(), value => Assert.Equal(1f, value));
    }

    [Fact]
    public void Sizes_that_overflow_are_refused_not_wrapped()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(16);
        Assert.Throws<LaunchContractException>(() => Softmax.LaunchForward(Stream, x.View, x.View, 1 << 30, 1 << 30));
        Assert.Throws<LaunchContractException>(() => Kernels.Linear.Forward(Stream, x.View, x.View, x.View, 1 << 20, 1 << 20, 1 << 20));
        Assert.Throws<LaunchContractException>(() => RmsNorm.LaunchForward(Stream, x.View, x.View, x.View, 1 << 30, 1 << 30, 1e-6f));
    }

    [Fact]
    public void Negative_sizes_are_refused()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(16);
        Assert.Throws<LaunchContractException>(() => RmsNorm.LaunchForward(Stream, x.View, x.View, x.View, -1, 4, 1e-6f));
        Assert.Throws<LaunchContractException>(() => Softmax.LaunchForward(Stream, x.View, x.View, 1, -4));
        Assert.Throws<LaunchContractException>(() => Kernels.Linear.Forward(Stream, x.View, x.View, x.View, 1, -1, 4));
    }

    [Fact]
    public void Operands_that_overlap_are_refused_where_that_would_go_wrong()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(64);
        Assert.Throws<LaunchContractException>(() => Elements.LaunchCopy(Stream, x.View.SubView(0, 32), x.View.SubView(16, 32)));
        Assert.Throws<LaunchContractException>(() => Kernels.Linear.Forward(Stream, x.View, x.View, x.View, 4, 4, 4));
        var error = Assert.Throws<LaunchContractException>(() => RmsNorm.LaunchForwardResidual(Stream, x.View, x.View, x.View, x.View, 2, 4, 1e-6f));
        Assert.Contains("residual", error.Message);
    }

    [Fact]
    public void Alignment_that_a_kernel_was_promised_is_checked()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(65), weight = Device.Allocate<float>(64), y = Device.Allocate<float>(64);
        var error = Assert.Throws<LaunchContractException>(() =>
            RmsNorm.LaunchForward<float>(Stream, new LaunchConfig(1), x.View.SubView(1), weight, y, 1, 64, 1e-6f, 1f / 64, packed: true, threads: 256));
        Assert.Contains("multiple of 16 bytes", error.Message);
        Assert.Throws<LaunchContractException>(() => RmsNorm.LaunchForward<float>(Stream, new LaunchConfig(1), x, weight, y, 1, 63, 1e-6f, 1f / 63, packed: true, threads: 256));
    }

    [Fact]
    public void A_grid_that_does_not_cover_the_work_is_refused()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(4096), y = Device.Allocate<float>(4096);
        Assert.Throws<LaunchContractException>(() => Elements.LaunchFill(Stream, new LaunchConfig(1), x, 1f, 0, 0));
        Assert.Throws<LaunchContractException>(() => Elements.LaunchFill(Stream, new LaunchConfig(4), x, 1f, 1, 1024));
        Assert.Throws<LaunchContractException>(() => Softmax.LaunchForward<float>(Stream, new LaunchConfig(1), x, y, 1, 4096, packed: true, threads: 128, pieces: 1));
        Assert.Throws<LaunchContractException>(() => Elements.LaunchCopy<float>(Stream, new LaunchConfig(1), x, y, 4096, 0, 0));
        Assert.Throws<LaunchContractException>(() => Softmax.LaunchForward<float>(Stream, new LaunchConfig(3), x, y, 4, 1024, packed: true, threads: 256, pieces: 4));
        Assert.Throws<LaunchContractException>(() => Softmax.LaunchForward<float>(Stream, new LaunchConfig(4, 33), x, y, 4, 1024, packed: true, threads: 256, pieces: 4));
    }

    [Fact]
    public void An_undeclared_element_type_names_the_declared_ones()
    {
        using DeviceBuffer<double> x = Device.Allocate<double>(8);
        var error = Assert.Throws<MissingVariantException>(() => RmsNorm.LaunchForward(Stream, x.View, x.View, x.View, 1, 8, 1e-6f));
        Assert.Contains("Double", error.Message);
        Assert.Contains("T=BFloat16", error.Message);
        Assert.Throws<MissingVariantException>(() => Kernels.Linear.Forward(Stream, x.View, x.View, x.View, 1, 1, 8));
    }

    [Fact]
    public void An_empty_problem_launches_nothing()
    {
        using DeviceBuffer<float> x = Device.Allocate<float>(0), weight = Device.Allocate<float>(4);
        RmsNorm.LaunchForward(Stream, x.View, weight, x, 0, 4, 1e-6f);
        Softmax.LaunchForward(Stream, x.View, x.View, 0, 4);
        Elements.LaunchFill(Stream, x.View, 1f);
        Kernels.Linear.Forward(Stream, x.View, weight, x.View, 0, 1, 4);
    }
}
