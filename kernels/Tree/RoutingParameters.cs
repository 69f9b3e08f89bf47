namespace LbrCore.Kernels;

/// <summary>How the subtree of one sequence is chosen. Lies in device memory, so that a captured step serves sequences of different settings.</summary>
public struct RoutingParameters
{
    /// <summary>Divides the scores, above 0.</summary>
    public float Temperature;

    /// <summary>1 takes the best subtree, the first of equals; 0 draws one.</summary>
    public int TakesBest;

    /// <summary>1 adds log P(first draw = k | the set of siblings) to the scores: for siblings drawn without replacement, so that equal scores leave every marginal as it is.</summary>
    public int AddsSiblingBias;
}
