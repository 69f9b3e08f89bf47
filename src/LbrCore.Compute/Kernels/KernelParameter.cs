using System.ComponentModel;
using System.Globalization;

namespace LbrCore.Compute;

/// <summary>One parameter of a kernel and its place in the argument block.</summary>
/// <param name="Name">The name in the C# source.</param>
/// <param name="TypeName">The type as written in C# after specialisation: <c>ArrayView&lt;BFloat16&gt;</c>, <c>int</c>, <c>float</c>.</param>
/// <param name="Slots">How many 8-byte slots it takes: 2 for a view (pointer, length in elements), 1 for a scalar, one a flattened field for a struct.</param>
/// <param name="FirstSlot">Index of its first slot.</param>
public sealed record KernelParameter(string Name, string TypeName, int Slots, int FirstSlot)
{
    /// <summary>Parameters one behind the other. For generated code only.</summary>
    /// <param name="text">A line for each: name, slots, type, with a space between.</param>
    /// <exception cref="FormatException">A line is something else.</exception>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public static IReadOnlyList<KernelParameter> List(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0) return [];
        string[] lines = text.Split('\n');
        var parameters = new KernelParameter[lines.Length];
        for (int i = 0, slot = 0; i < lines.Length; slot += parameters[i++].Slots)
        {
            if (lines[i].Split(' ', 3) is not [var name, var slots, var type]) throw new FormatException($"'{lines[i]}' is no parameter of a kernel: a name, its slots and its type are needed.");
            parameters[i] = new KernelParameter(name, type, int.Parse(slots, CultureInfo.InvariantCulture), slot);
        }

        return parameters;
    }
}
