using LbrCore.Compute;
using LbrCore.Formats;

namespace LbrCore.Model;

/// <summary>The element types that a transformer computes in: F32, BF16 and F16 of <see cref="TensorDtype"/>. Sums are float32 in all of them.</summary>
public static class ElementTypes
{
    /// <summary>BF16 on a GPU, whose tensor cores want it, and F32 on the CPU.</summary>
    /// <param name="device">The device.</param>
    public static TensorDtype DefaultFor(Device device) => device.Info.Kind == DeviceKind.Cuda ? TensorDtype.BF16 : TensorDtype.F32;

    /// <summary>The type with this name, in either case: f32, bf16 or f16.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">There is no such type.</exception>
    public static TensorDtype Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return TensorDtypes.TryParse(name.ToUpperInvariant(), out TensorDtype dtype) && dtype.IsWeight()
            ? dtype
            : throw new ArgumentException($"'{name}' is no element type; choose f32, bf16 or f16.", nameof(name));
    }

    /// <summary>The type that elements <typeparamref name="T"/> have in a checkpoint.</summary>
    /// <typeparam name="T"><see cref="float"/>, <see cref="BFloat16"/> or <see cref="Half"/>.</typeparam>
    /// <exception cref="NotSupportedException">Another type.</exception>
    public static TensorDtype Of<T>()
        where T : unmanaged => typeof(T) == typeof(float) ? TensorDtype.F32
            : typeof(T) == typeof(BFloat16) ? TensorDtype.BF16
            : typeof(T) == typeof(Half) ? TensorDtype.F16
            : throw new NotSupportedException($"{typeof(T).Name} is no element type of a transformer; use float, BFloat16 or Half.");
}
