using LbrCore.Trees;

namespace LbrCore.Decoding;

/// <summary>A token of a generated text.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">The characters that it completes: none while a character is incomplete, and none for a stop token.</param>
/// <param name="LogProbability">Log of its probability under the distribution it was drawn from.</param>
/// <param name="Finish">Why the text ends with it; null where it goes on.</param>
public readonly record struct GeneratedToken(int Id, string Text, float LogProbability, FinishReason? Finish)
{
    /// <summary>The tree that was looked at: what was grown, the candidates, the choice. Null in plain decoding.</summary>
    public TreeStep? Tree { get; init; }
}
