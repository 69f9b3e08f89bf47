namespace LbrCore.Compute;

/// <summary>One parameter of a kernel and its place in the argument block.</summary>
/// <param name="Name">The name in the C# source.</param>
/// <param name="TypeName">The type as written in C# after specialisation: <c>ArrayView&lt;BFloat16&gt;</c>, <c>int</c>, <c>float</c>.</param>
/// <param name="Slots">How many 8-byte slots it takes: 2 for a view (pointer, length in elements), 1 for a scalar, one a flattened field for a struct.</param>
/// <param name="FirstSlot">Index of its first slot.</param>
public sealed record KernelParameter(string Name, string TypeName, int Slots, int FirstSlot);
