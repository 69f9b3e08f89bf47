using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

/// <summary>Memory that the threads of a group share, on chip. Usable inside a kernel only.</summary>
/// <remarks>
/// PTX ISA, State Spaces: <c>.shared</c>. The contents are undefined at the start of a group (on the CPU all bits are set, NaN in floating point, so
/// that reading before writing shows). All threads of a group make the same allocations in the same order.
/// </remarks>
public static class SharedMemory
{
    /// <summary>Reserves an array for the group, aligned to 16 bytes.</summary>
    /// <remarks><c>.shared .align 16</c>; all static arrays of a kernel together are at most 48 KB.</remarks>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="count">Number of elements; a compile-time constant.</param>
    /// <returns>The array; the same memory for every thread of the group.</returns>
    public static ArrayView<T> Allocate<T>(int count)
        where T : unmanaged => Allocate<T>(count, 16);

    /// <summary>Reserves an array for the group with an alignment of its own (1024 for swizzled tiles).</summary>
    /// <remarks><c>.shared .align n</c>.</remarks>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="count">Number of elements; a compile-time constant.</param>
    /// <param name="alignment">Bytes, a power of two of at least the element size and at most 1024; a compile-time constant.</param>
    /// <returns>The array; the same memory for every thread of the group.</returns>
    public static ArrayView<T> Allocate<T>(int count, int alignment)
        where T : unmanaged => ScalarLane.Require("SharedMemory.Allocate").AllocateShared<T>(count, alignment);

    /// <summary>The memory whose size the launch chose (dynamic shared bytes of its configuration), aligned to 128 bytes. Every call gives the same memory.</summary>
    /// <remarks><c>.extern .shared .align 128</c>; above 48 KB a launch opts in, up to 227 KB on sm_90 and 163 KB on sm_80.</remarks>
    /// <typeparam name="T">Element type.</typeparam>
    /// <returns>All of it as elements of <typeparamref name="T"/>.</returns>
    public static ArrayView<T> GetDynamic<T>()
        where T : unmanaged => ScalarLane.Require("SharedMemory.GetDynamic").DynamicShared<T>();
}
