namespace LbrCore.Compute;

/// <summary>
/// Marks a static method as a kernel: the source generator turns it into PTX for CUDA and into lane-vectorised C# for the CPU device,
/// once for every <see cref="VariantAttribute"/> (or once, when the method is neither generic nor takes <see cref="ConstAttribute"/> parameters).
/// </summary>
/// <remarks>The method returns <see langword="void"/>, lies in a <see langword="partial"/> class, and every method it calls is either part of the
/// kernel vocabulary or has its source in the same compilation.</remarks>
[AttributeUsage(AttributeTargets.Method, Inherited = false)]
public sealed class KernelAttribute : Attribute
{
    /// <summary>Threads of a group, 1..1024, fixed at compile time; 0 (the default) lets every launch choose.</summary>
    /// <remarks>PTX ISA, Performance-Tuning Directives: <c>.reqntid</c> when fixed, <c>.maxntid</c> otherwise.</remarks>
    public int GroupSize { get; set; }

    /// <summary>Groups that shall fit on one multiprocessor at the same time; 0 (the default) leaves the register budget to the driver.</summary>
    /// <remarks>PTX ISA, Performance-Tuning Directives: <c>.minnctapersm</c>.</remarks>
    public int MinGroupsPerMultiprocessor { get; set; }

    /// <summary>Upper bound on 32-bit registers a thread, 0 (the default) or 16..255.</summary>
    /// <remarks>PTX ISA, Performance-Tuning Directives: <c>.maxnreg</c>.</remarks>
    public int MaxRegisters { get; set; }

    /// <summary>Longest constant trip count of a loop that is unrolled completely. Default 64.</summary>
    public int UnrollLimit { get; set; } = 64;

    /// <summary>Silences the warning for an array of <see cref="LocalMemory"/> that cannot be kept in registers.</summary>
    public bool AllowLocalMemory { get; set; }

    /// <summary>What programs run the kernel for, which decides what a small one carries of it: see <see cref="KernelForms"/>.</summary>
    public KernelUse Use { get; set; }

    /// <summary>Name of a static method of the same class that checks the arguments of a launch on the host: it takes a launch contract first,
    /// then the kernel's own parameters; <see langword="null"/> for none.</summary>
    public string? Contract { get; set; }
}
