using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

/// <summary>Gives a text of a kernel, its PTX, as UTF-8. A delegate, because the text is read-only data of the program, which few launches ever look at.</summary>
public delegate ReadOnlySpan<byte> PtxSource();

/// <summary>Runs the C# source of a kernel for the calling thread's lane; the arguments are in the slots.</summary>
/// <param name="slots">The argument block, as described at <see cref="KernelVariant"/>.</param>
public unsafe delegate void ScalarKernel(ulong* slots);

/// <summary>
/// One specialisation of a kernel, in all the forms in which it can run. Created by generated code, once; compared by reference.
/// </summary>
/// <remarks>
/// The argument block of a launch is an array of 8-byte slots: an <c>ArrayView</c> takes two (pointer, length in elements), a scalar takes one with the
/// value in the low bytes, a struct takes one for every flattened field, in order. The PTX entry has exactly one <c>.param</c> for every slot, in the
/// same order, so that the slots' addresses are what the driver wants as <c>kernelParams</c>.
/// </remarks>
public sealed class KernelVariant
{
    private readonly IReadOnlyList<KernelParameter> _parameters = [];

    /// <summary>Name of the PTX entry, unique in the assembly: <c>rmsnorm_forward_bf16_4096</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The kernel in the C# source: <c>RmsNorm.Forward</c>.</summary>
    public required string Kernel { get; init; }

    /// <summary>What was compiled in: <c>T=BFloat16, tile=4096</c>; empty for a kernel without type arguments and constants.</summary>
    public string Specialization { get; init; } = "";

    /// <summary>File name (no folder) of the kernel's source.</summary>
    public string SourceFile { get; init; } = "";

    /// <summary>Line of the kernel method in its source, from 1.</summary>
    public int SourceLine { get; init; }

    /// <summary>Threads of a group, fixed at build time; 0 = chosen at launch.</summary>
    public int GroupSize { get; init; }

    /// <summary>Bytes of shared memory that the kernel allocates statically.</summary>
    public int StaticSharedBytes { get; init; }

    /// <summary>Lowest compute capability that runs it, as 10 · major + minor: 80 or 90.</summary>
    public int MinimumCapability { get; init; } = 80;

    /// <summary>Whether the PTX uses features of exactly one architecture (target <c>sm_90a</c>).</summary>
    public bool UsesArchitectureSpecific { get; init; }

    /// <summary>Bytes of local memory a thread that the build accepts; more is a defect that <c>lbr kernels verify</c> reports.</summary>
    public int LocalBytesExpected { get; init; }

    /// <summary>The parameters in order, compiled-in constants left out.</summary>
    public IReadOnlyList<KernelParameter> Parameters
    {
        get => _parameters;
        init
        {
            _parameters = value;
            SlotCount = value.Sum(parameter => parameter.Slots);
        }
    }

    /// <summary>Slots of the argument block.</summary>
    public int SlotCount { get; private init; }

    /// <summary>The PTX text, or null where the kernel has none.</summary>
    public PtxSource? Ptx { get; init; }

    /// <summary>Creates one warp of the kernel's SIMD form, or null where the kernel has none.</summary>
    public Func<LanesWarp>? Lanes { get; init; }

    /// <summary>The SIMD form as C# (UTF-8), or null where the program does not carry it.</summary>
    public PtxSource? LanesSource { get; init; }

    /// <summary>Runs the kernel's own source for one lane, or null where the kernel has none.</summary>
    public ScalarKernel? Scalar { get; init; }

    /// <summary>The kernel with its specialisation, as error messages name it: <c>RmsNorm.Forward (T=BFloat16, tile=4096)</c>.</summary>
    public string DisplayName => Specialization.Length == 0 ? Kernel : $"{Kernel} ({Specialization})";

    /// <inheritdoc/>
    public override string ToString() => DisplayName;
}
