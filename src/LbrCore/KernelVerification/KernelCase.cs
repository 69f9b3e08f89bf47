using LbrCore.Compute;

namespace LbrCore.KernelVerification;

/// <summary>One run of one kernel variant on chosen inputs, together with what must come out of it.</summary>
public sealed class KernelCase
{
    /// <summary>A case.</summary>
    /// <param name="variant">The variant that <paramref name="body"/> launches.</param>
    /// <param name="name">Sizes and circumstances: <c>rows=3, hiddenSize=33, unaligned</c>.</param>
    /// <param name="body">Allocates operands, queues the kernel, and states what is expected.</param>
    public KernelCase(KernelVariant variant, string name, Action<KernelTrial> body)
    {
        Variant = variant;
        Name = name;
        Body = body;
    }

    /// <summary>The variant under test.</summary>
    public KernelVariant Variant { get; }

    /// <summary>Sizes and circumstances.</summary>
    public string Name { get; }

    /// <summary>Whether the case is small enough for the scalar CPU device, which gives every lane a thread of the operating system.</summary>
    public bool FitsScalarDevice { get; init; }

    internal Action<KernelTrial> Body { get; }

    /// <summary>The variant and the circumstances.</summary>
    public override string ToString() => $"{Variant.DisplayName}: {Name}";
}
