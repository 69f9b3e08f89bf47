namespace LbrCore.Compute;

/// <summary>Memory of a device at one moment, in bytes.</summary>
/// <param name="Total">All of it.</param>
/// <param name="Free">What an allocation can still take: free by the driver, and free inside the device's own pool.</param>
/// <param name="Allocated">What the live buffers of this <see cref="Device"/> take.</param>
/// <param name="Peak">The most that they took at a time since the device was opened, or since <see cref="Device.ResetMemoryPeaks"/>.</param>
public readonly record struct MemoryInfo(long Total, long Free, long Allocated, long Peak);
