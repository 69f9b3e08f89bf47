namespace LbrCore.Compute.Tests.Cuda;

/// <summary>A GPU device on a driver that is none.</summary>
public abstract class CudaTestBase : IDisposable
{
    private Device? _device;

    internal FakeDriver Driver { get; init; } = new() { ArgumentCount = 4 };

    internal Device Device => _device ??= new DeviceSelector(Driver, _ => null).Open("cuda");

    public void Dispose()
    {
        _device?.Dispose();
        GC.SuppressFinalize(this);
    }
}
