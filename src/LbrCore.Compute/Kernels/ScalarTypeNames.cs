namespace LbrCore.Compute;

/// <summary>Compares a C# type with the type name that a kernel parameter carries.</summary>
internal static class ScalarTypeNames
{
    /// <summary>Whether a value of <typeparamref name="T"/> fits a parameter of that type. A name that is none of C#'s keywords is an enum or a type of ours.</summary>
    internal static bool Fits<T>(string typeName) where T : unmanaged
    {
        string? keyword = Keyword(typeof(T));
        if (keyword == typeName || typeof(T).Name == typeName || typeof(T).FullName == typeName) return true;
        // An enum parameter may be set by a number, since the kernel's own enum need not be visible to the caller.
        return keyword is not null && !IsKnown(typeName) && typeof(T).IsPrimitive && typeof(T) != typeof(float) && typeof(T) != typeof(double);
    }

    private static string? Keyword(Type type) =>
        type == typeof(int) ? "int" : type == typeof(uint) ? "uint" : type == typeof(long) ? "long" : type == typeof(ulong) ? "ulong"
        : type == typeof(float) ? "float" : type == typeof(double) ? "double" : type == typeof(bool) ? "bool" : type == typeof(char) ? "char"
        : type == typeof(byte) ? "byte" : type == typeof(sbyte) ? "sbyte" : type == typeof(short) ? "short" : type == typeof(ushort) ? "ushort" : null;

    private static bool IsKnown(string typeName) => typeName is "int" or "uint" or "long" or "ulong" or "float" or "double" or "bool" or "char"
        or "byte" or "sbyte" or "short" or "ushort" or "Half" or "BFloat16";
}
