using System.Diagnostics.CodeAnalysis;

namespace LbrCore.Compute;

/// <summary>Which forms of its kernels a program carries beside PTX. Asked by generated code, once a variant.</summary>
public static class KernelForms
{
    private const string Switch = "LbrCore.KernelForms.All";
    private const string TrainingSwitch = "LbrCore.Training";

    /// <summary>
    /// Whether every kernel has its scalar form, and kernels on tensor cores or of 16-bit floats their SIMD form (those of <see cref="KernelUse.Storage"/> always have it). A program that is trimmed with
    /// <c>LbrCore.KernelForms.All</c> set to false leaves these out: the first is for a debugger; the others are much code for numbers that a
    /// CPU computes with in float32 anyway, so that such a program runs models in float32 on the CPU and in any type on a GPU.
    /// </summary>
    [FeatureSwitchDefinition(Switch)]
    public static bool All => !AppContext.TryGetSwitch(Switch, out bool all) || all;

    /// <summary>
    /// Whether kernels of <see cref="KernelUse.Training"/> have their SIMD form. A program that is trimmed with <c>LbrCore.Training</c> set to false
    /// leaves it out; their PTX stays.
    /// </summary>
    [FeatureSwitchDefinition(TrainingSwitch)]
    public static bool Training => !AppContext.TryGetSwitch(TrainingSwitch, out bool training) || training;
}
