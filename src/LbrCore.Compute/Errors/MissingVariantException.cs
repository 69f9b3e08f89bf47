namespace LbrCore.Compute;

/// <summary>A kernel was asked for in a specialisation that it does not declare with <c>[Variant]</c>.</summary>
public sealed class MissingVariantException : ComputeException
{
    /// <summary>An undeclared specialisation. Thrown by generated code.</summary>
    /// <param name="kernel">The kernel: <c>RmsNorm.Forward</c>.</param>
    /// <param name="requested">What was asked for: <c>T=Double, tile=4096</c>.</param>
    /// <param name="declared">The variants that exist.</param>
    public MissingVariantException(string kernel, string requested, IReadOnlyList<KernelVariant> declared)
        : base($"Kernel {kernel} has no variant {requested}. Declared: {string.Join("; ", declared.Select(variant => variant.Specialization))}. "
            + $"Add [Variant(...)] to the kernel, or use a declared one.")
    {
        Kernel = kernel;
        Requested = requested;
        Declared = declared;
    }

    /// <summary>The kernel.</summary>
    public string Kernel { get; }

    /// <summary>What was asked for.</summary>
    public string Requested { get; }

    /// <summary>The variants that exist.</summary>
    public IReadOnlyList<KernelVariant> Declared { get; }
}
