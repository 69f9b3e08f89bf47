namespace LbrCore.Kernels;

/// <summary>Constants of one step of <see cref="Optimizer.Update"/>.</summary>
public struct AdamOptions
{
    /// <summary>Learning rate of this step.</summary>
    public float LearningRate;

    /// <summary>Share of a weight that a step takes away, before it is multiplied by the learning rate.</summary>
    public float WeightDecay;

    /// <summary>Decay of the mean of gradients.</summary>
    public float Beta1;

    /// <summary>Decay of the mean of squares.</summary>
    public float Beta2;

    /// <summary>Added to the root of the mean of squares.</summary>
    public float Epsilon;
}
