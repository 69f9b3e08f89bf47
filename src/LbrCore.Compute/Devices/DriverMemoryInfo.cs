namespace LbrCore.Compute;

/// <summary>A GPU's memory as the driver counts it, in bytes.</summary>
/// <param name="Used">
/// Taken on the whole GPU: beside buffers the driver's context, code of kernels, graphs, what its pool holds back, and other processes.
/// </param>
/// <param name="PoolPeak">The most that buffers took of the pool at a time since <see cref="Device.ResetMemoryPeaks"/>, in the pool's own units; 0 where there is no pool.</param>
/// <param name="ReservedPeak">The most that the pool took of the GPU at a time since then; 0 where there is no pool.</param>
public readonly record struct DriverMemoryInfo(long Used, long PoolPeak, long ReservedPeak);
