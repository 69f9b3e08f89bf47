using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Benchmarks;

/// <summary>The kernels that are timed on the CPU device, with buffers of random values.</summary>
internal sealed class CpuWork : IDisposable
{
    public const int M = 64, N = 1024, K = 1024;
    public const int Rows = 64, HiddenSize = 1536, Columns = 4096;
    public const int CopyElements = 16 << 20;

    private readonly Device _device = Device.Open("cpu");
    private readonly DeviceBuffer<float> _a, _b, _y;
    private readonly LinearWorkspace _workspace;

    public CpuWork()
    {
        _a = Random(CopyElements, 1);
        _b = Random(N * K, 2);
        _y = _device.Allocate<float>(CopyElements);
        _workspace = new LinearWorkspace(_device);
    }

    /// <summary>What runs it.</summary>
    public string DeviceName => _device.Info.ToString();

    /// <summary>y [64, 1024] = x [64, 1024] w [1024, 1024]^T in float32.</summary>
    public void LinearForward() => Linear.Forward(_device.DefaultStream, _a.View, _b.View, _y.View, M, N, K, workspace: _workspace);

    /// <summary>RMSNorm of 64 rows of 1536.</summary>
    public void RmsNormForward() => RmsNorm.LaunchForward(_device.DefaultStream, _a.View, _b.View, _y.View, Rows, HiddenSize, 1e-6f);

    /// <summary>Softmax of 64 rows of 4096.</summary>
    public void SoftmaxForward() => Softmax.LaunchForward(_device.DefaultStream, _a.View, _y.View, Rows, Columns);

    /// <summary>Copy of 64 MiB.</summary>
    public void Copy() => Elements.LaunchCopy(_device.DefaultStream, _a.View, _y.View);

    public void Dispose() => _device.Dispose();

    private DeviceBuffer<float> Random(int length, int seed)
    {
        var random = new Random(seed);
        var values = new float[length];
        foreach (ref float value in values.AsSpan()) value = (float)(2 * random.NextDouble() - 1);
        return _device.Allocate(values);
    }
}
