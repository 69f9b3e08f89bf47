using System.Reflection;

namespace LbrCore.Compute.KernelTests.Harness;

/// <summary>The scalars in a C# value type and their byte offsets by C#'s rule of sequential layout: a second opinion on the layout that the generator uses.</summary>
internal sealed class ElementLayout
{
    static readonly Dictionary<Type, ElementLayout> s_known = [];

    ElementLayout(Type type)
    {
        if (type.IsEnum) type = Enum.GetUnderlyingType(type);
        if (SizeOfScalar(type) is { } size)
        {
            (Size, Alignment, Scalars) = (size, size, [(type, 0)]);
            return;
        }

        if (type == typeof(BFloat16x2) || type == typeof(Half2))
        {
            // Two numbers in one word: NaN is equal to NaN in each.
            Type half = type == typeof(Half2) ? typeof(Half) : typeof(BFloat16);
            (Size, Alignment, Scalars) = (4, 4, [(half, 0), (half, 2)]);
            return;
        }

        var scalars = new List<(Type, int)>();
        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).OrderBy(f => f.MetadataToken))
        {
            ElementLayout inner = Of(field.FieldType);
            Size = (Size + inner.Alignment - 1) / inner.Alignment * inner.Alignment;
            scalars.AddRange(inner.Scalars.Select(s => (s.Type, s.Offset + Size)));
            Size += inner.Size;
            Alignment = Math.Max(Alignment, inner.Alignment);
        }

        Size = Math.Max(1, (Size + Alignment - 1) / Alignment * Alignment);
        Scalars = [.. scalars];
    }

    public int Size { get; }

    public int Alignment { get; } = 1;

    public (Type Type, int Offset)[] Scalars { get; }

    public static ElementLayout Of(Type type)
    {
        lock (s_known)
        {
            if (!s_known.TryGetValue(type, out ElementLayout? layout)) s_known[type] = layout = new ElementLayout(type);
            return layout;
        }
    }

    static int? SizeOfScalar(Type t) =>
        t == typeof(byte) || t == typeof(sbyte) || t == typeof(bool) ? 1
        : t == typeof(short) || t == typeof(ushort) || t == typeof(char) || t == typeof(Half) || t == typeof(BFloat16) ? 2
        : t == typeof(int) || t == typeof(uint) || t == typeof(float) ? 4
        : t == typeof(long) || t == typeof(ulong) || t == typeof(double) || t == typeof(nint) || t == typeof(nuint) ? 8
        : null;
}
