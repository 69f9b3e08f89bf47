using LbrCore.Compute.Tests.Cuda;
using Xunit;

namespace LbrCore.Compute.Tests.Devices;

public sealed class BufferTests : IDisposable
{
    private readonly Device _device = Device.Open("cpu");

    private readonly record struct Words(uint X, uint Y, uint Z);

    private readonly record struct Bytes(byte X, byte Y, byte Z);

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(1000)]
    public void MemoryIsAligned(int length)
    {
        using DeviceBuffer<byte> buffer = _device.Allocate<byte>(length);
        Assert.Equal(0, buffer.View.Pointer % 64);
        Assert.Equal(length, buffer.View.Length);
    }

    [Fact]
    public void ContentsGoInAndOut()
    {
        float[] values = [1, 2, float.NaN, float.PositiveInfinity, -0f];
        using DeviceBuffer<float> buffer = _device.Allocate(values);
        Assert.Equal(values, buffer.ToArray());
        buffer.CopyFrom([7, 8]);
        Assert.Equal([7, 8, float.NaN, float.PositiveInfinity, -0f], buffer.ToArray());
        buffer.Clear();
        Assert.Equal(new float[5], buffer.ToArray());
    }

    [Fact]
    public void AnEmptyBufferIsABuffer()
    {
        using DeviceBuffer<double> buffer = _device.Allocate<double>(0);
        Assert.Equal(0, buffer.View.Length);
        Assert.Empty(buffer.ToArray());
        buffer.Clear();
        buffer.CopyFrom([]);
        Assert.Equal(0, _device.DefaultStream.Counters.Copies + _device.DefaultStream.Counters.Fills);
        using PinnedBuffer<int> pinned = _device.AllocatePinned<int>(0);
        Assert.True(pinned.Span.IsEmpty);
    }

    [Fact]
    public void ANegativeLengthIsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _device.Allocate<int>(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => _device.AllocatePinned<int>(long.MinValue));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(long.MaxValue / 8)]
    [InlineData(1L << 60)]
    [InlineData(1L << 44)]
    public void TooMuchIsRefusedWithWhatWasAskedAndWhatIsFree(long length)
    {
        var exception = Assert.Throws<OutOfDeviceMemoryException>(() => _device.Allocate<double>(length));
        Assert.Equal((ulong)UInt128.Min(ulong.MaxValue, (UInt128)(ulong)length * 8), exception.RequestedBytes);
        Assert.InRange(exception.FreeBytes, 1ul, 1ul << 44);
        Assert.Contains($"{(UInt128)(ulong)length * 8} bytes", exception.Message);
        using DeviceBuffer<double> after = _device.Allocate<double>(4);
        Assert.True(after.View.Pointer != 0);
    }

    [Fact]
    public void LiveBytesAreCounted()
    {
        DeviceBuffer<long> first = _device.Allocate<long>(100), second = _device.Allocate<long>(3);
        Assert.Equal(824, _device.GetMemoryInfo().Allocated);
        first.Dispose();
        first.Dispose();
        Assert.Equal(24, _device.GetMemoryInfo().Allocated);
        second.Dispose();
        Assert.Equal(0, _device.GetMemoryInfo().Allocated);
    }

    [Fact]
    public void PeaksAreTheMostThatLivedAtATime()
    {
        using DeviceBuffer<long> kept = _device.Allocate<long>(10);
        _device.Allocate<long>(100).Dispose();
        _device.Allocate<long>(50).Dispose();
        Assert.Equal(880, _device.GetMemoryInfo().Peak);
        _device.ResetMemoryPeaks();
        Assert.Equal(80, _device.GetMemoryInfo().Peak);
        _device.Allocate<long>(5).Dispose();
        Assert.Equal(120, _device.GetMemoryInfo().Peak);
        Assert.Null(_device.GetDriverMemoryInfo());
    }

    [Fact]
    public void ADisposedBufferIsRefused()
    {
        DeviceBuffer<int> buffer = _device.Allocate<int>(4);
        buffer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.View);
        Assert.Throws<ObjectDisposedException>(() => buffer.ToArray());
        Assert.Throws<ObjectDisposedException>(() => buffer.Clear());
        PinnedBuffer<int> pinned = _device.AllocatePinned<int>(4);
        pinned.Dispose();
        pinned.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pinned.Pointer);
        Assert.Throws<ObjectDisposedException>(() => pinned.Slice(0, 1).Length);
    }

    [Fact]
    public void ADisposedDeviceTakesItsBuffersAlong()
    {
        Device device = Device.Open("cpu");
        DeviceBuffer<int> buffer = device.Allocate<int>(4);
        ComputeStream stream = device.DefaultStream;
        device.Dispose();
        device.Dispose();
        Assert.Throws<ObjectDisposedException>(() => buffer.View);
        Assert.Throws<ObjectDisposedException>(() => device.Allocate<int>(1));
        Assert.Throws<ObjectDisposedException>(stream.Synchronize);
        buffer.Dispose();
    }

    [Fact]
    public void CopiesMustFit()
    {
        using DeviceBuffer<int> four = _device.Allocate<int>([1, 2, 3, 4]), two = _device.Allocate<int>(2);
        ComputeStream stream = _device.DefaultStream;
        var exception = Assert.Throws<ArgumentException>(() => stream.Copy<int>(four, two));
        Assert.Contains("4 elements", exception.Message);
        Assert.Contains("has 2", exception.Message);
        Assert.Throws<ArgumentException>(() => two.CopyFrom([1, 2, 3]));
        Assert.Throws<ArgumentException>(() => four.CopyTo(new int[3]));
        stream.Copy(four.View.SubView(2), two.View);
        Assert.Equal([3, 4], two.ToArray());
    }

    [Fact]
    public void PinnedMemoryIsCopiedBothWays()
    {
        using PinnedBuffer<short> host = _device.AllocatePinned<short>(3);
        using DeviceBuffer<short> buffer = _device.Allocate<short>(3);
        host.Span.Fill(5);
        _device.DefaultStream.CopyFromHost(host, buffer.View);
        host.Span.Clear();
        _device.DefaultStream.CopyToHost(buffer.View, host);
        Assert.Equal([5, 5], host.Slice(1, 2).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => host.Slice(2, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => host.Slice(-1, 2).Length);
    }

    [Fact]
    public void FillsOfAllSizesSetEachElement()
    {
        Check((byte)0xab);
        Check((Half)1.5f);
        Check(-1.25f);
        Check(0L);
        Check(-1L);
        Check(new Words(1, 1, 1));
        Check(new Bytes(9, 9, 9));
        Check(new Int4(3, 3, 3, 3));

        void Check<T>(T value) where T : unmanaged
        {
            using DeviceBuffer<T> buffer = _device.Allocate<T>(5);
            buffer.Clear();
            _device.DefaultStream.Fill(buffer.View.SubView(1, 3), value);
            Assert.Equal([default, value, value, value, default], buffer.ToArray());
        }
    }

    [Fact]
    public void AFillThatDoesNotRepeatIsRefused()
    {
        using DeviceBuffer<double> buffer = _device.Allocate<double>(5);
        var exception = Assert.Throws<ArgumentException>(() => _device.DefaultStream.Fill(buffer.View, 0.1));
        Assert.Contains("Double of 8 bytes", exception.Message);
    }

    [Fact]
    public void MemoryOfAnotherKindOfDeviceIsRefused()
    {
        var selector = new DeviceSelector(new FakeDriver(), _ => null);
        using Device gpu = selector.Open("cuda");
        using DeviceBuffer<int> there = gpu.Allocate<int>(4), here = _device.Allocate<int>(4);
        Assert.Throws<ArgumentException>(() => _device.DefaultStream.Copy<int>(there, here));
        Assert.Throws<ArgumentException>(() => gpu.DefaultStream.Fill(here.View, 1));
        Assert.Throws<ArgumentException>(() => gpu.DefaultStream.CopyFromHost([1], here.View));
    }

    [Theory]
    [InlineData("MemTotal: 5 kB|MemAvailable:   123 kB|x", 123L * 1024)]
    [InlineData("MemAvailable: lots", null)]
    [InlineData("", null)]
    public void FreeMemoryOfLinuxIsRead(string text, long? bytes) =>
        Assert.Equal(bytes, LbrCore.Compute.Cpu.HostMemory.ParseAvailable(text.Split('|')));
}
