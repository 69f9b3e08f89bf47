using System.Runtime.CompilerServices;

namespace LbrCore.Compute;

/// <summary>Reads an argument block (see <see cref="KernelVariant"/>). For generated code that runs a kernel on the CPU.</summary>
public static unsafe class KernelSlots
{
    /// <summary>A view: two slots.</summary>
    /// <param name="slots">The argument block.</param>
    /// <param name="first">Index of the parameter's first slot.</param>
    public static ArrayView<T> View<T>(ulong* slots, int first) where T : unmanaged => new((nint)slots[first], (long)slots[first + 1]);

    /// <summary>A scalar: the low bytes of one slot.</summary>
    /// <param name="slots">The argument block.</param>
    /// <param name="slot">Index of the slot.</param>
    public static T Scalar<T>(ulong* slots, int slot) where T : unmanaged => Unsafe.ReadUnaligned<T>(slots + slot);
}
