namespace LbrCore.Kernels;

/// <summary>How the candidates of a thinking step are weighted.</summary>
public enum ThinkingWeights
{
    /// <summary>By their probabilities, renormalised over the candidates.</summary>
    Probability,

    /// <summary>All alike.</summary>
    Uniform,

    /// <summary>By a softmax of log-probabilities with Gumbel noise.</summary>
    Gumbel,
}

/// <summary>Settings of thinking with mixed embeddings.</summary>
public struct ThinkingParameters
{
    /// <summary>The token that ends thinking.</summary>
    public int EndToken;

    /// <summary>Weights of candidates.</summary>
    public ThinkingWeights Weights;

    /// <summary>Temperature of the Gumbel softmax.</summary>
    public float GumbelTemperature;

    /// <summary>Entropy in nats below which a step counts as sure.</summary>
    public float SureEntropy;

    /// <summary>Sure steps in a row after which thinking is ended; 0 for never.</summary>
    public int Patience;
}

/// <summary>Where a sequence stands.</summary>
public struct ThinkingState
{
    /// <summary>1 while it thinks, 0 afterwards.</summary>
    public int Thinks;

    /// <summary>Sure steps in a row.</summary>
    public int SureSteps;
}
