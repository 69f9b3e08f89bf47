namespace LbrCore.Compute;

/// <summary>
/// Marks a kernel parameter (<see cref="int"/>, <see cref="bool"/> or an enum) as compiled in: it selects a variant instead of being passed at launch,
/// and it is a constant inside the kernel, usable for array sizes and for loops to be unrolled.
/// </summary>
[AttributeUsage(AttributeTargets.Parameter, Inherited = false)]
public sealed class ConstAttribute : Attribute;
