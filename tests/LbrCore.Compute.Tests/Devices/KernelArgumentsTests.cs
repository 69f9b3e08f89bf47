using Xunit;

namespace LbrCore.Compute.Tests.Devices;

public sealed unsafe class KernelArgumentsTests
{
    private enum Mode : byte
    {
        Some = 3,
    }

    [Fact]
    public void EachArgumentStandsInItsSlotsWithTheRestZero()
    {
        Span<ulong> slots = stackalloc ulong[11];
        slots.Fill(ulong.MaxValue);
        var arguments = new KernelArguments(slots);
        arguments.Add(new ArrayView<double>(unchecked((nint)0x123456789abc), 5));
        arguments.Add(-1);
        arguments.Add(-2L);
        arguments.Add(1.5f);
        arguments.Add(1.5);
        arguments.Add(true);
        arguments.Add((Half)1);
        arguments.Add((BFloat16)1f);
        arguments.Add((sbyte)-1);
        arguments.Add(Mode.Some);
        Assert.Equal(
            [
                0x123456789abc, 5, 0xffffffff, unchecked((ulong)-2), BitConverter.SingleToUInt32Bits(1.5f), BitConverter.DoubleToUInt64Bits(1.5),
                1, 0x3c00, 0x3f80, 0xff, 3,
            ],
            slots.ToArray());
    }

    [Fact]
    public void WhatWasWrittenIsRead()
    {
        ulong* slots = stackalloc ulong[3];
        var arguments = new KernelArguments(new Span<ulong>(slots, 3));
        arguments.Add(new ArrayView<int>(64, 9));
        arguments.Add(-0.5f);
        ArrayView<int> view = KernelSlots.View<int>(slots, 0);
        Assert.Equal((64, 9L), (view.Pointer, view.Length));
        Assert.Equal(-0.5f, KernelSlots.Scalar<float>(slots, 2));
    }

    [Fact]
    public void AScalarOfAPreparedLaunchIsSetByItsName()
    {
        using Device device = Device.Open("cpu:scalar");
        using DeviceBuffer<float> x = device.Allocate<float>([0]);
        PreparedLaunch launch = TestKernels.Prepare(device, TestKernels.AddScalar(), new LaunchConfig(1), x, 1);
        launch.SetScalar("value", 5f);
        launch.SetScalar("mode", 2);
        launch.Launch(device.DefaultStream);
        Assert.Equal([5f], x.ToArray());
        Assert.Contains("it has x, value, mode", Assert.Throws<ArgumentException>(() => launch.SetScalar("valu", 5f)).Message);
        Assert.Contains("is a float, not a Double", Assert.Throws<ArgumentException>(() => launch.SetScalar("value", 5.0)).Message);
        Assert.Contains("is a float, not a Int32", Assert.Throws<ArgumentException>(() => launch.SetScalar("value", 5)).Message);
        Assert.Contains("no scalar", Assert.Throws<ArgumentException>(() => launch.SetScalar("x", 5L)).Message);
        Assert.Throws<ArgumentException>(() => launch.SetScalar("mode", 1f));
    }
}
