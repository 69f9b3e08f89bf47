using LbrCore.Compute;

namespace LbrCore.Cli.Kernels;

/// <summary>What all cases of one kernel variant showed on a device.</summary>
internal sealed record VariantCheck
{
    /// <summary>The variant.</summary>
    public required KernelVariant Variant { get; init; }

    /// <summary>SHA-256 of its PTX.</summary>
    public required string Ptx { get; init; }

    /// <summary>Cases run.</summary>
    public int Cases { get; init; }

    /// <summary>The largest relative error among the cases, in the Euclidean norm of an output.</summary>
    public double Error { get; init; }

    /// <summary>The largest error as a part of what its case allows; more than 1 is a failure.</summary>
    public double OfBound { get; init; }

    /// <summary>The kernel as loaded, or null where it could not be.</summary>
    public LoadedKernel? Loaded { get; init; }

    /// <summary>Why this device cannot run it, or null. That is no failure.</summary>
    public string? NotSupported { get; init; }

    /// <summary>What is wrong, or null.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether the variant may be called verified.</summary>
    public bool Passed => Failure is null && NotSupported is null && Cases > 0;
}
