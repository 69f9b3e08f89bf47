using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

/// <summary>Arrays that belong to one thread. Usable inside a kernel only.</summary>
/// <remarks>A list of registers when all indices are constants after unrolling, which is what a kernel wants; else <c>.local</c> memory, with a warning
/// from the generator (PTX ISA, State Spaces).</remarks>
public static class LocalMemory
{
    /// <summary>An array of zeros for this thread. Every time the call is reached the array is new and zeroed.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="count">Number of elements; a compile-time constant.</param>
    /// <returns>The array; valid until the thread ends.</returns>
    public static ArrayView<T> Allocate<T>(int count)
        where T : unmanaged => ScalarLane.Require("LocalMemory.Allocate").AllocateLocal<T>(count);
}
