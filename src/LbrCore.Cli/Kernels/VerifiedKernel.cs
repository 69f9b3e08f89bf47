namespace LbrCore.Cli.Kernels;

/// <summary>What a run on a real GPU showed of one kernel variant.</summary>
internal sealed record VerifiedKernel
{
    /// <summary>What <see cref="PtxHash"/> gave for its PTX. Another hash means another program: the rest no longer holds.</summary>
    public required string Ptx { get; init; }

    /// <summary>The GPU, with its architecture.</summary>
    public required string Device { get; init; }

    /// <summary>CUDA version that its driver speaks.</summary>
    public required string Driver { get; init; }

    /// <summary>Day of the run, as 2026-01-31.</summary>
    public required string Date { get; init; }

    /// <summary>Cases run, each against a float64 reference.</summary>
    public required int Cases { get; init; }

    /// <summary>Largest relative error of all cases, in the Euclidean norm of an output.</summary>
    public required double Error { get; init; }

    /// <summary>Largest error of all cases as a part of what that case allows, by norm and by element: at most 1.</summary>
    public required double OfBound { get; init; }

    /// <summary>32-bit registers of a thread.</summary>
    public required int Registers { get; init; }

    /// <summary>Bytes of local memory of a thread.</summary>
    public required int LocalBytes { get; init; }

    /// <summary>Bytes of static shared memory of a group.</summary>
    public required int SharedBytes { get; init; }
}
