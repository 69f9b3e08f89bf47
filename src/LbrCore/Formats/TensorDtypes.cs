namespace LbrCore.Formats;

/// <summary>Sizes and safetensors names of <see cref="TensorDtype"/>.</summary>
public static class TensorDtypes
{
    private static readonly (string Name, int Size)[] Table =
    [
        ("BOOL", 1), ("U8", 1), ("I8", 1),
        ("I16", 2), ("U16", 2), ("F16", 2), ("BF16", 2),
        ("I32", 4), ("U32", 4), ("F32", 4),
        ("F64", 8), ("I64", 8), ("U64", 8),
    ];

    /// <summary>Every name this library reads, as in a safetensors header, separated by commas.</summary>
    internal static string AllNames { get; } = string.Join(", ", Table.Select(row => row.Name));

    /// <summary>Bytes per element: 1, 2, 4 or 8.</summary>
    /// <param name="dtype">The element type.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dtype"/> is not a declared value.</exception>
    public static int SizeInBytes(this TensorDtype dtype) => Row(dtype).Size;

    /// <summary>The name in a safetensors header, for example <c>BF16</c>.</summary>
    /// <param name="dtype">The element type.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dtype"/> is not a declared value.</exception>
    public static string Name(this TensorDtype dtype) => Row(dtype).Name;

    /// <summary>True for the types that weights may have: F32, F16 and BF16.</summary>
    /// <param name="dtype">The element type.</param>
    public static bool IsWeight(this TensorDtype dtype) => dtype is TensorDtype.F32 or TensorDtype.F16 or TensorDtype.BF16;

    /// <summary>Finds the type with this safetensors name. Case matters, as it does in the format.</summary>
    /// <param name="name">A name such as <c>F32</c>.</param>
    /// <param name="dtype">The type, when the result is true.</param>
    public static bool TryParse(string name, out TensorDtype dtype)
    {
        int index = Array.FindIndex(Table, row => row.Name == name);
        dtype = (TensorDtype)Math.Max(index, 0);
        return index >= 0;
    }

    private static (string Name, int Size) Row(TensorDtype dtype) =>
        (uint)dtype < (uint)Table.Length
            ? Table[(int)dtype]
            : throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "Not a declared TensorDtype.");
}
