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

    // A loop over rows may run for some lanes after the others; the first row that leaves the view is named all the same.
    [Theory]
    [InlineData(100, 4, 100L)]
    [InlineData(63, 31, 63L)]
    public void A_loop_names_the_first_row_outside(int length, int lane, long index)
    {
        using Device device = Device.Open("cpu");
        using DeviceBuffer<float> x = device.Allocate<float>(length), y = device.Allocate<float>(32);
        KernelFaultException e = Assert.Throws<KernelFaultException>(() =>
        {
            Rows.LaunchSum(device.DefaultStream, new LaunchConfig(1, 32), x, y, 4);
            device.DefaultStream.Synchronize();
        });
        Assert.Equal(("Rows.Sum", lane, index), (e.Kernel, e.Lane, e.Index));
    }
}
