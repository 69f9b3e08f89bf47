namespace LbrCore.Compute;

/// <summary>
/// Declares one specialisation of a kernel: a type for every type parameter in order, then a value for every <see cref="ConstAttribute"/> parameter in order.
/// </summary>
/// <remarks>Every variant costs one just-in-time compilation on first use (10 ms to some 100 ms), so they are few and each has a reason.</remarks>
/// <param name="values">Types (<c>typeof(float)</c>), then compile-time constants (<see cref="int"/>, <see cref="bool"/>, enum).</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true, Inherited = false)]
public sealed class VariantAttribute(params object[] values) : Attribute
{
    /// <summary>The type arguments, then the constants, in the order of the kernel's declaration.</summary>
    public IReadOnlyList<object> Values { get; } = values;

    /// <summary>Threads of a group for this variant, 1..1024; 0 (the default) takes <see cref="KernelAttribute.GroupSize"/>.</summary>
    public int GroupSize { get; set; }
}
