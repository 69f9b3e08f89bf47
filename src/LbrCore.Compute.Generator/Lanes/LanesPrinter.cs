using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

/// <summary>
/// Prints a verified kernel as a C# class that runs a warp of 32 lanes with SIMD vectors: values that are the same in the whole warp are scalars, others
/// are lane structs; a branch on a lane's own condition becomes a mask; execution stops at a barrier and resumes behind it.
/// </summary>
internal static class LanesPrinter
{
    /// <summary>Prints one class.</summary>
    /// <param name="kernel">A kernel lowered and simplified for lanes.</param>
    /// <param name="className">The name of the class.</param>
    /// <returns>
    /// A file-local class that derives from <c>LanesWarp</c>. Its file must use <c>LbrCore.Compute.Cpu</c> and <c>System.Runtime.Intrinsics</c> and allow unsafe code.
    /// </returns>
    public static string Print(IrKernel kernel, string className)
    {
        Verifier.Verify(kernel);
        return new LanesEmitter(kernel).Print(className);
    }
}
