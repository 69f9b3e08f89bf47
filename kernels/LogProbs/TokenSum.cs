namespace LbrCore.Kernels;

/// <summary>What is known of a row's logits after some chunks of the vocabulary.</summary>
public struct TokenSum
{
    /// <summary>Largest logit; -infinity before the first chunk.</summary>
    public float Max;

    /// <summary>Sum of exp(logit - <see cref="Max"/>).</summary>
    public float Sum;

    /// <summary>Sum of (logit - <see cref="Max"/>) exp(logit - <see cref="Max"/>), which gives the entropy.</summary>
    public float Weighted;
}
