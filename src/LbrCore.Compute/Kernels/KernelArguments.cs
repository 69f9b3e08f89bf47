using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace LbrCore.Compute;

/// <summary>Writes the arguments of a launch into its slots, in the order of the kernel's parameters.</summary>
/// <remarks>
/// A generated launcher looks like this, and allocates nothing:
/// <code>
/// KernelVariant variant = ForwardVariant&lt;T&gt;(tile);
/// CheckForward(LaunchContract.For(stream.Device, variant, config), x, weight, y, rows, hiddenSize, epsilon, tile);
/// Span&lt;ulong&gt; slots = stackalloc ulong[9];
/// var arguments = new KernelArguments(slots);
/// arguments.Add(x);
/// arguments.Add(weight);
/// arguments.Add(y);
/// arguments.Add(rows);
/// arguments.Add(hiddenSize);
/// arguments.Add(epsilon);
/// stream.Launch(variant, config, slots);          // or: return device.Prepare(variant, config, slots);
/// </code>
/// A struct parameter is added field by field, nested structs flattened.
/// </remarks>
public ref struct KernelArguments
{
    private readonly Span<ulong> _slots;
    private int _count;

    /// <summary>A writer at the first slot.</summary>
    /// <param name="slots">Exactly the slots of the kernel (<see cref="KernelVariant.SlotCount"/>).</param>
    public KernelArguments(Span<ulong> slots)
    {
        _slots = slots;
        _count = 0;
    }

    /// <summary>Adds a view: its pointer, then its length in elements.</summary>
    public void Add<T>(ArrayView<T> view) where T : unmanaged
    {
        _slots[_count] = (ulong)view.Pointer;
        _slots[_count + 1] = (ulong)view.Length;
        _count += 2;
    }

    /// <summary>Adds a scalar of at most 8 bytes: a C# number, bool, char, enum, Half or BFloat16. The value stands in the low bytes, the others are zero.</summary>
    public void Add<T>(T value) where T : unmanaged
    {
        Debug.Assert(Unsafe.SizeOf<T>() <= sizeof(ulong), "A struct is added field by field.");
        _slots[_count++] = Pack(value);
    }

    /// <summary>The slot that holds a scalar: little-endian, zero-extended.</summary>
    internal static ulong Pack<T>(T value) where T : unmanaged
    {
        ulong slot = 0;
        Unsafe.WriteUnaligned(ref Unsafe.As<ulong, byte>(ref slot), value);
        return slot;
    }
}
