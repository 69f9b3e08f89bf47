using LbrCore.Compute;
using LbrCore.Formats;

namespace LbrCore.Model;

/// <summary>A parameter under its name in a checkpoint, with the device memory that holds it.</summary>
/// <typeparam name="T">Element type.</typeparam>
/// <param name="Spec">Name, type and shape.</param>
/// <param name="View">Its elements, row-major. Parts of a joined matrix are rows of it, so every parameter is one stretch of memory.</param>
public sealed record NamedParameter<T>(TensorSpec Spec, ArrayView<T> View)
    where T : unmanaged;
