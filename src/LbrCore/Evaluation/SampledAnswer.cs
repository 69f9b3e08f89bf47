using LbrCore.Tasks;

namespace LbrCore.Evaluation;

/// <summary>One answer to a problem, judged.</summary>
/// <param name="Tokens">The tokens after the prompt.</param>
/// <param name="LogProbability">Log-probability of the tokens, summed.</param>
/// <param name="Verdict">What the verifier said.</param>
/// <param name="Vote">What counts as the same answer in a majority vote; null where there is no answer.</param>
public sealed record SampledAnswer(int[] Tokens, double LogProbability, Verdict Verdict, string? Vote);
