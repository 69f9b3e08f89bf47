using LbrCore.Trees;

namespace LbrCore.Decoding;

/// <summary>A token that was committed, with the tree that was looked at.</summary>
/// <param name="Sequence">Index of its prompt.</param>
/// <param name="Tree">What was grown, the candidates and the choice.</param>
/// <param name="LogProbability">log pi~ of the committed token: under the filtered, renormalised distribution; at temperature 0, under that of temperature 1.</param>
/// <param name="Finish">Why the sequence ends with it; null where it goes on.</param>
public sealed record DecodedStep(int Sequence, TreeStep Tree, float LogProbability, FinishReason? Finish)
{
    /// <summary>The token.</summary>
    public int Token => Tree.Committed;
}
