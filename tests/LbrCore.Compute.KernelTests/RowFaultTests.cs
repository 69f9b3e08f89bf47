using LbrCore.Compute.KernelTests.Kernels;
using Xunit;

namespace LbrCore.Compute.KernelTests;

/// <summary>Lanes that read and write a row of neighbours are checked as one; the exception names the one that is outside.</summary>
public class RowFaultTests
{
    [Theory]
    [InlineData(100, 128, "x")]
    [InlineData(128, 64, "y")]
    public void The_first_lane_outside_is_named(int length, int written, string what)
    {
        using Device device = Device.Open("cpu");
        using DeviceBuffer<float> x = device.Allocate<float>(length), y = device.Allocate<float>(written);
        KernelFaultException e = Assert.Throws<KernelFaultException>(() =>
        {
            Rows.LaunchStrips(device.DefaultStream, new LaunchConfig(1, 32), x, y, 32);
            device.DefaultStream.Synchronize();
        });
        Assert.Equal("Rows.Strips", e.Kernel);
        Assert.Equal(what == "x" ? (4, 100L) : (0, 64L), (e.Lane, e.Index));
    }
}
