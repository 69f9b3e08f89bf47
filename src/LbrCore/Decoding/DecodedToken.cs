namespace LbrCore.Decoding;

/// <summary>A token that was drawn.</summary>
/// <param name="Sequence">Index of its prompt.</param>
/// <param name="Token">Its id.</param>
/// <param name="LogProbability">Log of its probability under the filtered, renormalised distribution; at temperature 0, under that of temperature 1.</param>
/// <param name="Finish">Why the sequence ends with it; null where it goes on.</param>
public readonly record struct DecodedToken(int Sequence, int Token, float LogProbability, FinishReason? Finish);
