namespace LbrCore.Kernels;

/// <summary>What a step of the optimizer decides and counts on the device, for one group of parameters.</summary>
public struct OptimizerState
{
    /// <summary>Euclidean norm of the group's gradient.</summary>
    public float Norm;

    /// <summary>Factor of the gradient: below 1 where it is clipped; 0 where the step is skipped.</summary>
    public float Scale;

    /// <summary>Steps taken.</summary>
    public int Steps;

    /// <summary>Steps skipped because a gradient was not finite.</summary>
    public int Skipped;
}
