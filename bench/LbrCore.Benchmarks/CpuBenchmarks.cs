using BenchmarkDotNet.Attributes;

namespace LbrCore.Benchmarks;

/// <summary>The CPU device under BenchmarkDotNet.</summary>
public class CpuBenchmarks
{
    private CpuWork? _work;

    [GlobalSetup]
    public void Setup() => _work = new CpuWork();

    [GlobalCleanup]
    public void Cleanup() => _work?.Dispose();

    [Benchmark(Description = "Linear f32 64x1024x1024")]
    public void Linear() => _work!.LinearForward();

    [Benchmark(Description = "RMSNorm f32 64x1536")]
    public void RmsNorm() => _work!.RmsNormForward();

    [Benchmark(Description = "Softmax f32 64x4096")]
    public void Softmax() => _work!.SoftmaxForward();

    [Benchmark(Description = "Copy 64 MiB")]
    public void Copy() => _work!.Copy();
}
