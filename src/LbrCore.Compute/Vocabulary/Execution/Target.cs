namespace LbrCore.Compute;

/// <summary>What the kernel is being compiled for, as a constant: the branch that is not taken leaves no trace.</summary>
public static class Target
{
    /// <summary>True in PTX, false wherever the CPU runs the kernel: <c>if (Target.IsCuda) Ptx.Emit(...); else ...</c>.</summary>
    public static bool IsCuda => false;
}
