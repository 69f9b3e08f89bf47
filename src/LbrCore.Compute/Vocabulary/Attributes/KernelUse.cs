namespace LbrCore.Compute;

/// <summary>What programs run a kernel for.</summary>
public enum KernelUse
{
    /// <summary>Running models. A small program has its SIMD form for float32.</summary>
    Model,

    /// <summary>Training, evaluating and comparing them: a program that only runs models has no SIMD form of it.</summary>
    Training,

    /// <summary>Converting what is stored: a small program has its SIMD form for every type, because checkpoints hold 16-bit floats.</summary>
    Storage,
}
