namespace LbrCore.Decoding;

/// <summary>One token of a mixture.</summary>
/// <param name="Token">Its id.</param>
/// <param name="LogProbability">Multiplex Thinking: log pi~ of the draw. Soft Thinking: log of its probability among the tokens of the mixture.</param>
/// <param name="Weight">Its share of the embedding that was fed.</param>
public readonly record struct ThinkingSlot(int Token, float LogProbability, float Weight);

/// <summary>A step of decoding with mixed embeddings.</summary>
/// <param name="Sequence">Index of its prompt.</param>
/// <param name="Token">The token that stands for the step: the first of the mixture, or the only one.</param>
/// <param name="Thought">Whether a mixture was fed; false from the token on that ends thinking.</param>
/// <param name="Slots">What was mixed, or the one token.</param>
/// <param name="Finish">Why the sequence ends with it; null where it goes on.</param>
public sealed record ThinkingStep(int Sequence, int Token, bool Thought, IReadOnlyList<ThinkingSlot> Slots, FinishReason? Finish)
{
    /// <summary>log pi~ of what was drawn in this step: under Multiplex Thinking the sum over its slots, the term of the trajectory's likelihood.</summary>
    public double LogProbability => Slots.Sum(slot => (double)slot.LogProbability);
}
