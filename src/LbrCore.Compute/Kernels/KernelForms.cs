using System.Diagnostics.CodeAnalysis;

namespace LbrCore.Compute;

/// <summary>Which forms of its kernels a program carries beside PTX. Asked by generated code, once a variant.</summary>
public static class KernelForms
{
    private const string Switch = "LbrCore.KernelForms.All";

    /// <summary>
    /// Whether every kernel has its scalar form, and kernels on tensor cores their SIMD form. A program that is trimmed with
    /// <c>LbrCore.KernelForms.All</c> set to false leaves both out: the first is for a debugger, the second emulates in much code what the CPU
    /// has not, so that a kernel without tensor cores always does better there.
    /// </summary>
    [FeatureSwitchDefinition(Switch)]
    public static bool All => !AppContext.TryGetSwitch(Switch, out bool all) || all;
}
