namespace LbrCore.Compute.Cpu;

/// <summary>A warp of a kernel's SIMD form.</summary>
public abstract class LanesWarp
{
}
